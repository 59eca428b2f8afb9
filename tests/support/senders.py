"""Targets and messages for a sender."""

from __future__ import annotations

from collections.abc import Callable

from gateway.model import Address, FieldValue, Message, Secret, Severity, Target
from gateway.sending.sender import Sender

Build = Callable[..., Sender]
"""The fixture `build`: makes a sender."""


def to(url: str, name: str = "noc") -> Target:
    """A channel with a whole URL."""
    return Target(name, f"channel/{name}", Address(url=Secret(url)))


def by(service: str, fields: dict[str, FieldValue], recipient: str | None = None, name: str = "ana/email") -> Target:
    """A contact or channel given by the fields of its service."""
    address = Address(service, fields, recipient=Secret(recipient) if recipient else None)
    return Target(name, "provider/email", address)


def message(title: str = "Title", body: str = "Body", severity: Severity = Severity.ERROR) -> Message:
    return Message(title, body, severity)
