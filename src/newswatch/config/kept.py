"""What a process has read of a configuration before: the next load reads only files that changed."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from newswatch.config.models import SubscriberModel
from newswatch.config.places import Document, parse_yaml, read_bytes
from newswatch.errors import Problem
from newswatch.rules.rule import Rule
from newswatch.rules.trial import Trial

Read = tuple[Document, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A subscriber's file without a mistake. The very same document gives the very same rules, as long
    as what their names mean stays the same."""

    document: Document
    model: SubscriberModel
    rules: tuple[Rule, ...]
    trials: tuple[Trial, ...]


@dataclass(slots=True)
class Kept:
    """`files` by their names, each with the digest of its content; `subscribers` by their files, as the
    last good load left them; `context` is what names meant in it."""

    files: dict[str, tuple[bytes, Read]] = field(default_factory=dict)
    subscribers: dict[str, Compiled] = field(default_factory=dict)
    context: object = None

    def read(self, path: Path, name: str) -> Read:
        """A file's values and places, or what keeps it from being read."""
        try:
            content = read_bytes(path)
        except (OSError, ValueError) as error:
            return Document(name), (Problem(name, 1, 1, f"cannot be read: {error}"),)
        digest = sha256(content).digest()
        known = self.files.get(name)
        if known is None or known[0] != digest:
            known = self.files[name] = (digest, parse_yaml(content, name))
        return known[1]

    def forget_others(self, names: set[str]) -> None:
        """Lets go of files that are no longer there."""
        self.files = {name: read for name, read in self.files.items() if name in names}

    def mean(self, context: object) -> None:
        """Says what names mean now; where they meant something else, nothing compiled holds."""
        if context != self.context:
            self.context, self.subscribers = context, {}

    def compiled(self, document: Document) -> Compiled | None:
        """What a document was compiled to; None where the file has changed since."""
        found = self.subscribers.get(document.file)
        return found if found is not None and found.document is document else None
