"""What a condition needs at least: clauses of words and facts, all of which must be met. Pure.

A clause is met when one of its literals is; a rule can only be met when all its clauses are
(conjunctive normal form). A literal is an atom's number doubled, plus one where the atom must be
absent. What clauses cannot say (distances, dates) is left out, and the needs are then not exact:
whoever meets them is still to be asked in full.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any as Anything
from typing import TypeAlias

from newswatch.rules import language
from newswatch.rules.conditions import (
    WORDED,
    Condition,
    Every,
    Everything,
    Fact,
    Negation,
    OneOf,
    PublishedBetween,
    PublishedWithin,
    Text,
    Words,
)
from newswatch.rules.language import Near, Phrase, Prefix, Query, Regex, Stem

Clause: TypeAlias = tuple[int, ...]
Needs: TypeAlias = tuple[list[Clause], bool]  # the clauses, and whether they say all

NEVER, ALWAYS = 0, 1  # the atoms that no release has, and that all have
MOST_CLAUSES = 16  # of one choice that is multiplied out
UNKNOWN: Needs = ([], False)


class Atoms:
    """Numbers for the words, phrases and facts of rules; the same thing gets the same number.

    A phrase is a path: `pairs` leads from the number of what stands before and the number of the
    next word to the number of both together.
    """

    def __init__(self) -> None:
        self.count = ALWAYS + 1
        self.words: dict[str, int] = {}
        self.pairs: dict[int, int] = {}  # before << 32 | word → both
        self.scoped: dict[tuple[str, int], int] = {}  # field and words → the words in that field
        self.facts: dict[tuple[str, str], int] = {}
        self.prefixes: dict[tuple[str, str], int] = {}  # by field, "" for title and text
        self.stems: dict[tuple[str, str], int] = {}
        self.regexes: dict[tuple[str, str], int] = {}

    def phrase(self, scope: str, words: Sequence[str]) -> int:
        atom = self.words.get(words[0]) or self.number(self.words, words[0])
        for word in words[1:]:
            atom = self.number(self.pairs, atom << 32 | self.number(self.words, word))
        return self.number(self.scoped, (scope, atom)) if scope else atom

    def number(self, known: dict[Anything, int], key: object) -> int:
        found = known.get(key)
        if found is None:
            found = known[key] = self.count
            self.count += 1
        return found


def needs(condition: Condition, atoms: Atoms) -> Needs:
    """The clauses that a release must meet; none at all where every release may."""
    return need(condition, atoms, "", 0)


def need(node: Condition | Query, atoms: Atoms, scope: str, sign: int) -> Needs:
    """The clauses of a condition in a field; with a sign of 1, those of its opposite."""
    return NEEDS[type(node)](node, atoms, scope, sign)


def contradicts(clauses: Iterable[Clause]) -> bool:
    """Whether nothing can meet all of them: what must be there must also be absent."""
    rest, given = set(clauses), set[int]()
    while True:
        rest = {
            tuple(literal for literal in clause if literal ^ 1 not in given)
            for clause in rest
            if given.isdisjoint(clause)
        }
        if () in rest:
            return True
        alone = {clause[0] for clause in rest if len(clause) == 1}
        if not alone:
            return False
        given |= alone
        if any(literal ^ 1 in given for literal in alone):
            return True


# -- parts together -----------------------------------------------------------------------------


def both(parts: Sequence[Needs]) -> Needs:
    every: list[Clause] = []
    is_exact = True
    for clauses, exact in parts:
        every += clauses
        is_exact = is_exact and exact
    return every, is_exact


def either(parts: Sequence[Needs]) -> Needs:
    literals: list[int] = []
    is_exact = True
    for clauses, exact in parts:
        is_exact = is_exact and exact
        if len(clauses) != 1:
            return either_of_many(parts)
        literals += clauses[0]
    return without_tautology(literals), is_exact


def either_of_many(parts: Sequence[Needs]) -> Needs:
    """Where a part has several clauses, or none: one that always holds makes the whole hold."""
    if any(not clauses for clauses, _ in parts):
        return [], any(exact and not clauses for clauses, exact in parts)
    return multiplied([clauses for clauses, _ in parts], all(exact for _, exact in parts))


def multiplied(parts: Sequence[list[Clause]], is_exact: bool) -> Needs:
    """(a AND b) OR c is (a OR c) AND (b OR c); where that grows too long, one clause of a part has
    to do."""
    product: list[Clause] = [()]
    for clauses in parts:
        if len(product) * len(clauses) > MOST_CLAUSES:
            clauses, is_exact = [min(clauses, key=len)], False  # noqa: PLW2901
        product = [before + clause for before in product for clause in clauses]
    return [kept for clause in product for kept in without_tautology(clause)], is_exact


def without_tautology(literals: Iterable[int]) -> list[Clause]:
    """The clause, or none where it holds something and its opposite."""
    clause = dict.fromkeys(literals)
    for literal in clause:
        if literal ^ 1 in clause:
            return []
    return [tuple(clause)]


# -- leaves -------------------------------------------------------------------------------------


def of_phrase(node: Phrase, atoms: Atoms, scope: str, sign: int) -> Needs:
    return [(atoms.phrase(scope, node.words) * 2 + sign,)], True


def of_prefix(node: Prefix, atoms: Atoms, scope: str, sign: int) -> Needs:
    *before, start = node.words
    if before and sign:
        return UNKNOWN
    last = (atoms.number(atoms.prefixes, (scope, start)) * 2 + sign,)
    if before:
        return [(atoms.phrase(scope, before) * 2,), last], False
    return [last], True


def of_stem(node: Stem, atoms: Atoms, scope: str, sign: int) -> Needs:
    is_one = len(node.words) == 1
    if sign and not is_one:
        return UNKNOWN
    numbers = (atoms.number(atoms.stems, (scope, word)) for word in node.words)
    return [(number * 2 + sign,) for number in numbers], is_one


def of_near(node: Near, atoms: Atoms, scope: str, sign: int) -> Needs:
    if sign:
        return UNKNOWN
    return [(atoms.phrase(scope, (word,)) * 2,) for word in node.words], False


def of_regex(node: Regex, atoms: Atoms, scope: str, sign: int) -> Needs:
    return [(atoms.number(atoms.regexes, (scope, node.pattern)) * 2 + sign,)], True


def of_fact(node: Fact, atoms: Atoms, _scope: str, sign: int) -> Needs:
    numbers = [fact(node.field, value, atoms) for value in sorted(node.wanted_values)]
    literals = [number * 2 + sign for number in numbers]
    return ([(literal,) for literal in literals] if sign else [tuple(literals)]), True


def fact(field: str, value: str, atoms: Atoms) -> int:
    if field in WORDED:
        return atoms.phrase(field, value.split())
    return atoms.number(atoms.facts, (field, value))


# -- nodes --------------------------------------------------------------------------------------


def of_all(node: Anything, atoms: Atoms, scope: str, sign: int) -> Needs:
    parts = [NEEDS[type(part)](part, atoms, scope, sign) for part in node.parts]
    return either(parts) if sign else both(parts)


def of_any(node: Anything, atoms: Atoms, scope: str, sign: int) -> Needs:
    parts = [NEEDS[type(part)](part, atoms, scope, sign) for part in node.parts]
    return both(parts) if sign else either(parts)


def of_not(node: Anything, atoms: Atoms, scope: str, sign: int) -> Needs:
    return need(node.part, atoms, scope, 1 - sign)


def of_in(node: language.In, atoms: Atoms, _scope: str, sign: int) -> Needs:
    return need(node.part, atoms, node.field, sign)


def of_text(node: Text, atoms: Atoms, scope: str, sign: int) -> Needs:
    return need(node.query, atoms, scope, sign)


def of_words(node: Words, atoms: Atoms, scope: str, sign: int) -> Needs:
    every, some = (either, both) if sign else (both, either)
    parts = [need(leaf, atoms, scope, sign) for leaf in node.all]
    parts += [need(leaf, atoms, scope, 1 - sign) for leaf in node.none]
    if node.any:
        parts.append(some([need(leaf, atoms, scope, sign) for leaf in node.any]))
    return every(parts)


def of_published(_node: object, _atoms: Atoms, _scope: str, _sign: int) -> Needs:
    return UNKNOWN


def of_everything(_node: object, _atoms: Atoms, _scope: str, sign: int) -> Needs:
    return ([()] if sign else []), True


NEEDS: dict[type, Callable[[Anything, Atoms, str, int], Needs]] = {
    Phrase: of_phrase,
    Prefix: of_prefix,
    Stem: of_stem,
    Near: of_near,
    Regex: of_regex,
    language.Not: of_not,
    language.All: of_all,
    language.Any: of_any,
    language.In: of_in,
    Text: of_text,
    Words: of_words,
    Fact: of_fact,
    Negation: of_not,
    OneOf: of_any,
    Every: of_all,
    Everything: of_everything,
    PublishedBetween: of_published,
    PublishedWithin: of_published,
}
