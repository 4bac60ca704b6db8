"""Every error that newswatch raises on purpose.

NewswatchError
├── ConfigurationError      a file of the configuration does not validate (carries all problems)
├── ParseError              a fetched document is not what its source says it is
├── RuleError               a query or a condition of a rule cannot be compiled (carries a place)
├── RenderError             a message would not be safe or valid as rendered
├── StoreError              the database cannot be used
├── HubRequestError         a request at our hub is not one that it takes
├── UsageError              a command was called with what it cannot take
└── NotFoundError           a name on the command line or in a URL that nothing answers to
"""

from dataclasses import dataclass


class NewswatchError(Exception):
    """Base of every error raised on purpose; its text is meant for people."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a configuration file, with its place (line and column count from 1)."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigurationError(NewswatchError):
    """The configuration does not validate; `problems` holds all of them, in order of place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ParseError(NewswatchError):
    """A document cannot be read as its source's kind.

    `state` is the one-word state that the source gets: "empty" (no bytes, or a list without items),
    "login", "selector" (the item selector found nothing), "fields" (items without title and link),
    "parse" (not a feed, not HTML).
    """

    def __init__(self, state: str, reason: str) -> None:
        self.state = state
        self.reason = reason
        super().__init__(f"{state}: {reason}")


class RuleError(NewswatchError):
    """A condition cannot be compiled. `path` leads to the value inside `when` (keys and indexes),
    `offset` is the character offset inside the value when it is a query, else None; `is_key` says
    that the last key of the path is wrong itself, not its value."""

    def __init__(
        self,
        message: str,
        path: tuple[str | int, ...] = (),
        offset: int | None = None,
        *,
        is_key: bool = False,
    ) -> None:
        self.path = path
        self.offset = offset
        self.is_key = is_key
        super().__init__(message)


class RenderError(NewswatchError):
    """A message would not be safe or valid: nothing is sent. `line` is where a template is wrong,
    counted from 1, if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class StoreError(NewswatchError):
    """The database cannot be opened or is of another version."""


class HubRequestError(NewswatchError):
    """Somebody asked our hub for what it does not give; the text says why."""


class NotFoundError(NewswatchError):
    """Nothing has that name; the text says what there is."""


class UsageError(NewswatchError):
    """A command was called with what it cannot take; the text says what it takes."""
