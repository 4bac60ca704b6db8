"""The needs of many rules as columns of numbers, so that arrays can meet them all at once. Pure.

Each rule is filed under an atom that it needs (under each, where one of several will do). There lie
its other clauses, one after the other, and those of all rules of the atom: so a release reads one
stretch of memory for each atom that it has. A clause is a row of four literals, one of which will
do; longer choices are atoms of their own.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from newswatch.rules.conditions import Condition
from newswatch.rules.find import ReleaseText
from newswatch.rules.needs import ALWAYS, NEVER, Atoms, Clause, needs

Ints: TypeAlias = npt.NDArray[np.int32]
Places: TypeAlias = npt.NDArray[np.intp]
Board: TypeAlias = npt.NDArray[np.bool_]

FOUR = 4  # literals of a clause
HOLDS, FAILS = 2 * NEVER + 1, 2 * NEVER  # literals that are always and never met
# The bytes of an atom's two literals, read as one number.
PRESENT, ABSENT = np.array([[True, False], [False, True]]).view(np.uint16)[:, 0]
DEAREST = 2**28  # what an atom costs that all releases have
ABSENCE = 2**31  # what costs more than any four atoms
SHORT = 3  # letters: such words are frequent in texts, however few rules ask for them
SHORT_WEIGHT = 20


@dataclass(frozen=True, slots=True)
class Lists:
    """Many lists, one after the other: list n is `values[starts[n]:starts[n + 1]]`."""

    starts: Ints
    values: Ints

    @classmethod
    def of(cls, owners: npt.NDArray[Any], values: Ints, count: int) -> "Lists":
        """From pairs of owner and value; the values of an owner keep their order."""
        starts = ends_of(np.bincount(owners, minlength=count))
        return cls(starts, values[np.argsort(owners, kind="stable")])

    def places(self, owners: npt.NDArray[Any]) -> Places:
        """Where in `values` the lists of some owners stand."""
        ends = self.starts[1:].take(owners)
        lengths = ends - self.starts.take(owners)
        before: Places = ends - lengths.cumsum()
        return before.repeat(lengths) + np.arange(lengths.sum())

    def all(self, owners: npt.NDArray[Any]) -> Ints:
        """The values of some owners."""
        found: Ints = self.values.take(self.places(owners), axis=0)
        return found


@dataclass(frozen=True, slots=True)
class Columns:
    """What the rules need beside the atoms that they are filed under."""

    atoms: int
    clauses: Lists  # an atom → the other clauses of the rules that are filed under it
    order: Ints  # of each clause, how many of its rule stand before it
    rules: Ints  # of each clause, whose it is
    wide: Lists  # an atom → the long choices that it meets, themselves atoms
    unsure: Board  # whether a rule's clauses do not say all
    conditions: dict[int, Condition]  # of those, to be asked in full

    def met(self, present: npt.NDArray[np.int64], known: Board, text: ReleaseText) -> Ints:
        """The rules that are met, in any order, some more than once. `known` is a board of nothing, and is left as one."""
        if self.wide.values.size:
            present = np.concatenate((present, self.wide.all(present)))
        present = distinct(present)
        atoms = known.view(np.uint16)  # the literals of an atom side by side
        atoms[present] = PRESENT
        rules = self.fitting(present, known)
        atoms[present] = ABSENT
        return self.sure(distinct(rules), text) if self.conditions else rules

    def fitting(self, present: npt.NDArray[np.int64], known: Board) -> Ints:
        """The rules filed under the present atoms whose every clause holds. `take` does what an
        index in brackets does, several times as fast."""
        places = self.clauses.places(present)
        order = self.order.take(places)
        fails = none_holds(known.take(self.clauses.values.take(places, axis=0))).nonzero()[0]
        is_met = order == 0  # told where a rule's first clause stands
        is_met[fails - order.take(fails)] = False
        met: Ints = self.rules.take(places.take(is_met.nonzero()[0]))
        return met

    def sure(self, rules: Ints, text: ReleaseText) -> Ints:
        """Without those that, asked in full, are not met."""
        is_met = np.ones(len(rules), np.bool_)
        for place in self.unsure.take(rules).nonzero()[0].tolist():
            is_met[place] = self.conditions[int(rules[place])].meets(text) is not None
        return rules[is_met]


def board(atoms: int) -> Board:
    """For each literal whether it holds, while nothing is known to be present."""
    return np.full(atoms, ABSENT).view(np.bool_)


class Flat:
    """The clauses of all rules, end to end, as they are read."""

    def __init__(self, conditions: Sequence[Condition], atoms: Atoms) -> None:
        self.atoms = atoms
        self.literals = array("i")
        self.lengths = array("i")  # of each clause
        self.counts = array("i")  # of each rule's clauses
        self.doubtful: dict[int, Condition] = {}
        self.wide: dict[Clause, int] = {}
        for rule, condition in enumerate(conditions):
            before = len(self.lengths)
            clauses, is_exact = needs(condition, atoms)
            if () not in clauses:  # that can never be met
                is_exact = self.put(clauses) and is_exact
            if not is_exact:
                self.doubtful[rule] = condition
            self.counts.append(len(self.lengths) - before)

    def put(self, clauses: list[Clause]) -> bool:
        """Adds a rule's clauses, and says whether they are all there."""
        is_whole = True
        for clause in clauses:
            if len(clause) > FOUR:
                clause = self.shortened(clause)  # noqa: PLW2901
                is_whole = is_whole and bool(clause)
            if clause:
                self.literals.extend(clause)
                self.lengths.append(len(clause))
        if not any(map(asks, clauses)):
            self.literals.append(2 * ALWAYS)
            self.lengths.append(1)
        return is_whole

    def shortened(self, clause: Clause) -> Clause:
        """A long choice as an atom of its own; nothing where it also says what must be absent."""
        if not asks(clause):
            return ()
        atom = self.wide.get(clause)
        if atom is None:
            atom = self.wide[clause] = self.atoms.count
            self.atoms.count += 1
        return (2 * atom,)


