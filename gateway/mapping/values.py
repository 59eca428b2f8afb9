"""Computes the values of an `emit` from a payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import TemplateFailed
from gateway.mapping.conversions import CannotConvert, convert, key_text, split
from gateway.mapping.focus import BODY, EACH, HEADERS, PATH, QUERY, Focus
from gateway.messages.plain import render_plain
from gateway.model import (
    Below,
    ConvertedValue,
    EachValue,
    FirstValue,
    JoinedValue,
    ListValue,
    LiteralValue,
    LookupValue,
    ObjectValue,
    PathValue,
    TemplateValue,
    Value,
)
from gateway.paths import MISSING

SEPARATOR = ":"
"""Separates the parts of an id."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the payload came, and the zone of times without an offset."""

    now: datetime
    zone: ZoneInfo


def evaluate(value: Value, focus: Focus, moment: Moment) -> Any:
    """JSON data, or MISSING. Raises: CannotConvert, also when a template fails."""
    if isinstance(value, PathValue):  # most values are paths
        return focus.read(value.path)
    match value:
        case LiteralValue():
            return value.value
        case ConvertedValue():
            return _converted(value, focus, moment)
        case TemplateValue():
            return _rendered(value, focus, moment)
        case JoinedValue():
            return _joined(value, focus, moment)
        case FirstValue():
            results = (evaluate(alternative, focus, moment) for alternative in value.alternatives)
            return next((result for result in results if result is not MISSING and result != ""), MISSING)
        case LookupValue():
            key = evaluate(value.key, focus, moment)
            entry = value.lookup.get(None if key is MISSING else key_text(key))
            return MISSING if entry is None else entry
        case ListValue():
            elements = [evaluate(element, focus, moment) for element in value.elements]
            return [element for element in elements if element is not MISSING] or MISSING
        case ObjectValue():
            fields = {name: evaluate(field, focus, moment) for name, field in value.fields}
            return {name: field for name, field in fields.items() if field is not MISSING} or MISSING
    return _mapped(value, focus, moment)


def _joined(value: JoinedValue, focus: Focus, moment: Moment) -> Any:
    texts = []
    for part in value.parts:
        text = key_text(evaluate(part, focus, moment))
        if text is None:
            return MISSING  # an id without one of its parts would be that of something else
        texts.append(text)
    return SEPARATOR.join(texts)


def _converted(value: ConvertedValue, focus: Focus, moment: Moment) -> Any:
    """The value after all conversions; the default if the value is missing or null before or after one of them."""
    result = evaluate(value.value, focus, moment)
    for conversion in value.conversions:
        if result is MISSING:
            break
        if isinstance(conversion, Below):
            result = evaluate(conversion.value, focus.on(result), moment)
        else:
            result = convert(conversion, result)
    if result is MISSING or result is None:
        return MISSING if value.default is None else value.default
    return result


def _rendered(value: TemplateValue, focus: Focus, moment: Moment) -> Any:
    """The text of a template. Its variables are the keys of the part being mapped, and the parts of the payload."""
    payload = focus.payload
    names = {
        **(focus.data if isinstance(focus.data, Mapping) else {}),
        BODY: payload.body,
        EACH: focus.data,
        HEADERS: payload.headers,
        QUERY: payload.query,
        PATH: list(payload.path),
    }
    try:
        text = render_plain(value.source, names, moment.zone, moment.now, value.lookups)
    except TemplateFailed as exc:
        raise CannotConvert(str(exc)) from exc
    return text.strip() or MISSING


def _mapped(value: EachValue, focus: Focus, moment: Moment) -> Any:
    """A list with a value for each element at a path, or for each part of the text there."""
    elements = focus.read(value.path)
    if value.split and elements is not MISSING:
        elements = split(elements, value.split)
    if elements is MISSING:
        return MISSING
    elements = elements if isinstance(elements, list) else [elements]
    results = [evaluate(value.value, focus.on(element), moment) for element in elements]
    return [result for result in results if result is not MISSING] or MISSING
