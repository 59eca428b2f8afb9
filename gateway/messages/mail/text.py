"""The plain-text part of a mail, for readers without HTML. It says everything that the HTML says."""

from __future__ import annotations

from gateway.messages import markup
from gateway.model import Message


def plain_text(message: Message, status: str, reason: str, footer: str) -> str:
    """Title, status, body, a line for each fact, the link on a line of its own, and why the reader gets it."""
    parts = (
        "\n".join(line for line in (message.title, status) if line),
        _text(message.body),
        "\n".join(f"{fact.label}: {_text(fact.value)}" for fact in message.facts),
        f"{message.link.label}:\n{message.link.url}" if message.link else "",
        "\n".join(line for line in ("-- ", reason, footer) if line),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(markdown: str) -> str:
    return markup.write(markup.parse(markdown), markup.Markup.TEXT)
