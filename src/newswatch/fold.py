"""The one way in which text is folded for comparison: case, marks, apostrophes, hyphens. Pure.

Rules and releases go through the same door, so that "São Tomé", "SAO TOME" and "são tomé" are one
word for a rule. Folding keeps a map to the original, so that evidence is shown as it was written.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

# Written in many ways and typed in one.
SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u02bb\u2032\u00b4`", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\uff0d", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)
)


def fold(text: str) -> str:
    """Text as it is compared: compatibility forms, no case, no marks, one apostrophe and hyphen.

    Letters of Latin script that Unicode does not decompose (ø, ł, ı) become their ASCII form; other
    scripts keep their letters.
    """
    return "".join(folded_char(char) for char in text)


@lru_cache(maxsize=4096)
def folded_char(char: str) -> str:
    """One character as it is compared: none, one or several characters (RFC 8264 has no such map)."""
    if char < "\x80":
        return char.lower()
    decomposed = unicodedata.normalize("NFKD", char.translate(SAME).casefold()).casefold()
    return "".join(latin(c) for c in decomposed if not unicodedata.combining(c))


def latin(char: str) -> str:
    is_left_over = char > "\x7f" and unicodedata.name(char, "").startswith("LATIN")
    return anyascii(char).lower() if is_left_over else char


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, and where it stood: `text[start:end]`."""

    word: str
    start: int
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text, in order: runs of letters, digits and marks. An apostrophe or a hyphen
    parts words, so that "Tajikistan's" holds "Tajikistan", and "l'élection" holds "élection";
    scripts written without spaces give one word for each character."""
    found: list[Token] = []
    start: int | None = None
    for position, char in enumerate(text):
        if is_unspaced(char):
            close(found, text, start, position)
            found.append(Token(fold(char), position, position + 1))
            start = None
        elif is_word(char):
            start = position if start is None else start
        else:
            close(found, text, start, position)
            start = None
    close(found, text, start, len(text))
    return tuple(found)


def close(found: list[Token], text: str, start: int | None, end: int) -> None:
    """Ends the word that was open, if one was."""
    if start is not None:
        word = fold(text[start:end])
        if word:
            found.append(Token(word, start, end))


@lru_cache(maxsize=4096)
def is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char in "\u00ad\u200b\u200c\u200d\u2060"


@lru_cache(maxsize=4096)
def is_unspaced(char: str) -> bool:
    """Han, kana, Thai, Lao, Khmer and Burmese are written without spaces between words."""
    return (
        "\u3040" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u4dbf"
        or "\u4e00" <= char <= "\u9fff"
        or "\u0e01" <= char <= "\u0eff"
        or "\u1000" <= char <= "\u109f"
        or "\u1780" <= char <= "\u17ff"
        or "\U00020000" <= char <= "\U0002fa1f"
    )
