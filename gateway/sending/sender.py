"""Sends one message to one target through Apprise, and reports the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gateway.errors import InvalidAddress
from gateway.messages import cards
from gateway.messages.layout import render_for
from gateway.messages.mail.build import build as mail_of
from gateway.messages.mail.headers import headers_of
from gateway.model import FailureReason, Message, NetworkPolicy, SendResult, Target
from gateway.sending import apprise_api, local
from gateway.sending.address.recipients import recipient_texts
from gateway.sending.answers import find_refusal
from gateway.sending.apprise_api import Format
from gateway.sending.card_request import beside, with_card
from gateway.sending.mail_request import HeadersFor, with_mail
from gateway.sending.plugin_pool import PluginHandle, PluginPool
from gateway.sending.redaction import redact, secrets_of
from gateway.sending.results import result_of, result_of_exception
from gateway.sending.transport import http, requests_patch, smtp
from gateway.sending.transport.deadline import ChangeRequest, Deadlines
from gateway.sending.transport.network import Connector, open_connector
from gateway.sending.webhook import EventSource, WebhookRequest, event_body
from gateway.settings import Settings


class Sender:
    """Sends messages and keeps plugins and connections. Safe in threads and greenlets; a process has one."""

    def __init__(
        self,
        data_folder: Path,
        connector: Connector,
        *,
        total_timeout_s: float = 15,
        connections: int = 64,
    ) -> None:
        """At most *connections* are kept open to one host."""
        self._local = local.services(data_folder)
        self._http = http.HttpTransport(connector, connections=connections)
        self._smtp = smtp.SmtpTransport(connector)
        self._deadlines = Deadlines()
        self._total_timeout_s = total_timeout_s
        self._plugins = PluginPool()
        requests_patch.install(self._http.request)
        smtp.install(self._smtp)

    @classmethod
    def from_settings(cls, settings: Settings, policy: Callable[[], NetworkPolicy]) -> Sender:
        """The sender of a process; *policy* returns the current network policy. Raises: SettingInvalid."""
        connector = open_connector(settings, policy)
        return cls(
            settings.data_folder,
            connector,
            total_timeout_s=settings.attempt_timeout.total_seconds(),
            connections=settings.concurrency,
        )

    def close(self) -> None:
        self._deadlines.close()
        self._http.close()
        self._smtp.close()

    def send(self, target: Target, message: Message, delivery_id: str, event: EventSource | None = None) -> SendResult:
        """The result of one attempt. Failures outside the gateway raise nothing.

        *event* returns the event that the message is about; it is called only for a webhook that carries events.
        """
        deliver = self._local.get(target.address.service)
        if deliver:
            return deliver(target, message, delivery_id)
        try:
            handle = self._plugins.take(target)
        except InvalidAddress as exc:
            return SendResult(FailureReason.ADDRESS, True, detail=f"Apprise refuses the address: {exc}")
        webhook = None
        if handle.webhook:
            body = None
            if handle.webhook.carries_event and event:
                body = event_body(event(), message, target.name, delivery_id)
            webhook = WebhookRequest(delivery_id, handle.webhook.keys, body)
        result = self._notify(handle, target, message, delivery_id, webhook)
        self._plugins.give_back(target, handle)
        if result.is_delivered:
            return result
        secrets = secrets_of(target.address, recipient_texts(target.address))
        return replace(result, detail=redact(result.detail, secrets))

    def _notify(
        self, handle: PluginHandle, target: Target, message: Message, delivery_id: str, webhook: WebhookRequest | None
    ) -> SendResult:
        headers_for = partial(headers_of, message, reply_to=target.reply_to or message.reply_to)
        written = _write(handle, message, headers_for)
        judge = partial(find_refusal, handle.traits.answer_checks)
        warnings = apprise_api.collect_warnings()
        with self._deadlines.attempt(
            delivery_id,
            self._total_timeout_s,
            plain=written.plain,
            mail_headers=headers_for,
            webhook=webhook,
            change_request=written.change_request,
            find_refusal=judge,
        ) as trace:
            try:
                is_sent = handle.notify(
                    body=written.body,
                    title=written.title,
                    notify_type=apprise_api.TYPES[message.severity],
                    body_format=handle.format,
                )
            except (Exception, SystemExit) as exc:  # a plugin may raise anything
                return result_of_exception(trace, handle.traits, exc)
        return result_of(trace, handle.traits, is_sent=is_sent, reason_given=apprise_api.first_reason(warnings))


class _Written(NamedTuple):
    """A message in the form that a plugin gets, and how its requests are changed afterwards."""

    title: str
    body: str
    change_request: ChangeRequest | None
    plain: str = ""
    """The plain-text part of a mail."""


def _write(handle: PluginHandle, message: Message, headers_for: HeadersFor) -> _Written:
    if handle.traits.is_mail:
        mail = mail_of(message)
        change = None if handle.traits.is_smtp else partial(with_mail, handle.service, mail.text, headers_for)
        return _Written(mail.subject, mail.html if handle.format is Format.HTML else mail.text, change, mail.text)
    card = cards.build(message, handle.card) if handle.card else None
    title, text = render_for(beside(card, message) if card else message, handle.limits)
    return _Written(title, text, partial(with_card, card) if card else None)
