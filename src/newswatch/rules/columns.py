"""The needs of many rules as columns of numbers, so that arrays can meet them all at once. Pure.

Each rule is filed under an atom that it needs (under each, where one of several will do). There lie
its other clauses, one after the other, and those of all rules of the atom: so a release reads one
stretch of memory for each atom that it has. A clause is a row of four literals, one of which will
do; longer choices are atoms of their own. `filing` builds it.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from newswatch.rules.conditions import Condition
from newswatch.rules.find import ReleaseText

Ints: TypeAlias = npt.NDArray[np.int32]
Places: TypeAlias = npt.NDArray[np.intp]
Board: TypeAlias = npt.NDArray[np.bool_]

# The bytes of an atom's two literals, read as one number.
PRESENT, ABSENT = np.array([[True, False], [False, True]]).view(np.uint16)[:, 0]


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

    def values_of(self, owners: npt.NDArray[Any]) -> Ints:
        """The values of some owners, end to end."""
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
        """The rules that are met, in any order, some more than once. `known` is a board of nothing,
        and is left as one."""
        if self.wide.values.size:
            present = np.concatenate((present, self.wide.values_of(present)))
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


def ends_of(lengths: npt.NDArray[Any]) -> Ints:
    """Where lists of some lengths end that lie one after the other; a 0 before the first."""
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return ends


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
