"""What the pages need from a preview to draw it: the contents of its requests, or the parts of its mail."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from gateway.delivery.preview import Preview
    from gateway.model import Message
    from gateway.sending.recording import Request


@dataclass(frozen=True, slots=True)
class DrawnMail:
    subject: str
    sender: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    id: str
    """The notification's id."""
    title: str
    """The title of the notification in the catalogue."""
    kind: str
    message: Message
    contents: tuple[Mapping[str, Any], ...]
    """The content of each request."""
    payloads: tuple[str, ...]
    """The same contents as text."""
    mail: DrawnMail | None
    fault: str
    """Why the message cannot be sent to the service."""


def drawing_of(preview: Preview) -> Drawing:
    contents = tuple(content_of(request) for request in preview.requests if request.url)
    mails = [mail_of(request.body) for request in preview.requests if not request.url]
    return Drawing(
        id=preview.notification.id,
        title=preview.notification.title,
        kind=preview.kind,
        message=preview.message,
        contents=contents,
        payloads=tuple(json.dumps(content, indent=2, ensure_ascii=False) for content in contents),
        mail=mails[0] if mails else None,
        fault=preview.fault,
    )


def content_of(request: Request) -> Mapping[str, Any]:
    """The fields of a request, whose body is JSON or a form."""
    body = request.body.decode("utf-8", "replace")
    try:
        content = json.loads(body)
    except ValueError:
        content = dict(parse_qsl(body))
    return content if isinstance(content, dict) else {"": content}


def mail_of(source: bytes) -> DrawnMail:
    mail = email.message_from_bytes(source, policy=email.policy.default)
    html, plain = (mail.get_body((kind,)) for kind in ("html", "plain"))
    return DrawnMail(
        subject=str(mail["Subject"]),
        sender=str(mail["From"]),
        html=str(html.get_content()) if html else "",
        text=str(plain.get_content()) if plain else "",
    )
