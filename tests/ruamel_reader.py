"""YAML as ruamel.yaml reads it, with places: what the reading of configurations is held to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ruamel.yaml import YAML

Place = tuple[int, int]
Path = tuple[str | int, ...]


class Reference:
    """The plain values of a text, and where each of them and each key stands. Days are texts."""

    def __init__(self, text: str) -> None:
        self.places: dict[Path, Place] = {(): (0, 0)}
        self.key_places: dict[Path, Place] = {}
        self.data = self.plain(YAML(typ="rt", pure=True).load(text), ())

    def plain(self, value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            return {str(key): self.child(value, key, (*path, str(key))) for key in value}
        if isinstance(value, list):
            return [self.child(value, number, (*path, number)) for number in range(len(value))]
        return scalar(value)

    def child(self, parent: Any, key: Any, path: Path) -> Any:
        if isinstance(parent, Mapping):
            self.key_places[path] = tuple(parent.lc.key(key))
            self.places[path] = tuple(parent.lc.value(key))
        else:
            self.places[path] = tuple(parent.lc.item(key))
        return self.plain(parent[key], path)


def scalar(value: Any) -> Any:
    """ruamel's own types remember how they were written."""
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return bool(value) if type(value).__name__ == "ScalarBoolean" else kind(value)
    return value.isoformat() if isinstance(value, date) else str(value)
