"""The templates in the message of an event type, and in a route's changes to it, with the place of each in the YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config.catalog.keys import MessageKeys, MessagePartKeys
from gateway.model import MessageChanges, MessageTemplate

Rest = tuple[str | int, ...]


def build_message(value: MessageKeys) -> MessageTemplate:
    return MessageTemplate(**_parts(value), variants=_variants(value))


def build_changes(value: MessageKeys) -> MessageChanges:
    return MessageChanges(**_parts(value), variants=_variants(value))


def _variants(value: MessageKeys) -> tuple[tuple[str, MessageChanges], ...]:
    return tuple((name, MessageChanges(**_parts(variant))) for name, variant in value.get("for", {}).items())


def _parts(value: MessageKeys | MessagePartKeys) -> dict[str, Any]:
    """The fields of a message template in *value*."""
    parts: dict[str, Any] = {part: source for part, _, source in _own_parts(value) if part != "facts"}
    if "facts" in value:
        parts["facts"] = tuple((label, source) for _, label, source in _facts(value))
    return parts


def message_parts(value: MessageKeys) -> Iterator[tuple[str, Rest, str]]:
    """Part, place below `message`, and template source of everything in *value*; a part is a
    field of MessageTemplate."""
    yield from _own_parts(value)
    for name, variant in value.get("for", {}).items():
        yield from ((part, ("for", name, *place), source) for part, place, source in _own_parts(variant))


def _own_parts(value: MessageKeys | MessagePartKeys) -> Iterator[tuple[str, Rest, str]]:
    if "title" in value:
        yield "title", ("title",), value["title"]
    if "body" in value:
        yield "body", ("body",), value["body"]
    if "short" in value:
        yield "short", ("short",), value["short"]
    link = value.get("link")
    if isinstance(link, str):
        yield "link", ("link",), link
    elif link is not None:
        yield "link", ("link", "url"), link["url"]
        yield "link_label", ("link", "label"), link.get("label", "")
    yield from (("facts", place, source) for place, _, source in _facts(value))


def _facts(value: MessageKeys | MessagePartKeys) -> Iterator[tuple[Rest, str, str]]:
    """Place below `message`, label and template source of each fact."""
    facts = value.get("facts", {})
    if isinstance(facts, dict):
        yield from ((("facts", label), label, source) for label, source in facts.items())
    else:
        for number, fact in enumerate(facts):
            yield ("facts", number, "value"), fact["label"], fact["value"]
