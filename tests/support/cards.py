"""The requests that services get for a message: those of Apprise's own plugins, with the card in them. None is sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from unittest.mock import patch

import orjson
import requests

from gateway.messages import cards
from gateway.messages.cards import CardKind
from gateway.messages.layout import render_for
from gateway.model import Address, Message, Secret
from gateway.sending import apprise_api
from gateway.sending.card_request import beside, with_card
from gateway.sending.plugin_pool import PluginHandle, new_handle

ADDRESSES: Mapping[CardKind, str] = {
    CardKind.SLACK: "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    CardKind.TEAMS: "workflows://prod-1.logic.azure.com:443/wf1/s1g-_n",
    CardKind.DISCORD: "discord://123456/abc-DEF_1",
    CardKind.TELEGRAM: "tgram://123456789:abcdefg_hijklmnop/12315544",
    CardKind.NTFY: "ntfys://ntfy.example/alerts",
    CardKind.PUSHOVER: f"pover://{'u' * 30}@{'a' * 30}",
    CardKind.GOTIFY: "gotifys://gotify.example/AbCdEf123456789",
}


@cache
def handle_of(url: str) -> PluginHandle:
    return new_handle(Address(url=Secret(url)))


def requests_of(url: str, message: Message) -> list[Mapping[str, Any]]:
    """The arguments of the requests that a message to *url* makes, with `payload` as the service reads it."""
    made: list[Mapping[str, Any]] = []
    handle = handle_of(url)
    card = cards.build(message, handle.card) if handle.card else None

    def request(method: str, url: str, **arguments: Any) -> requests.Response:
        sent = dict(with_card(card, url, arguments) if card else arguments)
        data = sent["data"]
        made.append({**sent, "url": url, "payload": data if isinstance(data, Mapping) else orjson.loads(data)})
        response = requests.Response()
        response.status_code = 202 if "azure" in url else 200
        response._content = b"ok" if "hooks.slack" in url else b'{"ok": true}'
        return response

    title, body = render_for(beside(card, message) if card else message, handle.limits)
    with patch("requests.api.request", request), patch("requests.request", request):
        assert handle.notify(
            body=body, title=title, notify_type=apprise_api.TYPES[message.severity], body_format=handle.format
        )
    return made


def payload_of(url: str, message: Message) -> Mapping[str, Any]:
    """What the service reads of the only request."""
    (made,) = requests_of(url, message)
    payload: Mapping[str, Any] = made["payload"]
    return payload
