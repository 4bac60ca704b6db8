"""JSON Schemas (Draft 2020-12) of the kinds of file, for editors."""

from collections.abc import Mapping
from typing import Any

from newswatch.config.models import (
    WHEN_SCHEMA,
    Groups,
    Model,
    Service,
    Sources,
    SubscriberModel,
)

KINDS: Mapping[str, type[Model]] = {
    "sources": Sources,
    "subscriber": SubscriberModel,
    "service": Service,
    "groups": Groups,
}


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind of file."""
    schema = KINDS[kind].model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    if kind == "subscriber":
        definitions["When"] = WHEN_SCHEMA
        definitions["RuleModel"]["properties"]["when"] = {"$ref": "#/$defs/When"}
    if kind == "sources":
        short = {"type": "string", "description": "A CSS selector; h3 a@href takes an attribute."}
        definitions["PickModel"] = {"anyOf": [short, definitions["PickModel"]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
