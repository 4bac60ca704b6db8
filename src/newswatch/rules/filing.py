"""Files rules under what they need: from the clauses of each to the columns of all. Pure."""

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from newswatch.rules.columns import Board, Columns, Ints, Lists, Places, ends_of
from newswatch.rules.conditions import Condition
from newswatch.rules.needs import ALWAYS, NEVER, Atoms, Clause, needs

FOUR = 4  # literals of a clause
MOST = 16  # clauses of a rule beside the one that it is filed under
HOLDS, FAILS = 2 * NEVER + 1, 2 * NEVER  # literals that are always and never met
DEAREST = 2**25  # what an atom costs that all releases have; no other costs more
ABSENCE = 2**28  # what costs more than any four of them
SHORT = 3  # letters: such words are frequent in texts, however few rules ask for them
SHORT_WEIGHT = 20


def columns(conditions: Sequence[Condition], atoms: Atoms) -> Columns:
    """The needs of conditions as columns; their words and facts are numbered in `atoms`."""
    return Filing(Clauses(conditions, atoms)).columns()


class Clauses:
    """The clauses of all rules, end to end, as they are read."""

    def __init__(self, conditions: Sequence[Condition], atoms: Atoms) -> None:
        self.conditions = conditions
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


class Filing:
    """Which of its clauses each rule is filed under, and which lie there."""

    def __init__(self, read: Clauses) -> None:
        self.read = read
        self.lengths = np.asarray(read.lengths, np.int32)
        self.counts = np.asarray(read.counts, np.int32)
        self.clauses = Lists(ends_of(self.lengths), np.asarray(read.literals, np.int32))
        self.rules = np.arange(len(self.counts), dtype=np.int32).repeat(self.counts)

    def columns(self) -> Columns:
        ranked, order = self.ranked(), ranks(self.counts)
        self.leave_out(ranked[order > MOST])
        filed = self.filed(ranked[order == 0])
        others = self.others(ranked[(order > 0) & (order <= MOST)])
        lengths = np.diff(others.starts).take(filed.values)
        return Columns(
            atoms=self.read.atoms.count,
            clauses=Lists(ends_of(lengths)[filed.starts], others.values_of(filed.values)),
            order=ranks(lengths),
            rules=filed.values.repeat(lengths),
            wide=self.wide(),
            unsure=self.unsure(),
            conditions=self.read.doubtful,
        )

    def leave_out(self, clauses: Places) -> None:
        """These are not laid out: their rules are asked in full."""
        for rule in dict.fromkeys(self.rules[clauses].tolist()):
            self.read.doubtful[rule] = self.read.conditions[rule]

    def ranked(self) -> Places:
        """The clauses rule by rule, the rarest first; what asks for absence stands last."""
        literals = self.clauses.values
        asks = literals & 1 == 0
        usage = np.bincount(literals[asks] >> 1, minlength=self.read.atoms.count)
        of_atoms = np.minimum(usage * self.frequency(), DEAREST).astype(np.int32)
        costs = np.where(asks, of_atoms[literals >> 1], np.int32(ABSENCE))
        of_clauses = np.add.reduceat(costs, self.clauses.starts[:-1]) if len(costs) else costs
        keys = self.rules.astype(np.int64) << 32 | np.minimum(of_clauses, ABSENCE)
        return np.argsort(keys, kind="stable")

    def frequency(self) -> npt.NDArray[np.int64]:
        """How much more often than rules name it a text may hold an atom: short words."""
        weights = np.ones(self.read.atoms.count, np.int64)
        short = [atom for word, atom in self.read.atoms.words.items() if len(word) <= SHORT]
        weights[short] = SHORT_WEIGHT
        weights[ALWAYS] = DEAREST
        return weights

    def filed(self, clauses: Places) -> Lists:
        """An atom → the rules that are filed under it, each by one of these clauses."""
        atoms = self.clauses.values_of(clauses) >> 1
        rules = self.rules[clauses].repeat(self.lengths[clauses])
        return Lists.of(atoms, rules, self.read.atoms.count)

    def others(self, clauses: Places) -> Lists:
        """A rule → its clauses of these; one that always holds where it has none."""
        owners = self.rules[clauses]
        counts = np.bincount(owners, minlength=len(self.counts))
        starts = ends_of(np.maximum(counts, 1))
        rows, lengths = starts[owners] + ranks(counts), self.lengths[clauses]
        table = np.full((starts[-1], FOUR), HOLDS, np.int32)
        table[rows] = FAILS
        table[rows.repeat(lengths), ranks(lengths)] = self.clauses.values_of(clauses)
        return Lists(starts, table)

    def unsure(self) -> Board:
        found = np.zeros(len(self.read.counts), np.bool_)
        found[list(self.read.doubtful)] = True
        return found

    def wide(self) -> Lists:
        pairs = [
            (literal >> 1, atom) for clause, atom in self.read.wide.items() for literal in clause
        ]
        owners, values = np.array(pairs, np.int32).reshape(-1, 2).T
        return Lists.of(owners, values, self.read.atoms.count)


def ranks(lengths: npt.NDArray[Any]) -> Ints:
    """The position of each value within its own list: 0, 1, 2, 0, 0, 1, …"""
    ends = ends_of(lengths)
    return np.arange(ends[-1], dtype=np.int32) - ends[:-1].repeat(lengths)
