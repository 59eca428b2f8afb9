"""The message of an event: its title, body and link, rendered from the templates of its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.budget import CHARACTERS_PER_STEP, limited, spend
from gateway.messages.escaping import ELLIPSIS, escape, markdown_link, one_line, safe_link
from gateway.messages.filters.table import LOOKUPS, NOW, ZONE
from gateway.messages.lines import drop_empty_lines
from gateway.messages.sandbox import compile_template, new_sandbox
from gateway.messages.values import MAX_CHARACTERS, show
from gateway.model import Event, Lookup, Message, MessageTemplate
from gateway.paths import CUSTOMER, EVENT, EVENT_FIELDS, lookup

LINK_LABEL = "Open"
PASSES_TO_ESCAPE = 4
STEPS_PER_VALUE = 30
"""For each value that is shown, beside its text."""

Part = Callable[[dict[str, Any]], Iterator[str]]


class _LinkIncomplete(Exception):
    """A link's template shows a value that the event does not have."""


def _show_plain(value: Any) -> str:
    text = show(value)[: MAX_CHARACTERS + 1]
    spend(STEPS_PER_VALUE + len(text) // CHARACTERS_PER_STEP)
    return text


def _show_escaped(value: Any) -> str:
    text = show(value)[: MAX_CHARACTERS + 1]
    spend(STEPS_PER_VALUE + PASSES_TO_ESCAPE * (len(text) // CHARACTERS_PER_STEP))
    return escape(text)


def _show_in_link(value: Any) -> str:
    if isinstance(value, Absent):
        raise _LinkIncomplete
    return _show_plain(value)


TITLE = new_sandbox(_show_plain)
"""Titles and links are cleaned as a whole, after they are rendered."""
BODY = new_sandbox(_show_escaped)
LINK = new_sandbox(_show_in_link)


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """The compiled templates of a message."""

    title: Part
    body: Part
    link: Part


@lru_cache(maxsize=16_384)
def compile_message(template: MessageTemplate) -> CompiledMessage:
    """The compiled template. Raises: TemplateFailed, with what is wrong or not allowed."""
    return CompiledMessage(
        compile_template(TITLE, template.title),
        compile_template(BODY, template.body),
        compile_template(LINK, template.link),
    )


def render(
    template: MessageTemplate,
    event: Event,
    reasons: Sequence[str],
    zone: tzinfo | None = None,
    now: datetime | None = None,
    lookups: Sequence[Lookup] = (),
) -> Message:
    """The message of *event* for readers who are notified for *reasons*; times are written in *zone*.

    How long it is until a time counts from *now*, by default the time of the event. *lookups* are those that
    templates may name.

    A value that the event does not have is shown as a placeholder, and a link that needs one is left out.

    Raises: TemplateFailed when the template takes too much work for this event, or calls a filter in a way that no
    value can fit.
    """
    compiled = compile_message(template)
    context = _context(event, zone, now or event.time)
    context[LOOKUPS] = {lookup.name: lookup for lookup in lookups}
    try:
        # One budget for all three parts, since they are one message of one event.
        with limited():
            title = one_line(_render_part(compiled.title, context))
            body = drop_empty_lines(_render_part(compiled.body, context)).strip()
            try:
                link = safe_link(_render_part(compiled.link, context))
            except _LinkIncomplete:
                link = ""
    except TemplateFailed:
        raise
    except Exception as exc:  # whatever a filter makes of an argument that it is not for
        raise TemplateFailed(f"the template does not fit the event: {type(exc).__name__}") from exc
    footer = " \u00b7 ".join(escape(reason) for reason in dict.fromkeys(reasons))
    parts = (body, markdown_link(LINK_LABEL, link) if link else "", f"*{footer}*" if footer else "")
    return Message(title=title, body="\n\n".join(part for part in parts if part), severity=event.severity)


def _render_part(part: Part, context: dict[str, Any]) -> str:
    """At most MAX_CHARACTERS; the template does no more work once it has written so much."""
    pieces: list[str] = []
    room = MAX_CHARACTERS
    for piece in part(context):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            return "".join(pieces)[:MAX_CHARACTERS].rstrip("\\") + ELLIPSIS
    return "".join(pieces)


def _context(event: Event, zone: tzinfo | None, now: datetime) -> dict[str, Any]:
    """The names that a template can read: the fields of the event's data, and `event`."""
    context = {name: value for name, value in event.data.items() if value is not None}
    fields = {name: getattr(event, name) for name in EVENT_FIELDS}
    fields["time"] = event.time.isoformat()
    context[ZONE] = zone
    context[NOW] = now
    fields["customer"] = lookup(event, CUSTOMER) or None
    context[EVENT] = {name: value for name, value in fields.items() if value is not None}
    return context
