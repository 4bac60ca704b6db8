"""Rules as they are written: for what is said of them after they were compiled."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newswatch.config.places import Document, KeyPath, read_yaml
from newswatch.errors import Problem
from newswatch.rules.rule import Rule


class Written:
    """The files of rules that were loaded, each read once more when it is first asked for."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.numbers: dict[tuple[str, str], int] = {}  # of a file and a rule: where in the list

    def document(self, file: str) -> Document:
        found = self.documents.get(file)
        if found is None:
            found, _ = read_yaml(Path(file), file)
            self.documents[file] = found
            for number, rule in enumerate(found.data["rules"]):
                self.numbers[file, rule["id"]] = number
        return found

    def when(self, rule: Rule) -> Mapping[str, Any]:
        rules = self.document(rule.file).data["rules"]
        found: Mapping[str, Any] = rules[self.numbers[rule.file, rule.id]]["when"]
        return found

    def problem(self, rule: Rule, path: KeyPath, word: str, message: str) -> Problem:
        """Something about a value of a rule, with the place of a word in it."""
        document = self.document(rule.file)
        place = ("rules", self.numbers[rule.file, rule.id], *path)
        value: Any = document.data
        for step in place:
            value = value[step]
        offset = value.find(word) if word and isinstance(value, str) else -1
        return document.problem(place, message, offset if offset >= 0 else None)
