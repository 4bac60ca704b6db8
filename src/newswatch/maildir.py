"""A Maildir that mails which came back are put into: each is read once, and marked as seen.

https://cr.yp.to/proto/maildir.html: what is new is in new/, and goes to cur/ with its flags when it
was read. After a crash in between it is read again.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

AT_ONCE = 100  # mails


def unread(directory: Path, largest: int, most: int = AT_ONCE) -> Iterator[bytes]:
    """The oldest mails, of each its beginning; one is marked when the next is asked for. Raises
    `OSError`."""
    seen = directory / "cur"
    for file in islice(sorted((directory / "new").iterdir()), most):
        if file.is_file() and not file.is_symlink():
            yield beginning(file, largest)
            file.rename(seen / f"{file.name}:2,S")


def beginning(file: Path, largest: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(largest)