def asks(clause: Clause) -> bool:
    """Whether a rule can be filed under it: it says what must be there, and only that."""
    return all(not literal & 1 for literal in clause)


def columns(conditions: Sequence[Condition], atoms: Atoms) -> Columns:
    """The needs of conditions as columns; their words and facts are numbered in `atoms`."""
    return Laying(Flat(conditions, atoms)).columns()


class Laying:
    """Lays the clauses out: which of them a rule is filed under, and which lie there."""

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        literals, lengths = np.array(flat.literals, np.int32), np.array(flat.lengths, np.int32)
        self.clauses = Lists(ends_of(lengths), literals)
        self.lengths = lengths
        self.rules = np.arange(len(flat.counts), dtype=np.int32).repeat(flat.counts)

    def columns(self) -> Columns:
        ranked = self.ranked()
        order = ranks(self.rules[ranked])
        filed, others = self.filed(ranked[order == 0]), self.others(ranked[order > 0])
        lengths = np.diff(others.starts).take(filed.values)
        ends = ends_of(lengths)
        return Columns(
            atoms=self.flat.atoms.count,
            clauses=Lists(ends[filed.starts], others.all(filed.values)),
            order=np.arange(ends[-1], dtype=np.int32) - ends[:-1].repeat(lengths),
            rules=filed.values.repeat(lengths),
            wide=self.wide(),
            unsure=self.unsure(),
            conditions=self.flat.doubtful,
        )

    def ranked(self) -> Places:
        """The clauses rule by rule, the rarest first; what asks for absence stands last."""
        literals = self.clauses.values
        asks = literals & 1 == 0
        usage = np.bincount(literals[asks] >> 1, minlength=self.flat.atoms.count)
        of_atoms = np.minimum(usage * self.frequency(), DEAREST)
        costs = np.where(asks, of_atoms[literals >> 1], ABSENCE)
        of_clauses = np.add.reduceat(costs, self.clauses.starts[:-1]) if len(costs) else costs
        keys = self.rules.astype(np.int64) << 32 | np.minimum(of_clauses, ABSENCE)
        return np.argsort(keys, kind="stable")

    def frequency(self) -> npt.NDArray[np.int64]:
        """How much more often than rules name it a text may hold an atom: short words."""
        weights = np.ones(self.flat.atoms.count, np.int64)
        short = [atom for word, atom in self.flat.atoms.words.items() if len(word) <= SHORT]
        weights[short] = SHORT_WEIGHT
        weights[ALWAYS] = DEAREST
        return weights

    def filed(self, clauses: Places) -> Lists:
        """An atom → the rules that are filed under it, each by one of these clauses."""
        atoms = self.clauses.all(clauses) >> 1
        rules = self.rules[clauses].repeat(self.lengths[clauses])
        return Lists.of(atoms, rules, self.flat.atoms.count)

    def others(self, clauses: Places) -> Lists:
        """A rule → its clauses of these; one that always holds where it has none."""
        count = len(self.flat.counts)
        owners = self.rules[clauses]
        lonely = (np.bincount(owners, minlength=count) == 0).nonzero()[0]
        table = np.full((len(clauses) + len(lonely), FOUR), HOLDS, np.int32)
        table[: len(clauses)] = self.table(clauses)
        return Lists.of(np.concatenate((owners, lonely)), table, count)

    def table(self, clauses: Places) -> Ints:
        """The literals of some clauses, side by side."""
        found = np.full((len(clauses), FOUR), FAILS, np.int32)
        owners = np.arange(len(clauses)).repeat(self.lengths[clauses])
        found[owners, ranks(owners)] = self.clauses.all(clauses)
        return found

    def unsure(self) -> Board:
        found = np.zeros(len(self.flat.counts), np.bool_)
        found[list(self.flat.doubtful)] = True
        return found

    def wide(self) -> Lists:
        pairs = [
            (literal >> 1, atom) for clause, atom in self.flat.wide.items() for literal in clause
        ]
        owners, values = np.array(pairs, np.int32).reshape(-1, 2).T
        return Lists.of(owners, values, self.flat.atoms.count)


def ends_of(lengths: npt.NDArray[Any]) -> Ints:
    """Where lists of some lengths end that lie one after the other; a 0 before the first."""
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return ends


def ranks(owners: npt.NDArray[Any]) -> Places:
    """For sorted owners the position of each within its own: 0, 1, 2, 0, 0, 1, …"""
    is_new = np.ones(len(owners), np.bool_)
    is_new[1:] = owners[1:] != owners[:-1]
    starts = np.flatnonzero(is_new)
    lengths = np.diff(np.append(starts, len(owners)))
    return np.arange(len(owners)) - np.repeat(starts, lengths)


def none_holds(four: Board) -> Board:
    """For rows of four: whether all of them fail."""
    return np.equal(four.view(np.uint32)[..., 0], 0)


Whole = TypeVar("Whole", bound=np.integer[Any])


def distinct(numbers: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """Sorted, where they lie, and each once: what np.unique does, for little arrays in a fifth of
    its time."""
    numbers.sort()
    is_new = np.empty(len(numbers), np.bool_)
    is_new[:1] = True
    np.not_equal(numbers[1:], numbers[:-1], out=is_new[1:])
    return numbers.take(is_new.nonzero()[0])
