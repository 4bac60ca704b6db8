"""What the words of the genre stand for: tags of words and phrases, in a dozen languages. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from newswatch.fold import fold
from newswatch.understand.among import among

# Hyphens and apostrophes part words and are no tokens: "follow-up" and "follow up" are one.
PIECE = re.compile(r"[\w\u0300-\u036f]+|[.,;:!?()\"“”„«»…–—]")
HEADING = re.compile(r"\[(\w+)\]")
# Stand between the words of a phrase without parting it.
FILLERS = among(
    "the a an its their his her our any all s le la les l un une des du de d sa son ses leur el los las una su "
    "sus del al o os as um uma da do das dos der die das dem den eine einen einer seine seiner ihre ihrer"
)
PARTICLE = re.compile(r"(?:[وف]?(?:ال|لل|بال)|[وفبل])(?=[\u0621-\u064a]{3})")
GAP = 4  # words that may stand where a phrase has a ~
STEM = 7  # letters that tell a word from another, whatever its ending


class Phrase(NamedTuple):
    """Words that stand for `tag` together: `atoms[0]` and then each after at most `gaps` others."""

    tag: str
    atoms: tuple[str, ...]
    gaps: tuple[int, ...]

    def may_part(self) -> bool:
        """Whether the second word may not be the next that is no article: it stands farther off, or
        looks like an article itself ("after all", "nimmt … an")."""
        return self.gaps[1] > 0 or self.atoms[1] in FILLERS


class Word(NamedTuple):
    """What is known of a word: its stem as the model of events weighs it ("": too short, a number),
    the tags that it has alone, and the phrases it begins."""

    trait: str
    tags: tuple[str, ...]
    atoms: tuple[str, ...]
    close: Mapping[str, tuple[Phrase, ...]]  # by their second word
    apart: tuple[Phrase, ...]  # those whose second word may stand farther off
    is_filler: bool


def pieces(text: str) -> list[str]:
    """The words and the punctuation of a text in small letters, in order."""
    return PIECE.findall(lowered(text))


def lowered(text: str) -> str:
    """The text in small letters, of the same length, so that places in it are places in the text."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(char.lower()[0] for char in text)


class Lexicon(dict[str, Word]):
    """Word in small letters → what is known of it; grows with the words that were met."""

    LIMIT = 60_000  # words kept; hostile texts must not fill the memory

    def __init__(self, text: str) -> None:
        super().__init__()
        self.singles: dict[str, tuple[str, ...]] = {}
        self.begins: dict[str, list[Phrase]] = {}
        self.atoms: set[str] = set()
        for tag, entry in entries(text):
            self.learn(tag, entry)
        self.longest = max((len(atom) for atom in self.atoms), default=0)

    def learn(self, tag: str, entry: str) -> None:
        phrase = as_phrase(tag, entry)
        self.atoms.update(phrase.atoms)
        first = phrase.atoms[0]
        if len(phrase.atoms) == 1:
            self.singles[first] = (*self.singles.get(first, ()), tag)
        else:
            self.begins.setdefault(first, []).append(phrase)

    def __missing__(self, piece: str) -> Word:
        if len(self) > self.LIMIT:
            self.clear()
        self[piece] = found = self.describe(fold(piece))
        return found

    def describe(self, word: str) -> Word:
        met = [atom for atom in spellings(word, self.longest) if atom in self.atoms]
        tags = dict.fromkeys(tag for atom in met for tag in self.singles.get(atom, ()))
        begun = [phrase for atom in met for phrase in self.begins.get(atom, ())]
        apart = tuple(phrase for phrase in begun if phrase.may_part())
        close = by_second(phrase for phrase in begun if not phrase.may_part())
        return Word(as_trait(word[:STEM]), tuple(tags), tuple(met), close, apart, word in FILLERS)


def as_trait(stem: str) -> str:
    return f":{stem}" if len(stem) > 2 and not stem.isdigit() else ""


def by_second(phrases: Iterable[Phrase]) -> Mapping[str, tuple[Phrase, ...]]:
    found: dict[str, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        found[phrase.atoms[1]] = (*found.get(phrase.atoms[1], ()), phrase)
    return found


def spellings(word: str, longest: int) -> Iterator[str]:
    """How a list may write a word: whole, by its beginning ("observ*"), by its end ("*wahl"); in
    Arabic also without the particles that are written as one with it."""
    yield word
    for length in range(1, min(len(word), longest) + 1):
        yield word[:length] + "*"
        yield "*" + word[-length:]
    particle = PARTICLE.match(word)
    if particle:
        yield from spellings(word[particle.end() :], longest)


def entries(text: str) -> Iterator[tuple[str, str]]:
    tag = ""
    for line in text.splitlines():
        heading = HEADING.fullmatch(line.strip())
        if heading:
            tag = heading[1]
        elif not line.startswith("#"):
            yield from ((tag, entry) for entry in line.split())


PLAIN = re.compile(r"\*?[^\W_]+\*?")
ATOM = re.compile(r"\*?[\w\u0300-\u036f]+\*?|\*")


def as_phrase(tag: str, entry: str) -> Phrase:
    """ "call*~off" → the words "call…" and "off", at most four words between them. Articles within a
    phrase are left out, because they are passed over in the text; its last word is kept."""
    if PLAIN.fullmatch(entry):
        return Phrase(tag, (fold(entry),), (0,))
    found = [
        (atom, GAP if number and not place else 0)
        for number, part in enumerate(entry.split("~"))
        for place, atom in enumerate(ATOM.findall(fold(part.replace("_", " "))))
    ]
    ends = (0, len(found) - 1)
    kept = [one for n, one in enumerate(found) if n in ends or one[0] not in FILLERS]
    return Phrase(tag, tuple(atom for atom, _ in kept), tuple(gap for _, gap in kept))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    path = files("newswatch.understand").joinpath("data/genre.txt")
    return Lexicon(path.read_text(encoding="utf-8"))
