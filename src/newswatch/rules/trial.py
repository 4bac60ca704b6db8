"""A test written beside a rule: a release, and whether it must match. Pure."""

from dataclasses import dataclass

from newswatch.model import Release


@dataclass(frozen=True, slots=True)
class Trial:
    """`release` is one that was written for the test, or the id of one in the archive. `file`, `line`
    and `column` say where the test was written, counted from 1."""

    subscriber: str
    expected: bool
    release: Release | str
    rule: str | None = None  # None: any rule of the subscriber
    channel: str | None = None  # that a rule which matches must send to; None: any, or none
    file: str = ""
    line: int = 0
    column: int = 0
