"""The tags of a text's words and phrases, each with its place. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from newswatch.understand.genre import Phrase, Word

MOST_FILLERS = 2  # articles that are passed over between two words of a phrase
BEHIND = Word("", (), (), {}, (), is_filler=False)  # stands behind the last word


class Mark(NamedTuple):
    """A tag on `pieces[first:last]`."""

    tag: str
    first: int
    last: int


def marks_of(words: Sequence[Word]) -> list[Mark]:
    """All tags of words and phrases, in the order in which they begin."""
    found: list[Mark] = []
    words = (*words, BEHIND)
    for place, word in enumerate(words):
        if word.tags:
            found += [Mark(name, place, place + 1) for name in word.tags]
        if word.close:
            second = following(words, place + 1)
            if not word.close.keys().isdisjoint(words[second].atoms):  # mostly it is
                found += whole(begun(word, words[second]), words, place, 2, second)
        if word.apart:
            found += whole(word.apart, words, place, 1, place)
    return found


def following(words: Sequence[Word], place: int) -> int:
    """The next word that is no article: at most two are passed over."""
    limit = place + MOST_FILLERS
    while words[place].is_filler and place < limit:
        place += 1
    return place


def begun(first: Word, second: Word) -> Iterator[Phrase]:
    """The phrases that begin with two words."""
    for atom in second.atoms:
        yield from first.close.get(atom, ())


def whole(
    phrases: Iterable[Phrase], words: Sequence[Word], first: int, known: int, place: int
) -> Iterator[Mark]:
    """Those phrases that are there to their end; their `known` first atoms stand at `first` to `place`."""
    for phrase in phrases:
        last = end_of(phrase, words, known, place)
        if last:
            yield Mark(phrase.tag, first, last)


def end_of(phrase: Phrase, words: Sequence[Word], known: int, place: int) -> int:
    """Where a phrase ends whose `known` first atoms are met, the last at `place`; 0: not there."""
    for number in range(known, len(phrase.atoms)):
        place = next_place(phrase.atoms[number], phrase.gaps[number], words, place + 1)
        if not place:
            return 0
    return place + 1


def next_place(atom: str, gap: int, words: Sequence[Word], place: int) -> int:
    fillers = MOST_FILLERS
    while place < len(words):
        word = words[place]
        if atom in word.atoms:
            return place
        if word.is_filler and fillers:
            fillers -= 1
        elif gap:
            gap -= 1
        else:
            return 0
        place += 1
    return 0
