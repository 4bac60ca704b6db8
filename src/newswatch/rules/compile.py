"""From a rule's `when` to a condition that meets releases, or every reason why it cannot. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Protocol

from newswatch.errors import RuleError
from newswatch.fold import fold, is_unspaced, words
from newswatch.model import (
    ELECTION_KINDS,
    EVENTS,
    EXPECTED_STEPS,
    MISSION_STATES,
    MISSION_TYPES,
)
from newswatch.rules.conditions import (
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
from newswatch.rules.language import (
    LONGEST_QUERY,
    Any,
    Phrase,
    Prefix,
    Query,
    parse_query,
    refuse_hidden,
)
from newswatch.rules.needs import Atoms, contradicts, needs

Path = tuple[str | int, ...]
NOT_OF_NOTICES = {"event", "transition", "mentions", "institution", "topic"}
DEEPEST = 20  # `not` and `any_of` within each other
LONGEST_VALUE = 1_000  # characters of a name, a word or a phrase
MOST_LISTED = 1_000  # values of one key
MOST_HINTS = 50  # problems of a rule until nothing is proposed any more: it takes a millisecond
MOST_PROBLEMS = 500  # of a rule, after which its values are read no further
AGE = re.compile(r"([1-9]\d{0,4})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Names(Protocol):
    """What a rule's names mean in this installation: countries, groups, keyword lists, queries."""

    def countries(self, name: str) -> frozenset[str]: ...

    def suggest(self, name: str) -> tuple[str, ...]: ...

    def keywords(self, name: str) -> tuple[str, ...] | None: ...

    def query(self, name: str) -> str | None: ...

    def named(self) -> tuple[str, ...]:
        """The names of all keyword lists and queries."""
        ...


def compile_when(
    when: Mapping[str, object], names: Names
) -> tuple[Condition | None, tuple[RuleError, ...]]:
    """A condition, or None and every problem, each with its path inside `when`."""
    compiler = Compiler(names)
    condition = compiler.every(when, ())
    if not compiler.problems:
        compiler.refuse_dead(condition)
    return (None if compiler.problems else condition), tuple(compiler.problems)


