"""What names mean in an installation: countries and groups, lists of keywords, named queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from newswatch.config.files import Files
from newswatch.config.models import Groups
from newswatch.config.places import Document
from newswatch.config.words import did_you_mean, twice
from newswatch.fold import fold
from newswatch.rules.compile import compile_when
from newswatch.understand.countries import resolve, suggest

MOST_HINTS = 1_000  # problems, after which none is told what may have been meant


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What names mean in this installation: shipped countries and groups, and its own groups."""

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keyword_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)

    def countries(self, name: str) -> frozenset[str]:
        return self.groups.get(fold(name)) or resolve(name)

    def suggest(self, name: str) -> tuple[str, ...]:
        own = tuple(get_close_matches(fold(name), self.groups, n=2))
        return own or suggest(name)

    def keywords(self, name: str) -> tuple[str, ...] | None:
        return self.keyword_lists.get(fold(name))

    def query(self, name: str) -> str | None:
        return self.queries.get(fold(name))

    def named(self) -> tuple[str, ...]:
        return (*self.keyword_lists, *self.queries)


def read_vocabulary(files: Files) -> Vocabulary:
    for document, data in files.documents("groups.yaml"):
        groups = files.validated(document, Groups, data)
        if groups:
            vocabulary = Vocabulary(
                {
                    fold(name): members_of(files, document, name, members)
                    for name, members in groups.countries.items()
                },
                groups.keywords,
                groups.queries,
            )
            refuse_bad_words(files, vocabulary, document)
            return vocabulary
    return Vocabulary()


def refuse_bad_words(files: Files, vocabulary: Vocabulary, document: Document) -> None:
    """What is wrong with a shared list or query is told at its own place, used or not."""
    for key, names in (
        ("keywords", vocabulary.keyword_lists),
        ("queries", vocabulary.queries),
    ):
        for name, value in names.items():
            when = {"keywords": list(value)} if key == "keywords" else {"text": value}
            _, problems = compile_when(when, vocabulary)
            for problem in problems:
                place = (key, name, *problem.path[1:])
                files.problems.append(document.problem(place, str(problem), problem.offset))
    for name in vocabulary.keyword_lists.keys() & vocabulary.queries.keys():
        files.problem(document, ("queries", name), twice("keyword list", name))


def members_of(
    files: Files, document: Document, name: str, members: Sequence[str]
) -> frozenset[str]:
    codes: set[str] = set()
    for number, member in enumerate(members):
        found = resolve(member)
        if not found:
            is_early = len(files.problems) < MOST_HINTS
            hint = did_you_mean(suggest(member)) if is_early else ""
            files.problem(
                document,
                ("countries", name, number),
                f"unknown country or group {member!r}{hint}",
            )
        codes |= found
    return frozenset(codes)
