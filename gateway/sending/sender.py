"""One message to one target, through Apprise, and what came of it."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from apprise import NotifyFormat, NotifyType

from gateway.errors import InvalidAddress
from gateway.messages import markup
from gateway.messages.layout import ServiceLimits, render_for
from gateway.messages.markup import Markup
from gateway.model import Address, FailureReason, Message, SendResult, Severity, Target
from gateway.sending import apprise_address, classify, local
from gateway.sending.redaction import redact, secrets_of
from gateway.sending.transport import http, network, smtp
from gateway.sending.transport.cooperative import is_cooperative
from gateway.sending.transport.deadline import AttemptTrace, Deadlines
from gateway.sending.transport.event_loop import run_in_thread

MAX_TARGETS = 4096
"""Targets whose Apprise objects are kept."""
MAX_BODY = 32 * 1024
MAX_SMS_LIMIT = 160
"""A telephone service with a limit up to this sends text messages."""

TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.SUCCESS: NotifyType.SUCCESS,
    Severity.WARNING: NotifyType.WARNING,
    Severity.ERROR: NotifyType.FAILURE,
    Severity.CRITICAL: NotifyType.FAILURE,
}
BEST_FIRST = (NotifyFormat.HTML, NotifyFormat.MARKDOWN, NotifyFormat.TEXT)
"""HTML says most exactly what is markup and what is text."""
MARKUPS = {
    NotifyFormat.HTML: Markup.HTML,
    NotifyFormat.MARKDOWN: Markup.MARKDOWN,
    NotifyFormat.TEXT: Markup.TEXT,
}
FOR_PROGRAMS = apprise_address.WEBHOOKS | {"amqp", "amqps", "apprise", "apprises", "mqtt", "mqtts"}
"""Whoever reads these gets plain text, unless the address has a `format`."""
SHOWS_MARKDOWN = frozenset({"mmost", "mmosts", "revolt", "zulip"})
"""Apprise gives them text; they take it for Markdown."""
BY_MAIL = apprise_address.MAIL | {
    "azure", "brevo", "groundmail", "mailersend", "mailgun", "o365", "postmark", "resend",
    "sendgrid", "sendpulse", "ses", "smtp2go", "sparkpost",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Outlet:
    """An Apprise object and how to use it. For one message at a time: many objects keep state while they send."""

    notify: Callable[..., bool]
    """The plugin's, which may be called in a greenlet."""
    limits: ServiceLimits
    format: NotifyFormat
    adds_id: bool
    is_mail: bool


class Sender:
    """Sends messages; keeps Apprise's objects and connections. Safe in threads and greenlets, one in a process."""

    def __init__(
        self,
        data_folder: Path,
        *,
        connect_timeout_s: float = 5,
        total_timeout_s: float = 15,
        connections: int = 64,
        resolve: network.Resolve | None = None,
    ) -> None:
        """*resolve* leads names to other addresses; by default, as GATEWAY_RESOLVE says.

        Raises: SettingInvalid.
        """
        if resolve is None:
            resolve = network.parse_resolve(os.environ.get(network.RESOLVE_VARIABLE, ""))
        connector = network.Connector(connect_timeout_s, resolve)
        self._local = local.services(data_folder)
        self._http = http.HttpTransport(connector, connections=connections)
        self._smtp = smtp.SmtpTransport(connector)
        self._deadlines = Deadlines()
        self._total_timeout_s = total_timeout_s
        self._outlets = _Outlets()
        http.install(self._http)
        smtp.install(self._smtp)

    def close(self) -> None:
        self._deadlines.close()
        self._http.close()
        self._smtp.close()

    def send(self, target: Target, message: Message, delivery_id: str) -> SendResult:
        """What came of one try. The body of *message* is Markdown. Raises nothing for what the world does."""
        deliver = self._local.get(target.address.service)
        if deliver:
            text = markup.write(markup.parse(message.body), Markup.TEXT)
            return deliver(target, Message(message.title, text, message.severity), delivery_id)
        try:
            outlet = self._outlets.take(target)
        except InvalidAddress as exc:
            return SendResult(FailureReason.ADDRESS, True, detail=f"Apprise refuses the address: {exc}")
        with apprise_address.reasons() as reasons:
            result = self._notify(outlet, message, delivery_id)
        self._outlets.give_back(target, outlet)
        return _told(result, reasons, target.address)

    def _notify(self, outlet: _Outlet, message: Message, delivery_id: str) -> SendResult:
        title, body = render_for(message, outlet.limits)
        plain = markup.write(markup.parse(message.body), Markup.TEXT) if outlet.is_mail else ""
        total_s = self._total_timeout_s
        with self._deadlines.attempt(delivery_id, total_s, plain=plain, adds_id=outlet.adds_id) as trace:
            try:
                is_sent = outlet.notify(
                    body=body, title=title, notify_type=TYPES[message.severity], body_format=outlet.format
                )
            except Exception as exc:  # a plugin is a stranger's code
                detail = f"Apprise failed ({type(exc).__name__})"
                return SendResult(FailureReason.INTERNAL, status=trace.status, detail=detail)
        return SendResult(None, status=_status(trace)) if is_sent else _failure(trace)


