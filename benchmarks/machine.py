"""What a benchmark says first: where and with what it was measured."""

import os
import platform
from importlib.metadata import version


def machine(*packages: str) -> str:
    """One line: processor, cores, Python, and the versions of the peers."""
    peers = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {peers}"
    )
