"""What pydantic finds wrong, with its place, in words for the person who edits the file."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from newswatch.config.places import Document, KeyPath
from newswatch.errors import Problem

TYPES = {
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must hold keys with values",
    "model_type": "must hold keys with values",
    "model_attributes_type": "must hold keys with values",
    "date_from_datetime_parsing": "must be a date like 2025-01-31",
    "date_type": "must be a date like 2025-01-31",
}


SIZES = {
    "too_short": "needs at least {min_length}",
    "too_long": "takes at most {max_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "has at most {max_length} characters",
}


def problems_of(
    error: ValidationError, document: Document, model: type[BaseModel]
) -> Iterator[Problem]:
    """A problem for each thing wrong. What was found is only shown where it cannot be a secret."""
    for found in error.errors(include_url=False, include_context=True):
        if found["type"] == "too_short" and found["input"]:
            continue  # it is short without its items that are wrong, which are told
        path = real_path(found["loc"], document.data)
        yield problem(found, path, document, model)


def problem(found: Any, path: KeyPath, document: Document, model: type[BaseModel]) -> Problem:
    kind = found["type"]
    key = str(found["loc"][-1]) if found["loc"] else ""
    if kind == "extra_forbidden":
        hint = hint_for(key, keys_at(found["loc"][:-1], model))
        return document.key_problem(path, f"unknown key {key!r}{hint}")
    if kind == "missing":
        return document.problem(path, f"the key {key!r} is missing")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return document.problem((*path, "kind"), "kind must be email, webhook or chat")
    if kind in ("literal_error", "enum"):
        message = f"{found['input']!r} will not do; {key} is {found['ctx']['expected']}"
        return document.problem(path, message)
    if kind in TYPES:
        return document.problem(path, f"{key} {TYPES[kind]}{shown(found['input'])}")
    if kind in SIZES:
        bounds = found["ctx"]
        return document.problem(path, f"{key} {SIZES[kind].format(**bounds)}")
    message = str(found["msg"]).removeprefix("Value error, ")
    return document.problem(path, message if kind == "value_error" else f"{key}: {message}")


def shown(value: object) -> str:
    return f", not {value!r}" if isinstance(value, int | float) or value is None else ""


def real_path(loc: tuple[str | int, ...], data: Any) -> KeyPath:
    """The part of pydantic's path that the file has: without the names of union members, and up to
    where a missing or an unknown key would stand."""
    path: list[str | int] = []
    for step in loc:
        if holds(data, step):
            data = data[step]
            path.append(step)
    return tuple(path)


def holds(data: Any, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def keys_at(loc: tuple[str | int, ...], model: type[BaseModel]) -> list[str]:
    """The keys that may stand at a path; those of every model below it where it parts, unless the
    path names one of its kinds."""
    models = [model]
    for step in loc:
        found = [m for parent in models for m in below(parent, step)]
        models = found or [m for m in models if is_of_kind(m, step)] or models
    return [field.alias or name for found in models for name, field in found.model_fields.items()]


def is_of_kind(model: type[BaseModel], step: str | int) -> bool:
    kind = model.model_fields.get("kind")
    return kind is not None and get_args(kind.annotation) == (step,)


def below(model: type[BaseModel], step: str | int) -> list[type[BaseModel]]:
    field = next((f for name, f in model.model_fields.items() if step in (name, f.alias)), None)
    return list(models_in(field.annotation)) if field else []


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def did_you_mean(names: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""


def hint_for(key: str, allowed: list[str]) -> str:
    close = get_close_matches(key, allowed, n=1)
    if close:
        return did_you_mean(close)
    return f"; there are: {', '.join(dict.fromkeys(allowed))}" if allowed else ""


def twice(kind: str, name: str) -> str:
    return f"another {kind} is called {name!r} already"
