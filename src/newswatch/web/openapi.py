"""The API's description (OpenAPI 3.1), made of the operations and their shapes. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from newswatch.web.operations import JSON, JSON_LINES, Operation
from newswatch.web.shapes import Problem, Shape

REF = "#/components/schemas/{model}"
PARAMETER = re.compile(r"\{(\w+)\}")


def document(operations: Sequence[Operation], root: str, version: str) -> bytes:
    """The description as JSON. `root` is the path that all operations stand below."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(root + one.path, {})[one.method.lower()] = described(one)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "newswatch",
            "version": version,
            "description": "What election observers' newsrooms publish, and what is read in it.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas(operations),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    given = [one.gives for one in operations if one.gives] + [Problem]
    taken = [one.body for one in operations if one.body]
    wanted = [(shape, "serialization") for shape in dict.fromkeys(given)]
    wanted += [(shape, "validation") for shape in dict.fromkeys(taken)]
    _, found = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    defined: dict[str, Any] = found["$defs"]
    return defined


def described(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*in_path(one), *in_query(one)],
        "responses": responses(one),
    }
    if one.body:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": ref(one.body)}}}
    if one.asks_who:
        found["security"] = [{"token": []}]
    return found


def in_path(one: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in PARAMETER.findall(one.path)
    ]


def in_query(one: Operation) -> list[dict[str, Any]]:
    found = one.query.model_json_schema()
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in found.get("properties", {}).items()
    ]


def responses(one: Operation) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": ref(Problem)}}
    wrong = {"description": "A problem (RFC 9457)", "content": content}
    return {**rightly(one), "default": wrong}


def rightly(one: Operation) -> dict[str, Any]:
    if one.gives:
        return {"200": {"description": "Done", "content": {JSON: {"schema": ref(one.gives)}}}}
    if one.method == "GET":
        lines = {"schema": {"type": "string"}}
        return {"200": {"description": "JSON Lines", "content": {JSON_LINES: lines}}}
    return {"204": {"description": "Done"}}


def ref(shape: type[Shape]) -> dict[str, str]:
    return {"$ref": REF.format(model=shape.__name__)}
