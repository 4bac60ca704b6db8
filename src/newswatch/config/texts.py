"""A rule as YAML that says everything that it means: aliases unfolded, with what it takes from
groups.yaml. Two ways of writing the same rule give the same text."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any, Protocol

from newswatch.fold import fold

PLAIN = re.compile(r"[A-Za-z][\w.-]*")
NOT_TEXT = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
NAMED = re.compile(r"\$([\w-]+)")
OF_GROUPS = "# from groups.yaml:"


class Names(Protocol):
    """What an installation's own names stand for; names as they are folded."""

    @property
    def groups(self) -> Mapping[str, Collection[str]]: ...

    def keywords(self, name: str) -> Collection[str] | None: ...

    def query(self, name: str) -> str | None: ...


def rule_text(rule: Mapping[str, Any], names: Names) -> str:
    """The rule without its tests, which change nothing that it does."""
    written = {key: value for key, value in rule.items() if key != "tests"}
    meanings = dict(sorted(meant(rule.get("when"), names, {}).items()))
    theirs = ["", OF_GROUPS, *(f"#   {line}" for line in lines(meanings))] if meanings else []
    return "\n".join([*lines(written), *theirs]) + "\n"


def rule_digest(subscriber: str, rule: str, text: str) -> str:
    return sha256(f"{subscriber}\n{rule}\n{text}".encode()).hexdigest()[:16]


# -- YAML ---------------------------------------------------------------------------------------


def lines(values: Mapping[str, Any]) -> Iterator[str]:
    """Keys with their values in block style; what holds no further keys stands in one line."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield f"{key}:"
            yield from (f"  {line}" for line in lines(value))
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield f"{key}:"
            yield from (f"  {line}" for item in value for line in entry(item))
        else:
            yield f"{key}: {flow(value)}"


def entry(item: Any) -> Iterator[str]:
    inner = lines(item) if isinstance(item, dict) and item else iter((flow(item),))
    yield f"- {next(inner)}"
    yield from (f"  {line}" for line in inner)


def flow(value: Any) -> str:
    """JSON, which is YAML; words without their quotation marks."""
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


# -- names of groups.yaml -----------------------------------------------------------------------


def meant(value: Any, names: Names, found: dict[str, Any]) -> dict[str, Any]:
    """What the names in a value stand for, and the names in that."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            meant(item, names, found)
    elif isinstance(value, str):
        if codes := names.groups.get(fold(value)):
            found[value] = sorted(codes)
        for name in NAMED.findall(value):
            meaning = names.query(name) or list(names.keywords(name) or ())
            if meaning and f"${name}" not in found:
                found[f"${name}"] = meaning
                meant(meaning, names, found)
    return found
