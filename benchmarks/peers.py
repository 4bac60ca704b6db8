"""Other ways to meet many rules, each as fast as it can plainly be made: what the index is measured against.

Each is built from `Spec`s and, given a release, returns the numbers of the rules that it meets. All
get texts in ASCII, so that none of them pays for folding.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import ahocorasick_rs
import re2
from ruleset import Spec, quoted

from newswatch.model import Release

Search = Callable[[str], object]


class Peer(Protocol):
    """A method of matching."""

    def __init__(self, specs: Sequence[Spec]) -> None: ...

    def met(self, release: Release) -> list[int]: ...


def whole(release: Release) -> str:
    """Title and text; the stop between them keeps phrases from running on."""
    return f"{release.title} . {release.text}"


def is_about(spec: Spec, release: Release) -> bool:
    return not spec.countries or not set(spec.countries).isdisjoint(release.reading.countries)


class RegexLoop:
    """Every rule asked in turn, each word a compiled expression."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.rules = [
            (
                spec,
                [self.searches(group) for group in spec.groups],
                self.searches(spec.excluded),
            )
            for spec in specs
        ]

    def searches(self, terms: Iterable[str]) -> list[Search]:
        return [re.compile(rf"\b{term}\b", re.IGNORECASE).search for term in terms]

    def met(self, release: Release) -> list[int]:
        text = whole(release)
        return [
            number
            for number, (spec, groups, excluded) in enumerate(self.rules)
            if is_about(spec, release)
            and all(any(search(text) for search in group) for group in groups)
            and not any(search(text) for search in excluded)
        ]


class Filed:
    """What finders of all words and phrases at once have in common: a rule is filed under the terms
    of its smallest group, and looked at when one of them was found."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.specs = specs
        self.terms = list(dict.fromkeys(term for spec in specs for term in spec.terms()))
        self.filed: dict[str, list[int]] = {}
        usage: dict[str, int] = {}
        for spec in specs:
            for term in spec.terms():
                usage[term] = usage.get(term, 0) + 1
        for number, spec in enumerate(specs):
            for term in min(spec.groups, key=lambda group: sum(usage[term] for term in group)):
                self.filed.setdefault(term, []).append(number)

    def found(self, text: str) -> set[str]:
        raise NotImplementedError

    def met(self, release: Release) -> list[int]:
        found = self.found(whole(release).lower())
        likely = {number for term in found for number in self.filed.get(term, ())}
        return sorted(number for number in likely if self.meets(self.specs[number], found, release))

    def meets(self, spec: Spec, found: set[str], release: Release) -> bool:
        return (
            is_about(spec, release)
            and not any(found.isdisjoint(group) for group in spec.groups)
            and found.isdisjoint(spec.excluded)
        )


class UnionRegex(Filed):
    """One expression of all terms; those that begin as others do are added by hand."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        super().__init__(specs)
        longest = sorted(self.terms, key=len, reverse=True)
        self.union = re.compile(rf"\b(?=({'|'.join(longest)})\b)")
        known = set(self.terms)
        self.begun = {term: known & set(beginnings(term)) for term in self.terms}

    def found(self, text: str) -> set[str]:
        return {term for hit in set(self.union.findall(text)) for term in self.begun[hit]}


def beginnings(term: str) -> list[str]:
    words = term.split()
    return [" ".join(words[:end]) for end in range(1, len(words) + 1)]


class Re2Set(Filed):
    """RE2's set of expressions, one for each term."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        super().__init__(specs)
        options = re2.Options()
        options.max_mem = 1 << 30
        self.set = re2.Set.SearchSet(options)
        for term in self.terms:
            self.set.Add(rf"\b{term}\b")
        self.set.Compile()

    def found(self, text: str) -> set[str]:
        return {self.terms[number] for number in self.set.Match(text)}


class AhoCorasick(Filed):
    """The automaton of all terms, on words with blanks around them."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        super().__init__(specs)
        self.automaton = ahocorasick_rs.AhoCorasick([f" {term} " for term in self.terms])

    def found(self, text: str) -> set[str]:
        words = f" {' '.join(re.findall('[a-z0-9]+|[.]', text))} "
        hits = self.automaton.find_matches_as_indexes(words, overlapping=True)
        return {self.terms[number] for number, _, _ in hits}


class Fts5:
    """A table of one release in memory, and a full-text query for each rule."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.execute("create virtual table release using fts5(title, text)")
        self.rules = [(spec, spec.query()) for spec in specs]
        if any(quoted(term) == term.upper() for spec in specs for term in spec.terms()):
            raise ValueError("a term that is an operator")

    def met(self, release: Release) -> list[int]:
        run = self.database.execute
        run("delete from release")
        run("insert into release values (?, ?)", (release.title, release.text))
        return [
            number
            for number, (spec, query) in enumerate(self.rules)
            if is_about(spec, release)
            and run("select 1 from release where release match ?", (query,)).fetchone()
        ]
