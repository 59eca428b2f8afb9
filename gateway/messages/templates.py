"""The message of an event: its parts, rendered from the templates of its type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from jinja2.runtime import Context

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.budget import CHARACTERS_PER_STEP, limited, spend
from gateway.messages.escaping import ELLIPSIS, escape, one_line, safe_link
from gateway.messages.filters.dates import Reader, length_of_time
from gateway.messages.filters.table import LOOKUPS, READER
from gateway.messages.lines import MARK as LINE_MARK
from gateway.messages.lines import drop_empty_lines
from gateway.messages.sandbox import Part, compile_template, new_context, new_sandbox
from gateway.messages.values import MAX_CHARACTERS, NAME, read, show
from gateway.messages.words import written_in
from gateway.model import (
    DEFAULT_BRAND,
    DEFAULT_LOCALE,
    ENGLISH,
    Brand,
    Event,
    Fact,
    Lookup,
    Message,
    MessageLink,
    MessageTemplate,
    Words,
)
from gateway.paths import CUSTOMER, EVENT, EVENT_FIELDS, lookup

MAX_LABEL = 60
"""The longest label of a link; more does not fit on a button."""
MAX_FACT = 1000
"""Characters of a fact's value."""
MAX_TITLE_EVERYWHERE = 140
"""Characters of a title that every card shows; a headline of Slack ends at 150."""
PASSES_TO_ESCAPE = 4
"""How many passes over a text escaping makes, for its cost in steps (see `budget`)."""
STEPS_PER_VALUE = 30
"""The cost of showing a value, in addition to the steps for the length of its text."""
MAX_SHOWN = MAX_CHARACTERS + 1
"""How much of a value is processed: one character too many, so that `render_part` still notices the cut."""

READ_FIELDS = attrgetter(*EVENT_FIELDS)


class _Incomplete(Exception):
    """A link or fact needs a value that the event does not have, so the message is sent without it."""


