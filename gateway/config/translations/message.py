"""The message of an event type in another language: the translation, applied to the catalogue's message."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.config.translations.keys import TranslatedMessageKeys, TranslatedPartKeys
from gateway.model import DocumentPath, MessageChanges, MessageTemplate

Rest = tuple[str | int, ...]
Facts = tuple[tuple[str, str], ...]
NOTHING = MessageChanges()
"""For a kind of service for which the catalogue has no text of its own."""


def translate(message: MessageTemplate, value: TranslatedMessageKeys, labels: Mapping[str, str]) -> MessageTemplate:
    """*message* with the parts of *value*, and the facts named by *labels*; other parts stay."""
    facts = value.get("facts", {})
    variants = dict(message.variants)
    for name in value.get("for", {}):
        variants.setdefault(name, NOTHING)
    return replace(
        message,
        **dict(_texts(value)),
        facts=tuple((labels.get(label, label), facts.get(label, source)) for label, source in message.facts),
        variants=tuple(
            (name, _translate_variant(changes, value.get("for", {}).get(name, {}), labels))
            for name, changes in variants.items()
        ),
    )


def _translate_variant(changes: MessageChanges, value: TranslatedPartKeys, labels: Mapping[str, str]) -> MessageChanges:
    facts = changes.facts
    if facts is not None:
        facts = tuple((labels.get(label, label), source) for label, source in facts)
    return replace(changes, **dict(_texts(value)), facts=facts)


def without_changed(
    value: TranslatedMessageKeys, message: MessageTemplate, changed: Container[DocumentPath], path: DocumentPath
) -> TranslatedMessageKeys:
    """The part of *value* that still translates the catalogue's *message* at *path*: without texts whose paths are in
    *changed*, and without facts that the message does not have."""
    labels = {label for label, _ in message.facts}
    unchanged_parts: Any = {
        part: text for part, text in value.items() if (*path, part) not in changed or part in ("link", "facts")
    }
    if (*path, "link", "label") in changed:
        unchanged_parts.pop("link", None)
    if "facts" in value:
        is_listed = (*path, "facts", 0) in changed
        unchanged = {label for label in labels if not is_listed and (*path, "facts", label) not in changed}
        unchanged_parts["facts"] = {label: text for label, text in value["facts"].items() if label in unchanged}
    translated: TranslatedMessageKeys = unchanged_parts
    return translated


def merge(first: TranslatedMessageKeys, second: TranslatedMessageKeys) -> TranslatedMessageKeys:
    """Both translations of one message; if they differ, *second* wins."""
    merged: Any = {**first, **second}
    if "facts" in merged:
        merged["facts"] = {**first.get("facts", {}), **second.get("facts", {})}
    if "for" in merged:
        ours, theirs = first.get("for", {}), second.get("for", {})
        merged["for"] = {name: {**ours.get(name, {}), **theirs.get(name, {})} for name in {**ours, **theirs}}
    message: TranslatedMessageKeys = merged
    return message


def templates_in(value: TranslatedMessageKeys) -> Iterator[tuple[str, Rest, str]]:
    """Part, place and source of each template; a part is a field of MessageTemplate."""
    places: dict[str, Rest] = {"link_label": ("link", "label")}
    yield from ((part, places.get(part, (part,)), source) for part, source in _texts(value))
    yield from (("facts", ("facts", label), source) for label, source in value.get("facts", {}).items())
    for name, variant in value.get("for", {}).items():
        yield from ((part, ("for", name, *places.get(part, (part,))), source) for part, source in _texts(variant))


def _texts(value: TranslatedMessageKeys | TranslatedPartKeys) -> Iterator[tuple[str, Any]]:
    """Field of MessageTemplate and source of each part except the facts."""
    if "title" in value:
        yield "title", value["title"]
    if "body" in value:
        yield "body", value["body"]
    if "short" in value:
        yield "short", value["short"]
    if "link" in value:
        yield "link_label", value["link"]["label"]
