"""Puts a card into the request of Apprise's plugin, which still supplies the address, the login and the check of the
answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from gateway.messages.cards import Card
from gateway.model import Message


def beside(card: Card, message: Message) -> Message:
    """The text of *message* for the plugin: only the title if *card* replaces the text."""
    if card.replaces:
        return Message(message.title, "", message.severity)
    return replace(message, link=None) if card.shows_link else message


def with_card(card: Card, _url: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The *arguments* of `requests.request` with *card*; unchanged if the request is not that of a message.

    A plugin posts JSON, or a form that is a mapping.
    """
    data = arguments.get("data")
    is_form = isinstance(data, Mapping)
    try:
        payload = data if is_form else orjson.loads(data or b"")
    except (orjson.JSONDecodeError, TypeError):
        return arguments
    if not isinstance(payload, Mapping) or card.text_field not in payload:
        return arguments

    merged = {name: value for name, value in payload.items() if name not in card.replaces}
    for name, value in card.fields.items():
        before = merged.get(name)
        merged[name] = {**before, **value} if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    changed = {**arguments, "data": merged if is_form else orjson.dumps(merged)}
    if card.query:
        changed["params"] = {**(arguments.get("params") or {}), **card.query}
    return changed
