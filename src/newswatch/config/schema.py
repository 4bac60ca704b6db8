"""JSON Schemas (Draft 2020-12) of the kinds of file, for editors."""

from collections.abc import Mapping
from typing import Any

from newswatch.config.models import (
    Groups,
    Service,
    Sources,
    SubscriberModel,
)
from newswatch.config.values import Model


def strings(description: str) -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return {"anyOf": [{"type": "string"}, texts], "description": description}


WHEN_KEYS: dict[str, dict[str, Any]] = {
    "text": strings(
        'A query: words, "phrases", AND OR NOT, prefix*, "near words"~5, title:word, stem:word, $name.'
    ),
    "keywords": {
        "description": "Words and phrases: any, all or none of them. $name takes a list of groups.yaml.",
        "anyOf": [
            strings("Any of these.")["anyOf"][1],
            {
                "type": "object",
                "properties": {key: strings(f"{key} of these") for key in ("any", "all", "none")},
                "additionalProperties": False,
            },
        ],
    },
    "country": strings("What the release is about: ISO codes, names or groups."),
    "mentions": strings("Other countries that the release names."),
    "event": strings("What happened: mission.opened, mission.cancelled, election.assistance, …"),
    "mission": strings("Type of mission: EOM, LEOM, EAM, …"),
    "transition": strings("The state that it brought a mission into: opened, cancelled, …"),
    "overdue": strings("Steps of missions that are late: interim_report, final_report, …"),
    "election": strings("Kind of election: presidential, parliamentary, referendum, …"),
    "institution": strings("Words of an institution that the newsroom names."),
    "topic": strings("Words of a topic that the newsroom names."),
    "content_type": strings("Words of the content type: press release, news, …"),
    "source": strings("Ids of sources."),
    "publisher": strings("Words of the publisher's name."),
    "language": strings("Languages: en, fr, …"),
    "published": {
        "type": "object",
        "properties": {key: {"type": "string"} for key in ("after", "before", "within")},
        "additionalProperties": False,
        "description": "After or before a day, like 2025-01-31; within an age, like 30d.",
    },
    "not": {"$ref": "#/$defs/When", "description": "Conditions that must not be met."},
    "any_of": {
        "type": "array",
        "items": {"$ref": "#/$defs/When"},
        "minItems": 1,
        "description": "At least one of these.",
    },
    "everything": {"const": True, "description": "Every release."},
}
WHEN_SCHEMA = {
    "type": "object",
    "properties": WHEN_KEYS,
    "additionalProperties": False,
    "minProperties": 1,
    "description": "Conditions that must all be met; of the values of one key, one is enough.",
}
LISTING_SCHEMA = {
    "anyOf": [
        {"const": "auto", "description": "Inferred from the page's structure."},
        {"$ref": "#/$defs/ListingModel"},
        {"type": "array", "items": {"$ref": "#/$defs/ListingModel"}, "minItems": 1},
    ],
    "description": "The layout of the page, several that are tried in turn, or auto.",
}
WINDOWS_SCHEMA = {
    "anyOf": [
        {"$ref": "#/$defs/WindowModel"},
        {"type": "array", "items": {"$ref": "#/$defs/WindowModel"}, "minItems": 1},
    ]
}
CHANNELS = ("EmailChannel", "WebhookChannel", "ChatChannel")
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
        for channel in CHANNELS:
            definitions[channel]["properties"] |= {
                "quiet": WINDOWS_SCHEMA,
                "active": WINDOWS_SCHEMA,
            }
    if kind == "sources":
        short = {"type": "string", "description": "A CSS selector; h3 a@href takes an attribute."}
        definitions["PickModel"] = {"anyOf": [short, definitions["PickModel"]]}
        definitions["SourceModel"]["properties"]["listing"] = LISTING_SCHEMA
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
