"""A sender that sends nothing, but records what would be sent, for `gateway preview` and its gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from gateway.model import Address, Message, Secret, SendResult, Target
from gateway.sending.sender import Sender
from gateway.sending.traits import names_of
from gateway.sending.transport import requests_patch, smtp
from gateway.sending.transport.deadline import AttemptTrace
from gateway.sending.transport.network import Connector
from gateway.sending.transport.smtp_session import Server
from gateway.sending.webhook import EventSource

URLS: Mapping[str, str] = {
    "discord": "discord://1185/example-token",
    "gotify": "gotifys://gotify.example.com/example-token",
    "json": "jsons://hooks.example.com/in",
    "mailtos": "mailtos://alerts:example@mail.example.com?from=alerts@example.com&to=reader@example.com",
    "mattermost": "mmosts://mattermost.example.com/example-token",
    "ntfys": "ntfys://ntfy.example.com/alerts",
    "pover": "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@tttttttttttttttttttttttttttttt",
    "slack": "slack://T1EXAMPLE/B1EXAMPLE/exampletokenexampletoken",
    "tgram": "tgram://123456789:exampletokenexampletokenexampletoken/1185",
    "twilio": f"twilio://AC{'0' * 32}:{'0' * 32}@15555550100/15555550142",
    "workflows": "workflows://example.westus.logic.azure.com/example-workflow/example-signature",
    "event": "jsons://hooks.example.com/in?format=event",
}
"""Fictitious addresses, by Apprise's name of the service; `event` is a webhook that carries the event."""
NAMES: Mapping[str, str] = {
    **{name: service for service in URLS if service != "event" for name in names_of(service)},
    "gotify": "gotify",
    "mattermost": "mattermost",
    "ntfy": "ntfys",
    "pushover": "pover",
    "telegram": "tgram",
    "event": "event",
}
"""The values of `--for`, and the address that each stands for."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that would be sent; *url* is empty for a mail, whose source is the body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class RecordingSender(Sender):
    """Records the message and the requests of the last `send`. Every service answers with success."""

    def __init__(self, data_folder: Path) -> None:
        super().__init__(data_folder, Connector(1, {}))
        self.message: Message | None = None
        self.requests: list[Request] = []

        def record(trace: AttemptTrace, method: str, url: str, **arguments: Any) -> requests.Response:
            prepared = requests_patch.prepare(trace, method, url, arguments)
            body = prepared.body or b""
            body = body.encode() if isinstance(body, str) else body
            self.requests.append(Request(method.upper(), prepared.url or "", dict(prepared.headers), body))
            response = requests.Response()
            response.status_code, response._content = 200, b'{"ok": true, "errcode": 0}'  # noqa: SLF001 - as in the transport
            return response

        requests_patch.install(record)
        smtp.install(_RecordingSmtp(self.requests))

    def send(self, target: Target, message: Message, delivery_id: str, event: EventSource | None = None) -> SendResult:
        self.message = message
        self.requests.clear()
        return super().send(target, message, delivery_id, event)


class _RecordingSmtp(smtp.SmtpTransport):
    def __init__(self, recorded: list[Request]) -> None:
        self._kept = recorded

    def send(self, server: Server, sender: str, recipients: list[str], message: str) -> Any:  # noqa: ARG002
        self._kept.append(Request("MAIL", "", {}, message.encode()))
        return {}


def example_address(name: str) -> Address:
    """A fictitious address for the value *name* of `--for`. Raises: KeyError."""
    return Address(url=Secret(URLS[NAMES[name]]))
