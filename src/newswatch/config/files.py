"""The files of a configuration directory, read and validated; every problem in them is collected."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from newswatch.config.kept import Kept
from newswatch.config.places import Document, KeyPath
from newswatch.config.values import Model
from newswatch.config.words import problems_of
from newswatch.errors import Problem

M = TypeVar("M", bound=Model)
TOP_FILES = {"newswatch.yaml", "sources.yaml", "groups.yaml"}


class Files:
    """One pass over a directory; problems are collected, so that all are told at once."""

    def __init__(self, directory: Path, kept: Kept) -> None:
        self.directory = directory
        self.kept = kept
        self.names: set[str] = set()  # of the files that were read
        self.problems: list[Problem] = []

    def problem(self, document: Document, path: KeyPath, message: str) -> None:
        self.problems.append(document.problem(path, message))

    def is_wrong(self, file: str) -> bool:
        """Whether a file has problems of its own: what follows from them is not told as well."""
        start = str(self.directory / file)
        return any(problem.file.startswith(start) for problem in self.problems)

    def refuse_strangers(self) -> None:
        """A file that nothing reads is a misspelt one."""
        for path in sorted(self.directory.glob("*.y*ml")):
            if path.name not in TOP_FILES:
                known = ", ".join(sorted(TOP_FILES))
                self.problems.append(
                    Problem(str(path), 1, 1, f"nothing reads this file; there are: {known}")
                )

    def documents(self, *patterns: str) -> Iterator[tuple[Document, Any]]:
        """The files that fit the patterns, each with its values; unreadable ones are problems."""
        for pattern in patterns:
            for path in sorted(self.directory.glob(pattern)):
                self.names.add(str(path))
                document, problems = self.kept.read(path, str(path))
                self.problems.extend(problems)
                if not problems:
                    yield document, document.data

    def validated(self, document: Document, model: type[M], data: Any) -> M | None:
        if data is None:
            self.problems.append(Problem(document.file, 1, 1, "the file is empty"))
            return None
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.problems.extend(problems_of(error, document, model))
            return None

    def one_file(self, name: str, model: type[M]) -> M | None:
        return next(
            (self.validated(document, model, data) for document, data in self.documents(name)), None
        )
