"""Sends one message to one target through Apprise, and says what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import InvalidAddress
from gateway.messages import markup
from gateway.messages.layout import render_for
from gateway.messages.markup import Markup
from gateway.model import Address, FailureReason, Message, SendResult, Target
from gateway.sending import apprise_api, classify, local
from gateway.sending.plugin_pool import PluginHandle, PluginPool
from gateway.sending.redaction import redact, secrets_of
from gateway.sending.transport import http, network, requests_patch, smtp
from gateway.sending.transport.deadline import AttemptTrace, Deadlines
from gateway.setting_values import Resolve


class Sender:
    """Sends messages; keeps plugins and connections. Safe in threads and greenlets; a process has one."""

    def __init__(
        self,
        data_folder: Path,
        *,
        connect_timeout_s: float = 5,
        total_timeout_s: float = 15,
        connections: int = 64,
        resolve: Resolve | None = None,
        ca_bundle: Path | None = None,
    ) -> None:
        """*resolve* leads names to other addresses; *ca_bundle* replaces the public certificate authorities.

        Raises: SettingInvalid when *ca_bundle* holds no certificates.
        """
        connector = network.Connector(connect_timeout_s, resolve or {}, ca_bundle)
        self._local = local.services(data_folder)
        self._http = http.HttpTransport(connector, connections=connections)
        self._smtp = smtp.SmtpTransport(connector)
        self._deadlines = Deadlines()
        self._total_timeout_s = total_timeout_s
        self._plugins = PluginPool()
        requests_patch.install(self._http.request)
        smtp.install(self._smtp)

    def close(self) -> None:
        self._deadlines.close()
        self._http.close()
        self._smtp.close()

    def send(self, target: Target, message: Message, delivery_id: str) -> SendResult:
        """The result of one attempt. The body of *message* is Markdown. Raises nothing for what the world does."""
        deliver = self._local.get(target.address.service)
        if deliver:
            text = markup.write(markup.parse(message.body), Markup.TEXT)
            return deliver(target, Message(message.title, text, message.severity), delivery_id)
        try:
            handle = self._plugins.take(target)
        except InvalidAddress as exc:
            return SendResult(FailureReason.ADDRESS, True, detail=f"Apprise refuses the address: {exc}")
        with apprise_api.reasons() as warnings:
            result = self._notify(handle, message, delivery_id)
        self._plugins.give_back(target, handle)
        return _redacted(result, warnings, target.address)

    def _notify(self, handle: PluginHandle, message: Message, delivery_id: str) -> SendResult:
        title, body = render_for(message, handle.limits)
        plain = markup.write(markup.parse(message.body), Markup.TEXT) if handle.traits.is_smtp else ""
        with self._deadlines.attempt(
            delivery_id, self._total_timeout_s, plain=plain, adds_id=handle.traits.is_webhook
        ) as trace:
            try:
                is_sent = handle.notify(
                    body=body,
                    title=title,
                    notify_type=apprise_api.TYPES[message.severity],
                    body_format=handle.format,
                )
            except Exception as exc:  # a plugin is foreign code
                detail = f"Apprise failed ({type(exc).__name__})"
                return SendResult(FailureReason.INTERNAL, status=trace.status, detail=detail)
        if is_sent:
            return SendResult(None, status=trace.status if trace.smtp_code is None else trace.smtp_code)
        return _failure(trace)


def _failure(trace: AttemptTrace) -> SendResult:
    """Why the attempt failed, by what was seen on the wire."""
    status = trace.status
    if trace.fault is not None:
        reason, is_permanent = classify.FAULTS[trace.fault]
        return SendResult(reason, is_permanent, detail=trace.fault_detail)
    if trace.smtp_code is not None:
        smtp_reason, is_permanent = classify.classify_smtp(trace.smtp_code)
        detail = f"SMTP {trace.smtp_code} {trace.answer}"
        return SendResult(smtp_reason or FailureReason.REFUSED, is_permanent, trace.smtp_code, detail=detail)
    if status is None:
        return SendResult(FailureReason.REFUSED)
    http_reason, is_permanent = classify.classify_http(status)
    if http_reason is None:
        http_reason, is_permanent = classify.classify_refusal(trace.answer)
    retry_after_s = None
    if status in classify.RETRY_AFTER_STATUSES or http_reason is FailureReason.THROTTLED:
        retry_after_s = classify.retry_after_s(trace.retry_after, datetime.now(UTC))
    return SendResult(http_reason, is_permanent, status, retry_after_s, f"HTTP {status} {trace.answer}")


def _redacted(result: SendResult, warnings: list[str], address: Address) -> SendResult:
    """*result* with a detail that holds no address and no secret."""
    if result.is_delivered:
        return result
    detail = (
        result.detail
        or apprise_api.first_reason(warnings)
        or "the service rejected the message without giving a reason"
    )
    detail = redact(detail, secrets_of(address))
    return SendResult(result.reason, result.is_permanent, result.status, result.retry_after_s, detail)
