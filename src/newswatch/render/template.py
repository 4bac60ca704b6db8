"""A webhook's body in the shape of a receiver of its own: a Jinja template that gives JSON. Pure.

Templates are the operator's, and a slip in one must harm nothing: they run in Jinja's sandbox, with
nothing at hand but the payload, and what they give is cut off where it is too long.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newswatch.errors import RenderError

MOST = 100_000  # characters that a template may give before it is read as JSON
Fill: TypeAlias = Callable[[str, Mapping[str, object]], bytes]

ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def as_json(value: object, **_: object) -> str:
    """`tojson`, which says what is not there."""
    return json.dumps(value, ensure_ascii=False, default=refuse_unknown)


def refuse_unknown(value: object) -> None:
    if isinstance(value, Undefined):
        str(value)  # raises, with its name
    raise TypeError(f"{type(value).__name__} has no form in JSON")


ENVIRONMENT.policies["json.dumps_function"] = as_json


@lru_cache(maxsize=200)
def compiled(source: str) -> Template:
    """Raises `RenderError`, with the line."""
    try:
        return ENVIRONMENT.from_string(source)
    except TemplateSyntaxError as error:
        raise RenderError(f"the template cannot be read: {error.message}", error.lineno) from None


def filled(source: str, payload: Mapping[str, object]) -> bytes:
    """The body that a template makes of a payload, as compact JSON. Raises `RenderError`: it asks
    for what is not there, never ends, or gives no JSON."""
    text = rendered(compiled(source), payload)
    try:
        value = json.loads(text, parse_constant=refuse)
    except ValueError as error:
        raise RenderError(f"the template gives no JSON: {error}") from None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def rendered(template: Template, payload: Mapping[str, object]) -> str:
    parts: list[str] = []
    length = 0
    try:
        for part in template.generate(payload):
            parts.append(part)
            length += len(part)
            if length > MOST:
                raise RenderError(f"the template gives more than {MOST:,} characters")
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise RenderError(f"the template cannot be filled: {error}") from None
    except RecursionError:
        raise RenderError("the template calls itself for ever") from None
    return "".join(parts)


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is none")
