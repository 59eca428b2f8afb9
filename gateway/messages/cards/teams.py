"""Microsoft Teams: an Adaptive Card over the whole width, with title, body, facts, small print and button.

https://adaptivecards.io/explorer/ has the elements. Version 1.4 is the newest that a workflow shows. A message may have
28 KB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gateway.messages import markup
from gateway.messages.cards.card import SEPARATOR, Card, CardStyle, context, fit_facts, fit_literal, more, web_link
from gateway.messages.escaping import markdown_link, one_line
from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup import Markup
from gateway.messages.measure import Unit, measured_in
from gateway.messages.severity import SeverityMark, marked
from gateway.model import Message, Severity

VERSION = "1.4"
MAX_MESSAGE = 26_000
"""In bytes of ASCII JSON. The limit is 28 KB, and beyond it the workflow fails without telling anybody."""
MAX_TITLE = 3000
ROOM_FOR_FACTS = 8000
MAX_FACTS = 60
MAX_LABEL = 500
MAX_FACT = 3000
MAX_CONTEXT = 2000
MAX_URL = 2000
MAX_BUTTON = 500
STYLES: Mapping[Severity, str] = {
    Severity.INFO: "emphasis",
    Severity.SUCCESS: "good",
    Severity.WARNING: "warning",
    Severity.ERROR: "attention",
    Severity.CRITICAL: "attention",
}
"""The background of the title."""
TIME_MACRO = re.compile(r"\{\{(?=(?:DATE|TIME)\()")
"""Teams replaces this by a date, even in a text that comes from an event."""
json_length = measured_in(Unit.JSON)


def build(message: Message, _style: CardStyle) -> Card:
    title = marked(one_line(message.title), message.severity, SeverityMark.SIGN)
    top = _text(fit_literal(title, Markup.MARKDOWN, MAX_TITLE, json_length), weight="Bolder", size="Medium")
    below: list[dict[str, Any]] = []

    facts, missing = fit_facts(
        message.facts,
        Markup.MARKDOWN,
        json_length,
        room=ROOM_FOR_FACTS,
        max_facts=MAX_FACTS,
        max_label=MAX_LABEL,
        max_value=MAX_FACT,
    )
    if facts:
        shown = [{"title": _literal(label), "value": _literal(value)} for label, value in facts]
        below.append({"type": "FactSet", "facts": shown})
    if missing:
        below.append(_text(more(missing), isSubtle=True))

    link = web_link(message, MAX_URL)
    if message.link and not link:
        document = markup.parse(markdown_link(message.link.label, message.link.url))
        below.append(_text(markup.write(document, Markup.MARKDOWN)))
    small_print = SEPARATOR.join(context(message))
    below.append(
        _text(fit_literal(small_print, Markup.MARKDOWN, MAX_CONTEXT, json_length), isSubtle=True, size="Small")
    )

    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": fit_literal(title, Markup.TEXT, MAX_TITLE, json_length),
        "body": [{"type": "Container", "style": STYLES[message.severity], "bleed": True, "items": [top]}, *below],
        "msteams": {"width": "Full"},
    }
    if link:
        label = fit_literal(link.label, Markup.TEXT, MAX_BUTTON, json_length)
        content["actions"] = [{"type": "Action.OpenUrl", "title": label, "url": link.url}]

    body = markup.parse(message.body)
    if body:
        room = MAX_MESSAGE - len(json.dumps(content))
        content["body"].insert(1, _text(markup.fit(body, Markup.MARKDOWN, room, measure=json_length)))
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return Card(
        fields={"type": "message", "attachments": [attachment]},
        text_field="attachments",
        replaces=frozenset({"attachments"}),
    )


def _text(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _literal(text), "wrap": True, **style}


def _literal(text: str) -> str:
    return TIME_MACRO.sub(f"{{{WORD_JOINER}{{", text) if "{{" in text else text
