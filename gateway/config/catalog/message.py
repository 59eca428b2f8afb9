"""The message of an event type: its templates, and where the YAML has each of them."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config.catalog.keys import MessageKeys
from gateway.model import MessageTemplate

Rest = tuple[str | int, ...]


def build_message(value: MessageKeys) -> MessageTemplate:
    link = value.get("link", "")
    return MessageTemplate(
        title=value["title"],
        body=value["body"],
        link=link if isinstance(link, str) else link["url"],
        link_label="" if isinstance(link, str) else link.get("label", ""),
        facts=tuple((label, source) for _, label, source in _facts(value)),
        short=value.get("short", ""),
    )


def message_parts(value: MessageKeys) -> Iterator[tuple[str, Rest, str]]:
    """(part, its place below `message`, template source), where the part is a field of MessageTemplate."""
    yield "title", ("title",), value["title"]
    yield "body", ("body",), value["body"]
    link = value.get("link", "")
    if isinstance(link, str):
        yield "link", ("link",), link
    else:
        yield "link", ("link", "url"), link["url"]
        yield "link_label", ("link", "label"), link.get("label", "")
    for place, _, source in _facts(value):
        yield "facts", place, source
    yield "short", ("short",), value.get("short", "")


def _facts(value: MessageKeys) -> Iterator[tuple[Rest, str, str]]:
    """(place below `message`, label, template source) of each fact."""
    facts = value.get("facts", {})
    if isinstance(facts, dict):
        yield from ((("facts", label), label, source) for label, source in facts.items())
    else:
        for number, fact in enumerate(facts):
            yield ("facts", number, "value"), fact["label"], fact["value"]
