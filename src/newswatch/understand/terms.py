"""How the data writes countries: folded keys, and the endings that declined words take. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from newswatch.fold import fold, folded

Kind = Literal["name", "capital", "people", "place", "trap"]
KINDS: tuple[Kind, ...] = ("name", "capital", "people", "place", "trap")  # the best first
LANGUAGES_OF: Mapping[str, Kind] = {"names": "name", "capitals": "capital", "people": "people"}
ARABIC_PREFIXES = ("", "و", "ب", "ل", "ف", "وب", "ول")
RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")  # str.translate is ten times faster for ASCII


class Term(NamedTuple):
    """One way to name a country; a named tuple, for there are fifteen thousand.

    `shown` is the term as the data writes it, or its beginning: what has capitals there has them in
    a text. `rest` holds the words behind each ending that the term takes, `endings` what these may be.
    """

    code: str
    kind: Kind
    shown: str
    rest: tuple[str, ...] = ()
    endings: frozenset[str] = frozenset()


class Folding(dict[int, str | None]):
    """Character → the one it is compared as: a letter, a space for what is none, nothing."""

    def __missing__(self, point: int) -> str | None:
        whole = folded(chr(point))
        if len(whole) > 1:  # "ß", "æ": as long as it was, so that places stay
            whole = chr(point).lower()
        one = (whole if whole.isalnum() and len(whole) == 1 else " ") if whole else None
        self[point] = one
        return one


FOLDING = Folding()


def flat(text: str) -> str:
    """Words of folded letters between spaces; as long as the text if nothing in it is invisible."""
    if text.isascii():
        return text.translate(FOLDING)
    return RUNS.sub(lambda run: run[0].translate(FOLDING), text)


def suffixes(text: str) -> frozenset[str]:
    """Endings as folded text has them; none at all is always one."""
    return frozenset(["", *flat(text).split()])


# The endings of nouns and adjectives, by the script or language of the stem they follow.
CYRILLIC = suffixes(
    "а я ы и і ї у ю е є о ь й ой ей ою ею єю ом ем ём єм ам ям ах ях ами ями ью ию ии ия ів ов "
    "ові еві ија ије ији ију ијом ама ий ый ая яя ое ее ие ые ого его ому ему им ым ую юю их ых "
    "ими ыми ої ій ог ата иот ото ите та те то цем ца цу це ци"
)
# The cases of nouns in Russian, Ukrainian, Serbian and Macedonian, by the letter that they end with.
CASES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys("бвгґджзклмнпрстфхцчшщђћљњџќѓѕ", suffixes("а у ом ем е і ові") - {""}),
    "а": suffixes("ы и е у ой ою ом і") - {""},
    "я": suffixes("и ю ей ею е і ї єю") - {""},
    "ь": suffixes("я ю ем е и ью і") - {""},
    "й": suffixes("я ю ем е и") - {""},
}
DROPPED = frozenset("аяьй")  # before the ending of another case
LATIN = suffixes(
    "a e i o u ă s om oj og ih im em ima es ei ele eve in it et en ene esc ean eni ve n ëve ve"
)
ROMANCE = suffixes("a o as os e es s")
ENDINGS: Mapping[str, frozenset[str]] = {
    "fr": suffixes("e s es ne nes le les"),
    "es": ROMANCE,
    "pt": ROMANCE,
    "de": suffixes("e en er es em"),
}


@lru_cache(maxsize=1)
def loaded() -> Mapping[str, Any]:
    path = files("newswatch.understand").joinpath("data/countries.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def data() -> Mapping[str, Any]:
    """The reviewed data: code → {name, names, people, capitals, places}, most by language."""
    countries: Mapping[str, Any] = loaded()["countries"]
    return countries


def all_entries() -> Iterator[tuple[str, Term]]:
    """The key and term of everything that is looked for; the best of kinds first."""
    for field, kind in LANGUAGES_OF.items():
        for code, record in data().items():
            for text, language in languages_of(record[field]).items():
                yield from entries(code, text, kind, language)
    for code, record in data().items():
        for text in record["places"]:
            yield from entries(code, text, "place", "other")
    for text in loaded()["traps"]:
        yield from entries("", text, "trap", "other")


def languages_of(texts: Mapping[str, list[str]]) -> Mapping[str, str]:
    """Each written form once, with a language that has it."""
    return {text: language for language, found in texts.items() for text in found}


def entries(code: str, text: str, kind: Kind, language: str) -> Iterator[tuple[str, Term]]:
    """The keys of a written form; a stem's ends with its letters, a whole word's with a space."""
    if "~" in text or (kind == "people" and language != "en"):
        yield declined(code, text, kind, language)
    elif "\u0600" <= text[0] <= "\u06ff":
        for form in arabic_forms(text):
            yield f" {words(form)} ", Term(code, kind, text)
    else:
        yield f" {words(text)} ", Term(code, kind, text)
        if text[-1] in CASES and kind != "trap":
            yield by_case(code, text, kind)


def by_case(code: str, text: str, kind: Kind) -> tuple[str, Term]:
    """The other cases of a noun in Cyrillic script: "Астана" → "Астаны", "Астане"."""
    stem = text.removesuffix(text[-1]) if text[-1] in DROPPED else text
    return f" {words(stem)}", Term(code, kind, text, ("",), CASES[text[-1]])


def words(text: str) -> str:
    """Folded; as many spaces as the text has marks, so that "St. Lucia" is found with its stop."""
    return flat(text).strip()


def declined(code: str, text: str, kind: Kind, language: str) -> tuple[str, Term]:
    """ "Южн~ Коре~": found by its beginning, the words and endings behind it are its rest."""
    first, *rest = (words(part) for part in text.split("~")) if "~" in text else (words(text), "")
    pieces = tuple(f" {piece}" if piece else "" for piece in rest)
    is_cyrillic = "\u0400" <= first[-1:] <= "\u04ff"
    endings = CYRILLIC if is_cyrillic else ENDINGS.get(language, LATIN)
    return f" {first}", Term(code, kind, text, pieces, endings)


def arabic_forms(name: str) -> Iterator[str]:
    """With the particles that Arabic writes together with the word that follows them."""
    yield from (prefix + name for prefix in ARABIC_PREFIXES)
    if name.startswith("ال"):
        yield from ("لل" + name[2:], "ولل" + name[2:])


@lru_cache(maxsize=1)
def by_name() -> Mapping[str, str]:
    """Folded names → codes, for people who write a country's name in a rule."""
    found: dict[str, str] = {}
    for code, record in data().items():
        for names in record["names"].values():
            for name in names:
                if "~" not in name:
                    found.setdefault(fold(name), code)
    return found
