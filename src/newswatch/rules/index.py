"""Standing rules by what they need: which of very many a release meets, without asking each. Pure.

A rule is filed under its rarest needed words or facts, and looked at only when a release has one of
them. What is left to be met is checked for all such rules at once, column by column, in arrays;
only what arrays cannot say is asked of the rule itself. So a release costs what it touches, and not
what there is. Explained in docs/explanation/matching.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import re2

from newswatch.fold import fold
from newswatch.model import Release
from newswatch.rules.columns import Columns, board
from newswatch.rules.conditions import CODED, FACTS, Condition
from newswatch.rules.filing import columns
from newswatch.rules.find import FIELDS, SEARCHED, FieldText, ReleaseText
from newswatch.rules.language import regex_options
from newswatch.rules.needs import ALWAYS, NEVER, Atoms
from newswatch.rules.stems import stem

Numbers: TypeAlias = npt.NDArray[np.int64]
ZONES = {name: zone for zone, name in enumerate(dict.fromkeys((*SEARCHED, *FIELDS)))}
LAST_KEY = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Paths:
    """Sorted keys, and where each of them leads; a last key that nothing reaches."""

    keys: Numbers
    targets: Numbers

    @classmethod
    def of(cls, pairs: dict[int, int]) -> "Paths":
        keys = np.fromiter(chain(pairs.keys(), (LAST_KEY,)), np.int64, len(pairs) + 1)
        targets = np.fromiter(chain(pairs.values(), (NEVER,)), np.int64, len(pairs) + 1)
        order = np.argsort(keys)
        return cls(keys[order], targets[order])

    def lead(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """Which of the keys are there, by their positions, and where those lead."""
        found = self.keys.searchsorted(keys)
        hits = (self.keys.take(found) == keys).nonzero()[0]
        return hits, self.targets.take(found.take(hits))


class Segment:
    """The rules of some files, by what they need. Never changes once it is built."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        atoms = Atoms()
        self.columns: Columns = columns(conditions, atoms)
        self.words = side_by_side(atoms.words)
        self.facts = by_scope(atoms.facts)
        self.phrases = Paths.of(atoms.pairs)
        self.opens = np.zeros(atoms.count, np.bool_)  # whether a phrase goes on from here
        self.opens[self.phrases.keys[:-1] >> 32] = True
        self.zones = {name for name, _ in atoms.scoped}  # the fields that a rule names
        scoped = {ZONES[name] << 32 | atom: number for (name, atom), number in atoms.scoped.items()}
        self.scoped = Paths.of(scoped)
        self.prefixes = prefix_tables(atoms.prefixes)
        self.stems = by_scope(atoms.stems)
        self.inflections: dict[tuple[str, str | None], dict[str, list[int]]] = {}
        self.filters = regex_filters(atoms.regexes)
        self.boards = [board(atoms.count)]

    def met(self, text: ReleaseText) -> npt.NDArray[np.int32]:
        """The numbers of the conditions that a release meets, in any order, some more than once."""
        present = self.present(text)
        try:
            known = self.boards.pop()
        except IndexError:  # another thread is matching
            known = board(self.columns.atoms)
        try:
            return self.columns.met(present, known, text)
        finally:
            self.boards.append(known)

    def present(self, text: ReleaseText) -> Numbers:
        """The atoms that a release has; some of them more than once."""
        found = [*self.stretches(text), np.array([ALWAYS, *self.others(text)])]
        return np.concatenate(found)

    # -- words and phrases ----------------------------------------------------------------------

    def stretches(self, text: ReleaseText) -> Iterator[Numbers]:
        """Words and phrases, of title and text, and of each field that a rule names."""
        if not self.zones:
            yield from (atoms for atoms, _ in self.walk(self.sequence(text.searched(""))))
            return
        names = dict.fromkeys((*SEARCHED, *self.zones))
        fields = [field for name in names for field in text.searched(name)]
        lengths = [len(field.words) + 1 for field in fields]
        zones = np.repeat([ZONES[field.name] for field in fields], lengths)
        for atoms, places in self.walk(self.sequence(fields)):
            zone = zones.take(places)
            yield atoms[zone < len(SEARCHED)]
            yield self.scoped.lead(zone << 32 | atoms)[1]

    def sequence(self, fields: Sequence[FieldText]) -> Numbers:
        """The numbers of all words, with a gap behind each value."""
        words = chain.from_iterable(chain(field.words, ("",)) for field in fields)
        count = sum(len(field.words) + 1 for field in fields)
        return np.fromiter(map(self.words.get, words, repeat(NEVER)), np.int64, count)

    def walk(self, ids: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """The words that rules know, with their places; then the phrases that begin there."""
        places = ids.nonzero()[0]
        atoms, length = ids.take(places), 1
        yield atoms, places
        while (on := self.opens.take(atoms).nonzero()[0]).size:
            places = places.take(on)
            hits, atoms = self.phrases.lead(atoms.take(on) << 32 | ids[length:].take(places))
            places = places.take(hits)
            yield atoms, places
            length += 1

    # -- everything else ------------------------------------------------------------------------

    def others(self, text: ReleaseText) -> Iterator[int]:
        for name, atoms in self.facts.items():
            yield from (atoms[value] for value in VALUES[name](text.release) if value in atoms)
        for scope, lengths in self.prefixes.items():
            yield from prefixed(distinct(text, scope), lengths)
        for scope in self.stems:
            yield from self.inflected(text, scope)
        for scope, (regexes, numbers) in self.filters.items():
            for field in text.searched(scope):
                yield from (numbers[found] for found in regexes.Match(field.text) or ())

    def inflected(self, text: ReleaseText, scope: str) -> Iterator[int]:
        of = text.release.language
        table = self.inflections.get((scope, of))
        if table is None:
            table = self.inflections[scope, of] = stem_table(self.stems[scope], of)
        for word in distinct(text, scope):
            yield from table.get(stem(word, of), ())


def distinct(text: ReleaseText, scope: str) -> set[str]:
    return {word for field in text.searched(scope) for word in field.words}


def languages(release: Release) -> Iterator[str]:
    """The language of a release, and all ranges that hold it: "en-gb" is "en", too."""
    parts = fold(release.language or "").split("-")
    return ("-".join(parts[:end]) for end in range(1, len(parts) + 1))


# The values of a release as rules name them, by the field.
VALUES: Mapping[str, Callable[[Release], Iterable[str]]] = {
    **{field: FACTS[field] for field in CODED},
    "source": lambda release: (fold(release.source_id),),
    "language": languages,
}


def side_by_side(words: dict[str, int]) -> dict[str, int]:
    """The same words and numbers, copied one after the other. Those of many rules are strewn over
    the memory, and a look-up waits for each."""
    copies = [(word + " ")[:-1] for word in words]
    return dict(zip(copies, np.fromiter(words.values(), np.int64).tolist(), strict=True))


def by_scope(atoms: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (scope, value), atom in atoms.items():
        found.setdefault(scope, {})[value] = atom
    return found


PrefixTable: TypeAlias = tuple[frozenset[str], dict[int, dict[str, int]]]


def prefix_tables(atoms: dict[tuple[str, str], int]) -> dict[str, PrefixTable]:
    """For each field: the first two letters of all prefixes, and the prefixes by their length."""
    found: dict[str, PrefixTable] = {}
    for scope, values in by_scope(atoms).items():
        lengths: dict[int, dict[str, int]] = {}
        for value, atom in values.items():
            lengths.setdefault(len(value), {})[value] = atom
        found[scope] = (frozenset(value[:2] for value in values), lengths)
    return found


def prefixed(words: set[str], table: PrefixTable) -> Iterator[int]:
    heads, lengths = table
    likely = [word for word in words if word[:2] in heads]
    for length, prefixes in lengths.items():
        for start in {word[:length] for word in likely} & prefixes.keys():
            yield prefixes[start]


def stem_table(words: dict[str, int], language: str | None) -> dict[str, list[int]]:
    """The stems of the rules' words in one language; several words may have one stem."""
    table: dict[str, list[int]] = {}
    for word, atom in words.items():
        table.setdefault(stem(word, language), []).append(atom)
    return table


def regex_filters(
    atoms: dict[tuple[str, str], int],
) -> dict[str, tuple["re2.Filter", list[int]]]:
    """For each field a filter that finds all expressions at once, by the words they hold."""
    found: dict[str, tuple[re2.Filter, list[int]]] = {}
    for scope, patterns in by_scope(atoms).items():
        regexes = re2.Filter()
        for pattern in patterns:
            regexes.Add(pattern, regex_options())
        regexes.Compile()
        found[scope] = (regexes, list(patterns.values()))
    return found
