"""One message to one target, through Apprise, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apprise import NotifyFormat, NotifyType

from gateway.delivery import http, local, outcome, services, smtp
from gateway.dialects import Dialect, escape
from gateway.errors import AddressRefused
from gateway.model import Address, FailureReason, Message, SendResult, Severity, Target

MOST_PLUGINS = 10_000
SHORTEST_BODY = 20
"""A limit below this cannot be meant for the body."""

TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.SUCCESS: NotifyType.SUCCESS,
    Severity.WARNING: NotifyType.WARNING,
    Severity.ERROR: NotifyType.FAILURE,
    Severity.CRITICAL: NotifyType.FAILURE,
}
FORMATS = {
    Dialect.MARKDOWN: NotifyFormat.MARKDOWN,
    Dialect.HTML: NotifyFormat.MARKDOWN,  # Apprise makes HTML of it
    Dialect.TEXT: NotifyFormat.TEXT,
}


class Sender:
    """Sends messages; keeps Apprise's objects and connections. Safe in threads, one in a process."""

    def __init__(
        self,
        data_folder: Path,
        *,
        connect_timeout_s: float = 5,
        total_timeout_s: float = 15,
        connections: int = 64,
        resolve: http.Resolve | None = None,
    ) -> None:
        self._local = local.services(data_folder)
        self._http = http.Http(
            connect_timeout_s=connect_timeout_s,
            total_timeout_s=total_timeout_s,
            connections=connections,
            resolve=resolve,
        )
        self._total_timeout_s = total_timeout_s
        self._plugins: dict[str, tuple[Address, Any]] = {}
        self._lock = threading.Lock()
        http.install(self._http)
        smtp.install()

    def close(self) -> None:
        self._http.close()

    def dialect(self, target: Target) -> Dialect:
        """What the body of a message to *target* is to be written in."""
        if target.address.service in self._local:
            return Dialect.TEXT
        try:
            return _dialect(self._plugin(target), target.address)
        except AddressRefused:
            return Dialect.TEXT  # `send` says what is wrong with it

    def send(self, target: Target, message: Message, delivery_id: str) -> SendResult:
        """What came of one try. *message* is in the target's `dialect`. Raises nothing for what the world does."""
        deliver = self._local.get(target.address.service)
        if deliver:
            return deliver(target, message, delivery_id)
        try:
            plugin = self._plugin(target)
        except AddressRefused as exc:
            return SendResult(FailureReason.ADDRESS, True, detail=f"Apprise refuses the address: {exc}")
        is_webhook = _service(plugin) in services.WEBHOOKS
        dialect = _dialect(plugin, target.address)
        title, body = _fit(message, plugin, dialect)
        with http.exchange(delivery_id, adds_id=is_webhook) as exchange:
            is_sent = plugin.notify(
                body=body, title=title, notify_type=TYPES[message.severity], body_format=FORMATS[dialect]
            )
        return _result(bool(is_sent), exchange, target.address)

    def _plugin(self, target: Target) -> Any:
        known = self._plugins.get(target.name)
        if known and (known[0] is target.address or known[0] == target.address):
            return known[1]
        plugin = services.plugin_for(target.address)
        plugin.socket_connect_timeout = plugin.socket_read_timeout = self._total_timeout_s
        if hasattr(plugin, "_protocol_headers"):
            plugin._protocol_headers = _mail_headers  # noqa: SLF001 - the plugin's hook for its subclasses
        with self._lock:
            if len(self._plugins) >= MOST_PLUGINS:
                self._plugins.clear()
            self._plugins[target.name] = (target.address, plugin)
        return plugin


def _service(plugin: Any) -> str:
    protocol = plugin.secure_protocol or plugin.protocol
    return protocol if isinstance(protocol, str) else next(iter(protocol), "")


def _dialect(plugin: Any, address: Address) -> Dialect:
    """The best of what the service shows; generic webhooks get plain text unless the address asks for more."""
    formats = plugin.notify_format
    shown = {formats} if isinstance(formats, str) else set(formats)
    wanted = getattr(plugin, "_format_override", None)
    if wanted:
        shown = {wanted}
    elif _service(plugin) in services.WEBHOOKS or address.service in services.WEBHOOKS:
        return Dialect.TEXT
    if NotifyFormat.MARKDOWN in shown:
        return Dialect.MARKDOWN
    return Dialect.HTML if NotifyFormat.HTML in shown else Dialect.TEXT


def _fit(message: Message, plugin: Any, dialect: Dialect) -> tuple[str, str]:
    """(title, body) within the service's limits; where it has no titles, the title leads the body."""
    title, body = message.title, message.body
    if not plugin.title_maxlen or plugin.title_maxlen < SHORTEST_BODY:
        lead = escape(title, dialect)
        body = f"{lead}\n{body}" if dialect is Dialect.TEXT else f"**{lead}**\n\n{body}"
        title = ""
    most = plugin.body_maxlen
    if most > SHORTEST_BODY and len(body) > most:
        body = body[: most - 1].rstrip() + "\u2026"
    return title, body


def _mail_headers(body: str) -> Mapping[str, str]:  # noqa: ARG001 - the signature of Apprise's hook
    """A Message-ID that is the same for every attempt, so that a mailbox can drop duplicates."""
    one = http.current()
    return {"Message-ID": f"<{one.delivery_id}@notification-gateway>"} if one else {}


def _result(is_sent: bool, exchange: http.Exchange, address: Address) -> SendResult:
    if is_sent:
        return SendResult(None, status=exchange.status)
    status, reason, is_permanent = exchange.status, FailureReason.REFUSED, False
    if exchange.fault is not None:
        reason, is_permanent = outcome.FAULTS[exchange.fault]
        detail = f"no answer: {exchange.fault}"
    elif exchange.smtp_code is not None:
        status = exchange.smtp_code
        found, is_permanent = outcome.of_smtp(status)
        reason, detail = found or reason, f"SMTP {status} {exchange.answer}"
    elif status is not None and exchange.has_failed:
        found, is_permanent = outcome.of_http(status)
        reason, detail = found or reason, f"HTTP {status} {exchange.answer}"
    else:
        detail = "Apprise says no, and nothing of why"
    waits_s = None
    if status in outcome.PUT_OFF:
        waits_s = outcome.retry_after_s(exchange.retry_after, datetime.now(UTC))
    detail = services.redact(detail, services.secrets_of(address))
    return SendResult(reason, is_permanent, status, waits_s, detail)
