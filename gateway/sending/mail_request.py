"""Adds the plain text and the headers of a mail to the request of a mail API's plugin, if the API accepts them.

Apprise gives these services one text and no headers. The providers' documentation says where the rest belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

Headers = Mapping[str, str]
HeadersFor = Callable[[str], Headers]
"""Headers of a mail, for the address of its sender."""
Payload = dict[str, Any]

SENDER = re.compile(rb"(?i)\"(?:from|sender)\":\s*(?:\"[^\"]*?|\{[^}]*?)([^\s\"<>@]+@[A-Za-z0-9.-]+)")
SET_ELSEWHERE = frozenset({"From", "Subject", "Reply-To"})
"""APIs have separate fields for these headers, and refuse or ignore them elsewhere."""


def with_mail(
    service: str, text: str, headers_for: HeadersFor, _url: str, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The *arguments* of `requests.request` with *text* beside the HTML, and with headers; unchanged if the request is
    not that of a message."""
    data = arguments.get("data")
    is_form = isinstance(data, Mapping)
    try:
        payload = dict(data) if isinstance(data, Mapping) else orjson.loads(data or b"")
    except (orjson.JSONDecodeError, TypeError):
        return arguments
    write = WRITERS.get(service)
    if write is None or not isinstance(payload, dict):
        return arguments
    match = SENDER.search(orjson.dumps(payload, default=str))
    changed = write(payload, text, headers_for(match[1].decode() if match else ""))
    return arguments if changed is payload else {**arguments, "data": changed if is_form else orjson.dumps(changed)}


def _custom(headers: Headers) -> dict[str, str]:
    return {name: value.replace("\n", "") for name, value in headers.items() if name not in SET_ELSEWHERE}


def _sendgrid(payload: Payload, text: str, headers: Headers) -> Payload:
    if "content" not in payload:
        return payload
    html = [part for part in payload["content"] if part["type"] == "text/html"]
    changed = {**payload, "headers": _custom(headers)}
    if html:
        changed["content"] = [{"type": "text/plain", "value": text}, *html]  # it refuses another order
    if "Reply-To" in headers:
        changed["reply_to"] = {"email": headers["Reply-To"]}
    return changed


def _postmark(payload: Payload, text: str, headers: Headers) -> Payload:
    if not payload.keys() & {"HtmlBody", "TextBody"}:
        return payload
    listed = [{"Name": name, "Value": value} for name, value in _custom(headers).items()]
    changed = {"TextBody": text, **payload, "Headers": [*payload.get("Headers", ()), *listed]}
    return {**changed, "ReplyTo": headers["Reply-To"]} if "Reply-To" in headers else changed


def _mailgun(payload: Payload, text: str, headers: Headers) -> Payload:
    """Headers that the address sets (`+Name=value`) are kept."""
    if not payload.keys() & {"html", "text"}:
        return payload
    own = {f"h:{name}": value for name, value in _custom(headers).items()}
    reply_to = {"h:Reply-To": headers["Reply-To"]} if "Reply-To" in headers else {}
    return {"text": text, **own, **payload, **reply_to}


def _brevo(payload: Payload, text: str, headers: Headers) -> Payload:
    if not payload.keys() & {"htmlContent", "textContent"}:
        return payload
    changed = {**payload, "textContent": text, "headers": {**_custom(headers), **payload.get("headers", {})}}
    return {**changed, "replyTo": {"email": headers["Reply-To"]}} if "Reply-To" in headers else changed


def _resend(payload: Payload, text: str, headers: Headers) -> Payload:
    if not payload.keys() & {"html", "text"}:
        return payload
    changed = {"text": text, **payload, "headers": {**_custom(headers), **payload.get("headers", {})}}
    return {**changed, "reply_to": headers["Reply-To"]} if "Reply-To" in headers else changed


def _graph(payload: Payload, _text: str, headers: Headers) -> Payload:
    """Microsoft Graph accepts one body, and only headers that begin with `x-`; importance has a field."""
    message = payload.get("message")
    if not isinstance(message, Mapping) or "body" not in message:
        return payload
    custom = [{"name": name, "value": value} for name, value in _custom(headers).items() if name.startswith("X-")]
    changed = {**message, "internetMessageHeaders": custom, "importance": headers.get("Importance", "normal")}
    if "Reply-To" in headers:
        changed["replyTo"] = [{"emailAddress": {"address": headers["Reply-To"]}}]
    return {**payload, "message": changed}


WRITERS: Mapping[str, Callable[[Payload, str, Headers], Payload]] = {
    "azure": _graph,
    "brevo": _brevo,
    "mailgun": _mailgun,
    "o365": _graph,
    "postmark": _postmark,
    "resend": _resend,
    "sendgrid": _sendgrid,
}
"""By Apprise's name of the service."""
