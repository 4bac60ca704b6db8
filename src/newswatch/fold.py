"""The one way in which text is folded for comparison: case, marks, apostrophes, hyphens. Pure.

Rules and releases go through the same door, so that "São Tomé", "SAO TOME" and "são tomé" are one
word for a rule. Every character, or cluster of characters, is folded for itself: so a folded word
has a place in the original, and evidence is shown as it was written.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

# Written in many ways and typed in one. What stands inside a word without being part of it goes:
# soft hyphens, joiners, the Arabic stroke, the marks that Armenian puts on a stressed syllable.
SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u02bb\u2032\u00b4`\u055a\u05f3", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\uff0d\u058a\u05be", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\u0640\u055b\u055c\u055e", None)
)
# Arabic letters that keyboards and hands confuse, as search engines for Arabic join them.
ARABIC = str.maketrans("\u0649\u06cc\u06a9\u0629", "\u064a\u064a\u0643\u0647")
KEPT = "\u0439"  # й is no и with a mark: Russian endings are told apart by it
VIRAMA = 9  # combining class (Unicode 4.3) of what joins Indic consonants: it is no accent
INSIDE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\u055b\u055c\u055e")
# What belongs together when it is written apart: Hangul of single letters, a breve, voiced kana.
CLUSTER = re.compile(
    "[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|(?s:.)[\u0306\u3099\u309a\uff9e\uff9f]*"
)
TOGETHER = re.compile("[\u0306\u1160-\u11ff\u3099\u309a\uff9e\uff9f]")
RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")  # most of a text is ASCII, which folds at once
CHUNK = re.compile(r"\S+")
PLAIN_WORD = re.compile(r"[A-Za-z0-9]+")
PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}


def fold(text: str) -> str:
    """Text as it is compared: compatibility forms, no case, no marks, one apostrophe and hyphen.

    Letters of Latin script that Unicode does not decompose (ø, ł, ı) become their ASCII form, and
    digits of any script the usual ones; other scripts keep their letters.
    """
    if text.isascii():
        return fold_ascii(text)
    if TOGETHER.search(text):
        return "".join(map(folded, CLUSTER.findall(text)))
    return RUNS.sub(fold_run, text)


def fold_run(run: re.Match[str]) -> str:
    text = run[0]
    return fold_ascii(text) if text.isascii() else "".join(map(folded, text))


def fold_ascii(text: str) -> str:
    return text.replace("`", "'").lower()


def clusters(text: str) -> Iterable[str]:
    return CLUSTER.findall(text) if TOGETHER.search(text) else text


@lru_cache(maxsize=8192)
def folded(cluster: str) -> str:
    """One cluster as it is compared: none, one or several characters."""
    composed = unicodedata.normalize("NFKC", cluster.translate(SAME))
    plain = "".join(map(without_marks, composed.casefold())).translate(ARABIC)
    return "".join(plain.split()) if is_word(cluster[0]) else plain


def without_marks(char: str) -> str:
    if char < "\x80" or char in KEPT or is_unspaced(char):
        return char
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(letter(c) for c in decomposed if unicodedata.combining(c) in (0, VIRAMA))


def letter(char: str) -> str:
    if char > "\x7f" and unicodedata.name(char, "").startswith("LATIN"):
        return anyascii(char).lower()
    return str(unicodedata.decimal(char, char))


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, and where it stood: `text[start:end]`."""

    word: str
    start: int
    end: int


def words(text: str) -> list[str]:
    """The folded words of a text, in order: runs of letters, digits and marks. An apostrophe or a
    hyphen parts words, so that "Tajikistan's" holds "Tajikistan", and "l'élection" holds "élection";
    scripts written without spaces give one word for each character."""
    if text.isascii():
        return text.translate(PLAIN).split()
    return " ".join(map(spaced, text.split())).split()


@lru_cache(maxsize=16384)
def spaced(chunk: str) -> str:
    """What stands between two blanks, folded, with spaces where words are parted."""
    return "".join(map(part, clusters(chunk)))


@lru_cache(maxsize=8192)
def part(cluster: str) -> str:
    """One cluster: folded, between spaces if it is a word of its own; a space if it parts words."""
    word = folded(cluster)
    if is_unspaced(word):
        return f" {word} "
    return word if is_word(cluster[0]) else " "


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text, each with its place."""
    return tuple(
        Token(word, start, end) for word, (start, end) in zip(words(text), spans(text), strict=True)
    )


def spans(text: str) -> list[tuple[int, int]]:
    """Where each of `words(text)` stood: `text[start:end]`."""
    if text.isascii():
        return list(map(re.Match.span, PLAIN_WORD.finditer(text)))
    return [
        (chunk.start() + start, chunk.start() + end)
        for chunk in CHUNK.finditer(text)
        for start, end in spans_in(chunk[0])
    ]


@lru_cache(maxsize=16384)
def spans_in(chunk: str) -> tuple[tuple[int, int], ...]:
    return tuple(placed(chunk))


def placed(chunk: str) -> Iterator[tuple[int, int]]:
    start: int | None = None  # of the word that is open
    for cluster in CLUSTER.finditer(chunk):
        piece = part(cluster[0])
        if piece[:1] == " " and start is not None:
            yield start, cluster.start()
            start = None
        if piece[:1] == " " and piece != " ":
            yield cluster.span()
        elif piece not in ("", " ") and start is None:
            start = cluster.start()
    if start is not None:
        yield start, len(chunk)


@lru_cache(maxsize=8192)
def is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char in INSIDE


@lru_cache(maxsize=8192)
def is_unspaced(char: str) -> bool:
    """Han, kana, Thai, Lao, Khmer and Burmese are written without spaces between words; Hangul with
    spaces, but its particles are written onto the words."""
    return len(char) == 1 and UNSPACED.match(char) is not None and is_word(char)


UNSPACED = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0002fa1f]"
)
