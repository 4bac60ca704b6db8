"""Names of countries that a rule looks for as words, where `country` knows better. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from newswatch.fold import words
from newswatch.rules import language
from newswatch.rules.compile import Path, keyword
from newswatch.rules.conditions import Condition, Every, Fact
from newswatch.rules.language import Phrase, Query, Regex, parse_query
from newswatch.understand.countries import country_name, resolve

SHORTEST = 4  # letters: "UK" and "US" are seldom written for their country alone
# What else the word stands for, as whole words find it.
ALSO = {
    "chad": "the first name",
    "congo": "both countries of that name, and the river",
    "georgia": "the American state, and the first name",
    "guinea": "Guinea-Bissau, Equatorial Guinea and Papua New Guinea",
    "ireland": "Northern Ireland",
    "jordan": "the first and family name",
    "korea": "both countries of that name",
    "macedonia": "the region of Greece",
    "mexico": "New Mexico",
    "samoa": "American Samoa",
    "sudan": "South Sudan",
    "turkey": "the bird",
}
# Names that are both in use, one of them newer.
SPELLINGS = (
    ("Burma", "Myanmar"),
    ("Cape Verde", "Cabo Verde"),
    ("Czech Republic", "Czechia"),
    ("East Timor", "Timor-Leste"),
    ("Ivory Coast", "Côte d’Ivoire"),
    ("Kyrgyz Republic", "Kyrgyzstan"),
    ("Macedonia", "North Macedonia"),
    ("Swaziland", "Eswatini"),
    ("Turkey", "Türkiye"),
)


def country_words(
    when: Mapping[str, object], condition: Condition
) -> Iterator[tuple[Path, str, str]]:
    """The path and the word of each name of a country, and what to do about it; none of countries
    that the rule asks for as countries too."""
    asked = list(leaves(when, ()))
    everything = {leaf.words for _, leaf in asked}
    known = countries_of(condition)
    for path, leaf in asked:
        written = leaf.shown.strip('"')
        codes = resolve(written) if len(written) >= SHORTEST else frozenset()
        if len(codes) == 1 and not codes <= known:
            yield path, leaf.shown, told(leaf, next(iter(codes)), everything)


def countries_of(condition: Condition) -> frozenset[str]:
    parts = condition.parts if isinstance(condition, Every) else (condition,)
    facts = (part for part in parts if isinstance(part, Fact) and part.field == "country")
    return frozenset(code for fact in facts for code in fact.wanted_values)


def told(leaf: Phrase, code: str, everything: set[tuple[str, ...]]) -> str:
    """What is wrong with a name as a word, and what would do."""
    also = ALSO.get(" ".join(leaf.words))
    other = other_spelling(leaf.words)
    wrong = [f"also finds {also}"] * bool(also)
    if other is not None and tuple(words(other)) not in everything:
        holds = set(leaf.words) <= set(words(other))
        wrong.append(f"is short for “{other}”" if holds else f"misses “{other}”")
    return (
        f"{leaf.shown} as a word {' and '.join(wrong) or 'is found wherever it is named'}; "
        f"country: [{code}] is what a release about {country_name(code)} has, in any spelling and language"
    )


def other_spelling(name: tuple[str, ...]) -> str | None:
    for pair in SPELLINGS:
        for one, other in (pair, pair[::-1]):
            if tuple(words(one)) == name:
                return other
    return None


# -- what a rule looks for, as it is written ------------------------------------------------------


def leaves(when: Mapping[str, object], path: Path) -> Iterator[tuple[Path, Phrase]]:
    """The words and phrases that `text` and `keywords` look for in title and text, each with the path
    of its value. What a `$name` stands for is not among them."""
    for key, value in when.items():
        place = (*path, key)
        if key == "text":
            for at, query in texts(value, place):
                yield from ((at, leaf) for leaf in searched(parse_query(query, unnamed)))
        elif key == "keywords":
            yield from keyword_leaves(value, place)
        elif key == "not" and isinstance(value, Mapping):
            yield from leaves(value, place)
        elif key == "any_of" and isinstance(value, list):
            for number, part in enumerate(value):
                yield from leaves(part, (*place, number))


def keyword_leaves(value: object, path: Path) -> Iterator[tuple[Path, Phrase]]:
    lists = value if isinstance(value, Mapping) else {"": value}
    for key, words_ in lists.items():
        for at, written in texts(words_, (*path, key) if key else path):
            leaf = None if written.startswith("$") else keyword(written)
            if isinstance(leaf, Phrase):
                yield at, leaf


def texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """One text, or a list of them."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Sequence):
        yield from (((*path, number), str(one)) for number, one in enumerate(value))


def unnamed(name: str) -> Query:
    """Something in the place of what a name stands for, that is no word."""
    return Regex(".", name)


def searched(query: Query) -> Iterator[Phrase]:
    match query:
        case language.In(field=name, part=part):
            if name in ("title", "text"):
                yield from searched(part)
        case language.Not(part=part):
            yield from searched(part)
        case language.All(parts=parts) | language.Any(parts=parts):
            for part in parts:
                yield from searched(part)
        case Phrase():
            yield query
        case _:
            return