class _Outlets:
    """Apprise's objects by target: as many of each as messages went to it at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Address, list[_Outlet]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, target: Target) -> _Outlet:
        """One for the caller alone. Raises: InvalidAddress."""
        with self._lock:
            address, idle = self._kept.get(target.name, (None, []))
            if idle and (address is target.address or address == target.address):
                self._kept.move_to_end(target.name)
                return idle.pop()
        return _outlet(target.address)

    def give_back(self, target: Target, outlet: _Outlet) -> None:
        dropped: list[_Outlet] = []
        with self._lock:
            address, idle = self._kept.get(target.name, (target.address, []))
            if address is not target.address and address != target.address:
                dropped, idle = idle, []  # the address is new: the objects of the old one go
            idle.append(outlet)
            self._kept[target.name] = (target.address, idle)
            while len(self._kept) > MAX_TARGETS:
                dropped += self._kept.popitem(last=False)[1][1]
        if dropped:
            run_in_thread(dropped.clear)  # some log out when they go, and wait for the answer


def _outlet(address: Address) -> _Outlet:
    plugin = apprise_address.plugin_for(address)
    service = apprise_address.service_of(plugin, address)
    chosen = _format(plugin, service)
    kind = Markup.MARKDOWN if chosen is NotifyFormat.TEXT and service in SHOWS_MARKDOWN else MARKUPS[chosen]
    if service == "slack" and chosen is NotifyFormat.MARKDOWN:
        kind = Markup.SLACK
        plugin.dialect_convert = _as_it_is
    is_telephone = any("phone" in token for token in apprise_address.describe(service)["tokens"])
    limits = ServiceLimits(
        markup=kind,
        max_body=min(plugin.body_maxlen or MAX_BODY, MAX_BODY),
        max_title=max(0, plugin.title_maxlen),
        has_mentions=not (is_telephone or service in BY_MAIL or service in FOR_PROGRAMS),
        is_sms=is_telephone and 0 < plugin.body_maxlen <= MAX_SMS_LIMIT,
        is_spoken=str(getattr(plugin, "method", "")).lower() == "call",
    )
    notify = plugin.notify if is_cooperative(plugin.__class__) else partial(run_in_thread, plugin.notify)
    return _Outlet(
        notify, limits, chosen, adds_id=service in apprise_address.WEBHOOKS, is_mail=service in apprise_address.MAIL
    )


def _format(plugin: Any, service: str) -> NotifyFormat:
    """What of Apprise's formats the service gets: what the address asks for, else the most exact."""
    shown = plugin._formats()  # noqa: SLF001 - what notify() goes by
    wanted = plugin._format_override  # noqa: SLF001
    if wanted in shown:
        return NotifyFormat(wanted)
    if service in FOR_PROGRAMS and NotifyFormat.TEXT in shown:
        return NotifyFormat.TEXT
    return next((one for one in BEST_FIRST if one in shown), NotifyFormat.TEXT)


def _as_it_is(body: str, *_: Any, **__: Any) -> str:
    """In place of Apprise's Markdown to mrkdwn, which keeps backslashes that Slack would show."""
    return body


# ------------------------------------------------------------------ what came of it


def _status(trace: AttemptTrace) -> int | None:
    return trace.status if trace.smtp_code is None else trace.smtp_code


def _failure(trace: AttemptTrace) -> SendResult:
    status = trace.status
    if trace.fault is not None:
        reason, is_permanent = classify.FAULTS[trace.fault]
        return SendResult(reason, is_permanent, detail=f"no answer: {trace.fault}")
    if trace.smtp_code is not None:
        found, is_permanent = classify.of_smtp(trace.smtp_code)
        detail = f"SMTP {trace.smtp_code} {trace.answer}"
        return SendResult(found or FailureReason.REFUSED, is_permanent, trace.smtp_code, detail=detail)
    if status is None:
        return SendResult(FailureReason.REFUSED)
    found, is_permanent = classify.of_http(status)
    if found is None:
        found, is_permanent = classify.of_refusal(trace.answer)
    waits_s = None
    if status in classify.PUT_OFF or found is FailureReason.THROTTLED:
        waits_s = classify.retry_after_s(trace.retry_after, datetime.now(UTC))
    return SendResult(found, is_permanent, status, waits_s, f"HTTP {status} {trace.answer}")


def _told(result: SendResult, reasons: list[str], address: Address) -> SendResult:
    """*result* with what may be told of it: no address, no secret."""
    if result.is_delivered:
        return result
    detail = result.detail or apprise_address.first_telling(reasons) or "Apprise says no, and nothing of why"
    detail = redact(detail, secrets_of(address))
    return SendResult(result.reason, result.is_permanent, result.status, result.retry_after_s, detail)