def show_plain(value: Any) -> str:
    text = (value if isinstance(value, str) else show(value))[:MAX_SHOWN]
    spend(STEPS_PER_VALUE + len(text) // CHARACTERS_PER_STEP)
    return text


def _show_escaped(value: Any, max_shown: int = MAX_SHOWN) -> str:
    text = show(value)[:max_shown]
    spend(STEPS_PER_VALUE + PASSES_TO_ESCAPE * (len(text) // CHARACTERS_PER_STEP))
    return escape(text)


def _show_in_link(value: Any) -> str:
    if isinstance(value, Absent):
        raise _Incomplete
    return show_plain(value)


def _show_in_fact(value: Any) -> str:
    if isinstance(value, Absent) and not value.is_unnamed:
        raise _Incomplete
    return _show_escaped(value, MAX_FACT + 1)


# A body and a fact have the markup of their templates, so each value in them is escaped. The other parts have no
# markup; they are cleaned as a whole after rendering, by `one_line` and `safe_link`.
TITLE_SANDBOX = new_sandbox(show_plain)
BODY_SANDBOX = new_sandbox(_show_escaped)
LINK_SANDBOX = new_sandbox(_show_in_link)
FACT_SANDBOX = new_sandbox(_show_in_fact)


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """The compiled templates of a message."""

    title: Part
    body: Part
    link: Part
    link_label: Part
    facts: tuple[tuple[str, Part], ...]
    short: Part
    weight: int
    """That of all parts together."""


@lru_cache(maxsize=16_384)
def compile_message(template: MessageTemplate) -> CompiledMessage:
    """The compiled template. Raises: TemplateFailed, with what is wrong or not allowed."""
    title = compile_template(TITLE_SANDBOX, template.title)
    body = compile_template(BODY_SANDBOX, template.body)
    link = compile_template(LINK_SANDBOX, template.link)
    link_label = compile_template(LINK_SANDBOX, template.link_label)
    facts = tuple((one_line(label), compile_template(FACT_SANDBOX, source)) for label, source in template.facts)
    short = compile_template(TITLE_SANDBOX, template.short)
    parts = (title, body, link, link_label, *(part for _, part in facts), short)
    return CompiledMessage(title, body, link, link_label, facts, short, sum(part.weight for part in parts))


def render(
    template: MessageTemplate,
    event: Event,
    reasons: Sequence[str],
    zone: tzinfo | None = None,
    now: datetime | None = None,
    lookups: Sequence[Lookup] = (),
    category_title: str = "",
    locale: str = DEFAULT_LOCALE,
    subject_kind: str = "",
    brand: Brand = DEFAULT_BRAND,
    reply_to: str = "",
    words: Words = ENGLISH,
) -> Message:
    """The message of *event* for readers who are notified for *reasons*; times are written in *zone*,
    and these and numbers as *locale* has them; *words* are those that the gateway adds.

    The filter that writes a time relative to the present ("in 2 hours") counts from *now*, by default the time of the
    event. *lookups* are the tables that a template may look values up in.

    A value that the event does not have is shown as a placeholder. A link or fact that needs one is left out, and so is
    an empty fact.

    Raises: TemplateFailed when the template takes too much work for this event, or calls a filter with arguments that
    it cannot take.
    """
    customer = lookup(event, CUSTOMER) or None
    names = _names(event, customer, Reader(now or event.time, zone, locale), lookups)
    parts = _render_parts(compile_message(template), new_context(names), words)
    category_title = one_line(category_title)
    title = parts.title or parts.short or category_title or event.type  # no mail is without a subject
    named = None if customer is None else read(customer, NAME)
    customer_name = "" if named is None else one_line(show(named))
    return Message(
        title=title,
        body=parts.body,
        severity=event.severity,
        facts=_not_in_title(parts.facts, title, customer_name),
        link=MessageLink(parts.link_label or words.open, parts.link) if parts.link else None,
        short=parts.short,
        reasons=tuple(dict.fromkeys(filter(None, map(one_line, reasons)))),
        customer=customer_name,
        category=event.category,
        category_title=category_title,
        event_type=event.type,
        source=event.source,
        subject=event.subject,
        time=event.time.astimezone(zone) if zone else event.time,
        locale=locale,
        subject_kind=subject_kind,
        brand=brand,
        reply_to=reply_to,
        words=words,
    )


def _names(event: Event, customer: Any, reader: Reader, lookups: Sequence[Lookup]) -> dict[str, Any]:
    """The names that a template can read: the fields of the event's data, and `event`; also what the filters need."""
    names = {name: value for name, value in event.data.items() if value is not None}
    fields = dict(zip(EVENT_FIELDS, READ_FIELDS(event), strict=True))
    fields["time"] = event.time.isoformat()
    fields["lead"] = length_of_time(event.lead, reader)
    fields["customer"] = customer
    names[EVENT] = {name: value for name, value in fields.items() if value is not None}
    names[READER] = reader
    names[LOOKUPS] = {lookup.name: lookup for lookup in lookups}
    return names


class _Parts(NamedTuple):
    """The texts that the templates of a message render to; each may be empty."""

    title: str
    body: str
    facts: tuple[Fact, ...]
    link: str
    link_label: str
    short: str


def _render_parts(compiled: CompiledMessage, context: Context, words: Words) -> _Parts:
    """Raises: TemplateFailed, as `render`."""
    try:
        # One budget for all parts, since they form one message.
        with limited(), written_in(words):
            spend(compiled.weight)
            title = one_line(render_part(compiled.title, context))
            body = drop_empty_lines(render_part(compiled.body, context)).strip()
            facts = tuple(_render_facts(compiled.facts, context))
            link = safe_link(render_part(compiled.link, context))
            link_label = one_line(render_part(compiled.link_label, context), MAX_LABEL) if link else ""
            short = one_line(render_part(compiled.short, context))
    except TemplateFailed:
        raise
    except Exception as exc:  # a filter may raise anything for an argument that it does not expect
        raise TemplateFailed(f"the template does not fit the event: {type(exc).__name__}") from exc
    return _Parts(title, body, facts, link, link_label, short)


def _render_facts(facts: Sequence[tuple[str, Part]], context: Context) -> Iterator[Fact]:
    for label, part in facts:
        value = render_part(part, context, MAX_FACT)
        value = " ".join(value.replace(LINE_MARK, "").split())
        if value:
            yield Fact(label, value)


def _not_in_title(facts: Sequence[Fact], title: str, customer: str) -> tuple[Fact, ...]:
    """The *facts* that *title* does not say already: the name of the customer, or its label and value."""
    title = title[:MAX_TITLE_EVERYWHERE].casefold()
    customer_value = escape(customer) if customer else ""

    def is_in_title(fact: Fact) -> bool:
        if customer and fact.value == customer_value:
            return _has_words(title, customer.casefold())
        return _has_words(title, f"{fact.label} {fact.value}".casefold())

    return tuple([fact for fact in facts if not is_in_title(fact)])


def _has_words(text: str, words: str) -> bool:
    """Whether *words* stand in *text*, and not as the beginning of longer ones."""
    place = text.find(words)
    return place >= 0 and not text[place + len(words) :][:1].isalnum()


def render_part(part: Part, context: Context, max_characters: int = MAX_CHARACTERS) -> str:
    """The text of *part*, cut after *max_characters*. The template stops there, and does no work for what
    is cut off. A link or fact is empty if the event lacks a value that it needs."""
    text = ""
    try:
        for piece in part.pieces(context):
            text += piece
            if len(text) > max_characters:
                # The cut may separate a backslash from the character that it escapes.
                return text[:max_characters].rstrip("\\") + ELLIPSIS
    except _Incomplete:
        return ""
    return text
