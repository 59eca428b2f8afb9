"""Services that show the text of Apprise's plugin, with a priority, a link or a button beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.messages.cards.card import Card, CardStyle, fit_literal, is_public_name, web_link
from gateway.messages.markup import Markup
from gateway.messages.measure import utf16_length
from gateway.model import Message, Severity

NTFY_PRIORITIES: Mapping[Severity, int] = {Severity.WARNING: 4, Severity.ERROR: 4, Severity.CRITICAL: 5}
"""From 4 on, a phone vibrates longer, and 5 stays until somebody looks. Other severities keep the usual 3."""
NTFY_TAGS: Mapping[Severity, str] = {
    Severity.SUCCESS: "white_check_mark",
    Severity.WARNING: "warning",
    Severity.ERROR: "red_circle",
    Severity.CRITICAL: "rotating_light",
}
"""ntfy shows them as emojis in front of the title."""
NTFY_MAX_URL = 300
"""It is sent twice, and the whole request may have 8,192 bytes."""
PUSHOVER_PRIORITIES: Mapping[Severity, int] = {Severity.CRITICAL: 1}
"""1 rings even in quiet hours. 2 would repeat until somebody answers, which is the task of an escalation."""
PUSHOVER_MAX_URL, PUSHOVER_MAX_LABEL = 512, 100
GOTIFY_PRIORITIES: Mapping[Severity, int] = {Severity.WARNING: 6, Severity.ERROR: 8, Severity.CRITICAL: 10}
"""From 8 on, a phone shows it over everything else. Other severities keep Apprise's 5."""
MAX_URL = 2000
MAX_BUTTON = 64


def telegram(message: Message, _style: CardStyle) -> Card:
    """A button under the text. Telegram refuses a whole message whose button leads to a host without a domain."""
    link = web_link(message, MAX_URL)
    if not link or not is_public_name(link.url):
        return Card({}, text_field="text")
    label = fit_literal(link.label, Markup.TEXT, MAX_BUTTON, utf16_length)
    keyboard = {"inline_keyboard": [[{"text": label, "url": link.url}]]}
    return Card({"reply_markup": keyboard}, text_field="text", shows_link=True)


def ntfy(message: Message, style: CardStyle) -> Card:
    fields: dict[str, Any] = {}
    if message.severity in NTFY_PRIORITIES and "priority" not in style.options:
        fields["priority"] = NTFY_PRIORITIES[message.severity]
    if message.severity in NTFY_TAGS and "xtags" not in style.options:
        fields["tags"] = [NTFY_TAGS[message.severity]]
    link = web_link(message, NTFY_MAX_URL)
    has_link = link is not None and not style.options & {"click", "actions"}
    if link and has_link:
        label = fit_literal(link.label, Markup.TEXT, MAX_BUTTON, utf16_length)
        fields["click"] = link.url
        fields["actions"] = [{"action": "view", "label": label, "url": link.url}]
    return Card(fields, text_field="topic", shows_link=has_link)


def pushover(message: Message, style: CardStyle) -> Card:
    fields: dict[str, Any] = {}
    if message.severity in PUSHOVER_PRIORITIES and "priority" not in style.options:
        fields["priority"] = str(PUSHOVER_PRIORITIES[message.severity])
    link = web_link(message, PUSHOVER_MAX_URL)
    has_link = link is not None and not style.options & {"url", "url_title", "key"}  # with a key, all is encrypted
    if link and has_link:
        fields["url"] = link.url
        fields["url_title"] = fit_literal(link.label, Markup.TEXT, PUSHOVER_MAX_LABEL, len)
    return Card(fields, text_field="message", shows_link=has_link)


def gotify(message: Message, style: CardStyle) -> Card:
    """Gotify has no button, and its web page opens nothing on a click, so the text keeps the link."""
    fields: dict[str, Any] = {}
    if message.severity in GOTIFY_PRIORITIES and "priority" not in style.options:
        fields["priority"] = GOTIFY_PRIORITIES[message.severity]
    link = web_link(message, MAX_URL)
    if link:
        fields["extras"] = {"client::notification": {"click": {"url": link.url}}}
    return Card(fields, text_field="message")
