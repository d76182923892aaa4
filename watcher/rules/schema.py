"""The JSON Schema of rule files, for editors: completion and checks while typing.

The loader is the judge; the schema knows shapes and words, not references or terms.
"""

from __future__ import annotations

from typing import Any

from watcher.model import Severity, Status
from watcher.rules.counting import DISTINCT
from watcher.rules.where import GLOB_KEYS

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER = {"type": ["string", "integer"]}
_NUMBERS = {"anyOf": [_NUMBER, {"type": "array", "items": _NUMBER}]}
_WORDS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_CONDITION = {"$ref": "#/$defs/condition"}
_CONDITIONS = {"anyOf": [_TEXT, {"type": "array", "items": _CONDITION, "minItems": 1}]}
_FIELD = {"enum": ["headline", "lead", "body"]}


def rule_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "news-watcher rule file",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            "defaults": _object(_shared()),
            "entities": {"type": "object", "additionalProperties": {"$ref": "#/$defs/entity"}},
            "define": {"type": "object", "additionalProperties": _CONDITION},
            "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
        },
        "$defs": {
            "condition": {"anyOf": [_TEXT, {"type": "array", "items": _CONDITION}, *_nodes()]},
            "terms": {"anyOf": [_TEXT, {"type": "array"}, _languages(_WORDS)]},
            "entity": _object(
                {
                    "type": {
                        "enum": ["place", "person", "organisation", "product", "event", "other"]
                    },
                    "names": {"$ref": "#/$defs/terms"},
                    "demonyms": {"$ref": "#/$defs/terms"},
                    "not": {"$ref": "#/$defs/terms"},
                },
                ["names"],
            ),
            "rule": _object(_rule(), ["id", "match"]),
            "test": {"anyOf": [_text_test(), _file_test()]},
        },
    }


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        **({"required": required} if required else {}),
    }


def _shared() -> dict[str, Any]:
    return {
        "owner": _described("whom to ask about the rule; stands in the alert"),
        "why": _described("who wants this, and why; stands in the alert"),
        "severity": {"enum": [one.value for one in Severity]},
        "status": {"enum": [*(one.value for one in Status), False]},
        "tags": _WORDS,
        "review_by": {"type": "string", "format": "date"},
        "lint": {"type": "object", "additionalProperties": _TEXT},
        "alert": _object(
            {
                "to": _WORDS,
                "updates": {"enum": ["new-fact", "any", "never"]},
                "group_by": {"enum": ["story", "rule"]},
                "wait": _described("gather what comes about a story for so long: 5m"),
                "max": _described("at most so many messages, the rest in a digest: 3/1h"),
                "digest": _WORDS,
                "quiet": _WORDS,
            }
        ),
    }


def _described(text: str) -> dict[str, Any]:
    return {"type": "string", "description": text}


def _rule() -> dict[str, Any]:
    return {
        "id": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "title": _described("what the alert is called"),
        **_shared(),
        "match": _CONDITION,
        "except": {"anyOf": [_TEXT, {"type": "array"}]},
        "where": _object(
            {
                **dict.fromkeys(GLOB_KEYS, _WORDS),
                "urgency": _NUMBERS,
                "min_words": {"type": "integer", "minimum": 1},
                "max_age": _TEXT,
            }
        ),
        **_counting(),
        "tests": {"type": "array", "items": {"$ref": "#/$defs/test"}},
    }


def _counting() -> dict[str, Any]:
    """Rules that tell of numbers."""
    return {
        "when": {
            "description": "tell of so many articles within a time, and not of each",
            **_object(
                {
                    "articles": {"type": "integer", "minimum": 2},
                    "within": _TEXT,
                    "distinct": {"enum": list(DISTINCT)},
                },
                ["articles", "within"],
            ),
        },
        "spike": {
            "description": "tell of so many times the usual number, and not of each article",
            **_object(
                {
                    "factor": {"type": "number", "exclusiveMinimum": 1},
                    "window": _TEXT,
                    "baseline": _TEXT,
                    "min": {"type": "integer", "minimum": 1},
                },
                ["factor"],
            ),
        },
        "silence": _described("tell when nothing was found for so long (24h), and not of articles"),
    }


def _nodes() -> list[dict[str, Any]]:
    """Every condition that is a mapping."""
    count = {"type": "integer", "minimum": 1}
    nodes: list[tuple[str, dict[str, Any]]] = [
        ("any", {"any": _CONDITIONS}),
        ("all", {"all": _CONDITIONS}),
        ("none", {"none": _CONDITIONS}),
        ("near", {"near": _CONDITIONS, "within": {"type": "integer"}, "ordered": _flag()}),
        ("same", {"same": {"enum": ["sentence", "paragraph"]}, "of": _CONDITIONS}),
        ("at_least", {"at_least": count, "of": _CONDITIONS}),
        ("mentions", {"mentions": count, "of": _CONDITIONS}),
        ("query", {"query": _TEXT}),
        (
            "term",
            {
                "term": _TEXT,
                "compound": {"enum": ["none", "left", "right", "both", "any"]},
                "forms": {"anyOf": [{"enum": ["auto", "none"]}, {"type": "array"}]},
                "case": {"enum": ["fold", "exact", "auto"]},
                "accents": {"enum": ["fold", "exact", "auto"]},
            },
        ),
    ]
    return [
        *(_object({**properties, "in": _FIELD}, [main]) for main, properties in nodes),
        _languages(_CONDITION),
    ]


def _flag() -> dict[str, Any]:
    return {"type": "boolean"}


def _languages(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {"^(?!in$|of$)[a-z]{2}$": value},
        "minProperties": 1,
    }


def _text_test() -> dict[str, Any]:
    metadata = {
        "lang": _TEXT,
        "title": _TEXT,
        "todo": _TEXT,
        **dict.fromkeys((key for key in GLOB_KEYS if key != "language"), _WORDS),
        "urgency": _NUMBERS,
        "published": _TEXT,
    }
    text = {"anyOf": [_TEXT, _object({"text": _TEXT, **metadata})]}
    return _object({"match": text, "no_match": text, **metadata})


def _file_test() -> dict[str, Any]:
    return _object(
        {
            "file": _TEXT,
            "articles": _WORDS,
            "highlights": _WORDS,
            "not_highlights": _WORDS,
            "todo": _TEXT,
        },
        ["file"],
    )
