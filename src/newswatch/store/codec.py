"""Values of the model to and from what JSON can hold, by the types of their fields. Pure."""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]
SIMPLE = frozenset((str, int, float, bool, types.NoneType))


def encode(value: Any) -> Any:
    """Dataclasses become dicts, tuples lists, dates and times ISO 8601 texts."""
    kind: Any = type(value)
    return value if kind in SIMPLE else encoder(kind)(value)


@lru_cache
def encoder(kind: type) -> Encoder:
    """What turns values of a type into JSON's. Raises `TypeError` for a type without a form."""
    if is_dataclass(kind):
        parts = names(kind)
        return lambda value: {name: encode(getattr(value, name)) for name in parts}
    if issubclass(kind, tuple):
        return lambda value: [encode(item) for item in value]
    if issubclass(kind, datetime | date | time):
        return cast(Encoder, kind.isoformat)
    if issubclass(kind, str | int | float):
        return unchanged
    raise TypeError(f"no JSON form for {kind.__name__}")


def decode(kind: type[T], data: Any) -> T:
    """The value of `kind` that `encode` wrote. Fields that are not there take their defaults,
    fields that are unknown are left out: documents outlive the code that wrote them."""
    hint: Any = kind
    return cast(T, decoder(hint)(data))


@lru_cache
def names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@lru_cache
def decoder(hint: Any) -> Decoder:
    """What turns JSON into a value of that type. Raises `TypeError` for a type without a form."""
    if is_dataclass(hint):
        return record(cast(type, hint))
    origin = get_origin(hint)
    if origin is tuple:
        return sequence(decoder(get_args(hint)[0]))
    if origin in (Union, types.UnionType):
        return optional(hint)
    if origin is Literal or hint in (str, int, float, bool):
        return unchanged
    if hint in (datetime, date, time):
        return cast(Decoder, hint.fromisoformat)
    raise TypeError(f"no JSON form for {hint}")


def record(kind: type) -> Decoder:
    hints = get_type_hints(kind)
    known = frozenset(names(kind))
    parts = {name: decoder(hints[name]) for name in names(kind)}
    changed = [(name, part) for name, part in parts.items() if part is not unchanged]

    def read(data: Any) -> Any:
        given = data if data.keys() <= known else {n: v for n, v in data.items() if n in known}
        return kind(**given | {name: part(given[name]) for name, part in changed if name in given})

    return read


def sequence(item: Decoder) -> Decoder:
    return lambda data: tuple(item(value) for value in data)


def optional(hint: Any) -> Decoder:
    inner = decoder(next(part for part in get_args(hint) if part is not types.NoneType))
    return lambda data: None if data is None else inner(data)


def unchanged(data: Any) -> Any:
    return data
