"""All filters of message templates.

None of them can make a text of unlimited length or work for an unlimited time, whatever its arguments: texts are cut to
MAX_CHARACTERS, and the work is counted (see `budget`). An absent value passes through a filter and stays absent, so
that it is shown as the placeholder. Exceptions are `default`, `length` and the filters for lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from jinja2 import pass_context

from gateway.messages import words
from gateway.messages.absent import Absent
from gateway.messages.budget import STEPS_PER_CALL, spend, spend_text
from gateway.messages.filters.amounts import absolute, money, number, plural, rounded
from gateway.messages.filters.dates import Reader, day, moment, month, relative, time_of_day
from gateway.messages.filters.lists import first, groupby, last, sort, unique
from gateway.messages.filters.replies import MAX_HTML, reply
from gateway.messages.filters.texts import capitalize_words, excerpt, replace, truncate
from gateway.messages.values import MAX_CHARACTERS, join, show
from gateway.model import Severity

READER = "_reader"
LOOKUPS = "_lookups"
"""The names of the reader and the lookups in a rendering's context; templates cannot read names that
begin like this."""

STEPS_TO_READ_HTML = 40
"""The steps for reading HTML, in passes over the text (see `budget`)."""


def default(value: Any, default_value: Any = "", boolean: Any = False) -> Any:
    """*default_value* for an absent value; with *boolean*, for every value that is false."""
    return default_value if isinstance(value, Absent) or (boolean and not value) else value


def length(value: Any) -> int:
    """Elements of a list or object, or characters of a text; 0 for an absent value."""
    if isinstance(value, Absent) or value is None:
        return 0
    return len(value) if isinstance(value, list | tuple | Mapping | str) else len(show(value))


def _of_value(function: Callable[..., Any]) -> Callable[..., Any]:
    """An absent value stays absent; for any other, the steps are counted and *function* is called."""

    @wraps(function)
    def apply(value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Absent):
            return value
        spend(STEPS_PER_CALL)
        return function(value, *args, **kwargs)

    return apply


def _of_text(function: Callable[..., str], passes: int = 1) -> Callable[..., Any]:
    """Like `_of_value`, for a function that makes *passes* passes over the text of the value."""

    @wraps(function)
    def apply(value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Absent):
            return value
        text = show(value)[:MAX_CHARACTERS]
        spend_text(text, passes)
        return function(text, *args, **kwargs)

    return apply


def _for_reader(function: Callable[..., str]) -> Callable[..., Any]:
    """Like `_of_value`, for a function that writes a value in the reader's notation."""

    @pass_context
    @wraps(function)
    def apply(context: Mapping[str, Any], value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Absent):
            return value
        spend(STEPS_PER_CALL)
        return function(value, context[READER], *args, **kwargs)

    return apply


def _of_date(function: Callable[[str, Reader], str]) -> Callable[..., Any]:
    """Like `_for_reader`, for a function of a date or time, which is a text."""
    return _for_reader(wraps(function)(lambda value, reader: function(show(value), reader)))


def _reply(value: Any, length: Any = 400) -> Any:
    """An excerpt of what is new in a reply or comment; absent where it has no text, as where it is a picture."""
    if isinstance(value, Absent):
        return value
    text = show(value)[:MAX_HTML]
    spend_text(text, STEPS_TO_READ_HTML)
    return reply(text, length, words.current().quoted_text_removed) or Absent(name="reply")


def _in_words(value: Any) -> Any:
    """The reader's words for a severity, or for the reason why an attempt failed; other texts stay as they are."""
    if isinstance(value, Absent):
        return value
    spend(STEPS_PER_CALL)
    code, own = show(value), words.current()
    return own.of(Severity(code)) if code in set(Severity) else own.of_failure(code)


@pass_context
def _lookup(context: Mapping[str, Any], value: Any, name: str) -> Any:
    """The value for the key *value* in the configuration's lookup *name*; absent if there is none."""
    spend(STEPS_PER_CALL)
    lookup = context[LOOKUPS].get(name)
    text = lookup.get(None if isinstance(value, Absent) else show(value)) if lookup else None
    return Absent(name=name) if text is None else text


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": _of_value(absolute),
    "capitalize": _of_text(str.capitalize),
    "date": _of_date(day),
    "datetime": _of_date(moment),
    "default": default,
    "excerpt": _of_text(excerpt, 2),
    "first": first,
    "groupby": groupby,
    "in_words": _in_words,
    "join": _of_value(join),
    "last": last,
    "length": length,
    "lookup": _lookup,
    "lower": _of_text(str.lower),
    "money": _for_reader(money),
    "month": _of_date(month),
    "number": _for_reader(number),
    "plural": _for_reader(plural),
    "relative": _of_date(relative),
    "replace": _of_text(replace, 4),
    "reply": _reply,
    "round": _of_value(rounded),
    "sort": sort,
    "time": _of_date(time_of_day),
    "title": _of_text(capitalize_words, 60),
    "trim": _of_text(str.strip),
    "truncate": _of_text(truncate),
    "unique": unique,
    "upper": _of_text(str.upper),
}
