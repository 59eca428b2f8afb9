"""Templates for plain text from other data than events: the values of mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.budget import limited, spend
from gateway.messages.filters.dates import Reader
from gateway.messages.filters.table import LOOKUPS, READER
from gateway.messages.sandbox import Part, compile_template, new_context, new_sandbox
from gateway.messages.templates import render_part, show_plain
from gateway.model import Lookup


def _show_or_nothing(value: Any) -> str:
    """A missing value leaves nothing behind, since the text becomes data that nobody proofreads."""
    return "" if isinstance(value, Absent) else show_plain(value)


SANDBOX = new_sandbox(_show_or_nothing)


@lru_cache(maxsize=16_384)
def compile_plain(source: str) -> Part:
    """The compiled template. Raises: TemplateFailed, with what is wrong or not allowed."""
    return compile_template(SANDBOX, source)


def render_plain(
    source: str, names: Mapping[str, Any], zone: tzinfo, now: datetime, lookups: Sequence[Lookup] = ()
) -> str:
    """The text of *source*, which can read *names*, up to `MAX_CHARACTERS`.

    Raises: TemplateFailed if it takes too much work, or calls a filter with arguments that it does not accept.
    """
    context = {name: value for name, value in names.items() if value is not None}
    context |= {READER: Reader(now, zone), LOOKUPS: {lookup.name: lookup for lookup in lookups}}
    try:
        with limited():
            part = compile_plain(source)
            spend(part.weight)
            return render_part(part, new_context(context))
    except TemplateFailed:
        raise
    except Exception as exc:  # a filter may raise anything for an argument that it does not expect
        raise TemplateFailed(f"the template does not fit the payload: {type(exc).__name__}") from exc