class Compiler:
    """Compiles one rule; collects problems, so that all of them are told at once."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.naming = Naming(names)
        self.problems: list[RuleError] = []
        self.keys: Mapping[str, Callable[[object, Path], Condition | None]] = {
            "text": self.text,
            "keywords": self.keywords,
            "country": self.countries,
            "mentions": self.countries,
            "event": self.choices(EVENTS),
            "mission": self.choices(MISSION_TYPES),
            "transition": self.choices(MISSION_STATES),
            "overdue": self.choices(EXPECTED_STEPS),
            "election": self.choices(ELECTION_KINDS),
            "institution": self.phrases,
            "topic": self.phrases,
            "publisher": self.phrases,
            "content_type": self.phrases,
            "source": self.exact,
            "language": self.exact,
            "published": self.published,
            "not": self.negation,
            "any_of": self.any_of,
            "everything": self.everything,
        }

    def problem(self, message: str, path: Path, offset: int | None = None) -> None:
        self.problems.append(RuleError(message, path, offset))

    def unknown_key(self, message: str, path: Path) -> None:
        self.problems.append(RuleError(message, path, is_key=True))

    def every(self, when: Mapping[str, object], path: Path) -> Condition:
        if not when:
            self.problem(
                "an empty `when` matches every release; if that is meant, write everything: true",
                path,
            )
        if len(path) > DEEPEST * 2:
            self.problem(f"conditions nest deeper than {DEEPEST}", path)
            return Every(())
        found = [self.key(key, value, path) for key, value in when.items()]
        parts = tuple(condition for condition in found if condition is not None)
        self.refuse_contradictions(parts, path)
        return parts[0] if len(parts) == 1 else Every(parts)

    def key(self, key: str, value: object, path: Path) -> Condition | None:
        compile_key = self.keys.get(key)
        if compile_key is None:
            self.unknown_key(f"unknown key {key!r}{did_you_mean(key, self.keys)}", (*path, key))
            return None
        return compile_key(value, (*path, key))

    # -- one method for each key ----------------------------------------------------------------

    def text(self, value: object, path: Path) -> Condition | None:
        queries: list[Text] = []
        for query, place in self.strings(value, path):
            try:
                tree = parse_query(query, self.named_query)
                queries.append(Text(tree, " ".join(query.split())))
            except RuleError as error:
                self.problem(str(error), place, error.offset)
        return queries[0] if len(queries) == 1 else OneOf(tuple(queries))

    def keywords(self, value: object, path: Path) -> Condition | None:
        lists = {"any": value} if isinstance(value, list) else value
        if not isinstance(lists, Mapping):
            self.problem("keywords takes any, all and none, each a list", path)
            return None
        for key in lists:
            if key not in ("any", "all", "none"):
                message = f"unknown key {key!r}; keywords has any, all, none"
                self.unknown_key(message, (*path, str(key)))
        chosen = {
            key: self.keyword_leaves(lists[key], (*path, key))
            for key in ("any", "all", "none")
            if key in lists
        }
        asked = Words(chosen.get("any", ()), chosen.get("all", ()), chosen.get("none", ()))
        self.refuse_dead_keywords(asked, path)
        return asked

    def keyword_leaves(self, value: object, path: Path) -> tuple[Phrase | Prefix, ...]:
        found: list[Phrase | Prefix] = []
        for written, place in self.strings(value, path):
            for word in self.named_words(written, place):
                leaf = keyword(word)
                if leaf is None:
                    self.problem(f"{word!r} holds no word to look for", place)
                else:
                    found.append(leaf)
        return tuple(found)

    def named_words(self, written: str, path: Path) -> tuple[str, ...]:
        """A `$name` stands for the keyword list of that name in groups.yaml."""
        if not written.startswith("$"):
            return (written,)
        found = self.names.keywords(written[1:])
        if found is None:
            hint = did_you_mean(written[1:], self.names.named())
            self.problem(f"no keyword list is called {written[1:]!r} in groups.yaml{hint}", path)
        return found or ()

    def named_query(self, name: str) -> Query:
        """What `$name` stands for in a query: another query, or any word of a keyword list."""
        return self.naming.query(name)

    def countries(self, value: object, path: Path) -> Condition | None:
        codes: set[str] = set()
        for name, place in self.strings(value, path):
            found = self.names.countries(name)
            if not found:
                is_early = len(self.problems) < MOST_HINTS
                hint = options(self.names.suggest(name)) if is_early else ""
                self.problem(f"unknown country or group {name!r}{hint}", place)
            codes |= found
        return Fact(str(path[-1]), frozenset(codes), shown(value))

    def choices(self, allowed: Sequence[str]) -> Callable[[object, Path], Condition | None]:
        def compile_choice(value: object, path: Path) -> Condition | None:
            chosen = set()
            for name, place in self.strings(value, path):
                if name not in allowed:
                    hint = did_you_mean(name, allowed) or f"; there are: {', '.join(allowed)}"
                    self.problem(f"unknown {path[-1]} {name!r}{hint}", place)
                chosen.add(name)
            return Fact(str(path[-1]), frozenset(chosen), shown(value))

        return compile_choice

    def phrases(self, value: object, path: Path) -> Condition | None:
        found = frozenset(" ".join(words(name)) for name, _ in self.strings(value, path))
        if "" in found:
            self.problem(f"a value of {path[-1]} holds no word to look for", path)
        return Fact(str(path[-1]), found, shown(value))

    def exact(self, value: object, path: Path) -> Condition | None:
        chosen = frozenset(fold(name) for name, _ in self.strings(value, path))
        return Fact(str(path[-1]), chosen, shown(value))

    def published(self, value: object, path: Path) -> Condition | None:
        if not isinstance(value, Mapping) or not value:
            self.problem(
                "published takes after and before, each a date like 2025-01-31, and within, like 30d",
                path,
            )
            return None
        for key in value.keys() - {"after", "before", "within"}:
            self.unknown_key(
                f"unknown key {key!r}; published has after and before, and within", (*path, key)
            )
        parts: list[Condition] = []
        if value.keys() & {"after", "before"}:
            parts.append(self.between(value, path))
        if "within" in value:
            parts.append(self.within(value["within"], (*path, "within")))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def between(self, value: Mapping[str, object], path: Path) -> Condition:
        after, before = (
            self.day(value[key], (*path, key)) if key in value else None
            for key in ("after", "before")
        )
        if after and before and before - after < timedelta(days=2):
            self.problem("no day lies between after and before: this can never match", path)
        return PublishedBetween(after, before)

    def within(self, value: object, path: Path) -> Condition:
        found = AGE.fullmatch(str(value))
        if found is None:
            self.problem(f"{value!r} is not an age; write it like 12h, 30d or 2w", path)
        age = int(found[1]) * UNITS[found[2]] if found else timedelta()
        return PublishedWithin(age, str(value))

    def day(self, value: object, path: Path) -> date | None:
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.problem(f"{value!r} is not a date; write it like 2025-01-31", path)
            return None

    def negation(self, value: object, path: Path) -> Condition | None:
        if not isinstance(value, Mapping):
            self.problem("not holds conditions, like `when` itself", path)
            return None
        return Negation(self.every(value, path))

    def any_of(self, value: object, path: Path) -> Condition | None:
        if not isinstance(value, list) or not value:
            self.problem("any_of holds a list of conditions, each like `when` itself", path)
            return None
        parts = []
        for number, part in enumerate(value):
            if isinstance(part, Mapping):
                parts.append(self.every(part, (*path, number)))
            else:
                self.problem("each item of any_of holds conditions", (*path, number))
        return OneOf(tuple(parts))

    def everything(self, value: object, path: Path) -> Condition | None:
        if value is not True:
            self.problem("everything can only be true; leave it out otherwise", path)
        return Everything()

    # -- what all of them need ------------------------------------------------------------------

    def strings(self, value: object, path: Path) -> Iterator[tuple[str, Path]]:
        """The values of a key that takes one text or a list of them, each with its path."""
        if isinstance(value, str):
            if self.is_readable(value, path):
                yield value, path
            return
        if not isinstance(value, list) or not value:
            self.problem(f"{path[-1]} takes a text or a list of texts, and at least one", path)
            return
        if len(value) > MOST_LISTED:
            self.problem(f"{path[-1]} takes at most {MOST_LISTED:,} values", path)
            return
        for number, item in enumerate(value if len(self.problems) < MOST_PROBLEMS else ()):
            if not isinstance(item, str) or not item.strip():
                self.problem(f"{item!r} is not a text that can be looked for", (*path, number))
            elif self.is_readable(item, (*path, number)):
                yield item, (*path, number)

    def is_readable(self, value: str, path: Path) -> bool:
        """Whether a value is of a sane length, and shows all that it holds. Queries see to their
        length themselves."""
        if len(value) > LONGEST_VALUE and path[0] != "text" and "text" not in path:
            self.problem(f"longer than {LONGEST_VALUE:,} characters", path)
            return False
        try:
            refuse_hidden(value[:LONGEST_QUERY])
        except RuleError as error:
            self.problem(str(error), path, error.offset)
            return False
        return True

    def refuse_dead(self, condition: Condition) -> None:
        """What can never match is an error, and so is what always does without saying so."""
        clauses, is_exact = needs(condition, Atoms())
        if contradicts(clauses):
            self.problem("what is asked for is also excluded: this can never match", ())
        elif is_exact and not clauses and not isinstance(condition, Everything):
            self.problem(
                "these conditions match every release; if that is meant, write everything: true", ()
            )

    def refuse_dead_keywords(self, asked: Words, path: Path) -> None:
        if not (asked.any or asked.all or asked.none):
            self.problem("keywords needs any, all or none", path)
        for leaf in asked.all:
            if leaf in asked.none:
                self.problem(f"{leaf.shown} stands in all and in none: never matches", path)
        if asked.any and set(asked.any) <= set(asked.none):
            self.problem("every word of any stands in none: this can never match", path)

    def refuse_contradictions(self, parts: tuple[Condition, ...], path: Path) -> None:
        """What is asked for and excluded at once can never match."""
        asked = {part.field: part for part in parts if isinstance(part, Fact)}
        for part in parts:
            excluded = part.part if isinstance(part, Negation) else None
            fact = asked.get(excluded.field) if isinstance(excluded, Fact) else None
            if fact and isinstance(excluded, Fact) and fact.wanted_values <= excluded.wanted_values:
                self.problem(
                    f"{fact.field} is asked for and excluded: this can never match", (*path, "not")
                )
        for field in asked.keys() & NOT_OF_NOTICES if "overdue" in asked else ():
            self.problem(f"what is overdue has no {field}: this can never match", (*path, field))


def keyword(written: str) -> Phrase | Prefix | None:
    """A word or phrase as a keyword list has it; a `*` at its end leaves the last word open."""
    found = tuple(words(written))
    if not found:
        return None
    is_open = written.endswith("*") and not is_unspaced(found[-1])
    return Prefix(found, written) if is_open else Phrase(found, written)


class Naming:
    """Unfolds named queries, each once. They may name others, but not themselves."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.open: list[str] = []
        self.known: dict[str, Query] = {}

    def query(self, name: str) -> Query:
        """The query or keyword list of a name. Raises `RuleError`."""
        if name not in self.known:
            written = self.names.query(name)
            self.known[name] = self.any_word(name) if written is None else self.read(name, written)
        return self.known[name]

    def read(self, name: str, written: str) -> Query:
        if name in self.open:
            raise RuleError(f"the query {name!r} leads back to itself")
        if len(self.open) == DEEPEST:
            raise RuleError(f"named queries nest deeper than {DEEPEST}")
        self.open.append(name)
        try:
            return parse_query(written, self.query)
        finally:
            self.open.pop()

    def any_word(self, name: str) -> Query:
        found = self.names.keywords(name)
        if found is None:
            hint = did_you_mean(name, self.names.named())
            raise RuleError(f"no query or keyword list is called {name!r} in groups.yaml{hint}")
        leaves = [leaf for word in found if (leaf := keyword(word))]
        return leaves[0] if len(leaves) == 1 else Any(tuple(leaves))


def shown(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def did_you_mean(name: str, allowed: "Sequence[str] | Mapping[str, object]") -> str:
    return options(get_close_matches(name, list(allowed), n=2, cutoff=0.6))


def options(suggestions: Sequence[str]) -> str:
    if not suggestions:
        return ""
    return f"; did you mean {' or '.join(repr(suggestion) for suggestion in suggestions)}?"
