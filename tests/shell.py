"""Commands run as people run them, on one configuration: what they print, and their exit codes."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from newswatch.cli import main


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> list | dict:
        return json.loads(self.out)


class Shell:
    """Runs commands on one configuration."""

    def __init__(
        self, config: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.config, self.patch, self.capture = config, patch, capture

    def __call__(self, *arguments: str) -> Result:
        self.patch.setattr(sys, "argv", ["newswatch", "--config", str(self.config), *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        captured = self.capture.readouterr()
        return Result(int(left.value.code or 0), captured.out, captured.err)
