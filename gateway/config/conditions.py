"""Checks the meaning of a `when`: its paths must exist in the events' data, and its values must be possible there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from gateway.conditions.parse import IGNORE_CASE, NESTED, NO_TERMS, ConditionError, Terms, parse_condition
from gateway.config.catalog import data_paths
from gateway.config.catalog.shape import Shape
from gateway.config.sections import Entry
from gateway.model import DocumentPath, Operator, Path, Problem, Severity
from gateway.paths import CUSTOMER, EVENT, format_path, parse_path
from gateway.quoting import quote
from gateway.suggestions import did_you_mean, nearest

SEVERITY = "event.severity"


def check_condition(
    when: Entry,
    data: Sequence[Shape],
    documents: Mapping[str, Any],
    possible_values: Mapping[str, Collection[str]],
    terms: Terms = NO_TERMS,
) -> Iterator[Problem]:
    """Problems of a condition on events that have one of the shapes *data*.

    *possible_values* are those of fields of the event itself (`type`, `category`), by field. *terms* are the names
    that the condition may use.
    """
    possible_values = {**possible_values, "severity": list(Severity)}
    places = list(places_of_paths(when.value))
    unknown = [
        problem for place in places for problem in check_path(when, place, str(place[-1]), data, documents, key=True)
    ]
    yield from unknown
    if unknown:
        return
    try:
        parse_condition(when.value, terms)
    except ConditionError as exc:
        operand = _at(when.value, exc.path)
        names = list(Severity) if SEVERITY in exc.path else terms.schedules if Operator.DURING in exc.path else ()
        hint = did_you_mean(operand, names) if isinstance(operand, str) else None
        yield when.problem(exc.path, str(exc), hint)
        return
    for place in places:
        path = parse_path(str(place[-1]))
        is_attribute = path[0] == EVENT and path[: len(CUSTOMER)] != CUSTOMER
        listed = (shape.values_at(path, documents) for shape in data)
        allowed = possible_values.get(path[1]) if is_attribute else data_paths.union(listed)
        for subpath, value in _operands(_at(when.value, place)):
            if allowed and value not in allowed:
                texts = sorted(map(str, allowed))
                hint = did_you_mean(str(value), texts) or f"expected one of {', '.join(texts[:12])}"
                yield when.problem((*place, *subpath), f"{format_path(path)} is never {quote(value)}", hint)


def places_of_paths(condition: Mapping[str, Any]) -> Iterator[DocumentPath]:
    """Place of every path that a condition compares."""
    for key, value in condition.items():
        if key not in NESTED:
            yield (key,)
            continue
        for number, inner in enumerate(value):
            for place in places_of_paths(inner):
                yield (key, number, *place)


def check_path(
    entry: Entry,
    place: DocumentPath,
    text: str,
    data: Sequence[Shape],
    documents: Mapping[str, Any],
    *,
    key: bool = False,
) -> Iterator[Problem]:
    """A problem if none of the shapes *data* declares the path *text* at *place*; with *key*, the path is the key
    there."""
    try:
        path = parse_path(text)
    except ValueError as exc:
        yield entry.problem(place, str(exc), key=key)
        return
    unknown = [shape.unknown_step(path, documents) for shape in data]
    missing = [path for path in unknown if path]
    if missing and len(missing) == len(unknown):
        deepest = max(path.place for path in missing)
        names = {name for path in missing if path.place == deepest for name in path.names}
        longer = next(filter(None, (shape.path_ending_with(path, documents) for shape in data)), None)
        hint = suggested_path(path, data_paths.Unknown(deepest, sorted(names)))
        hint = hint or (f"did you mean {format_path(longer)!r}?" if longer else None)
        of_customer = (EVENT, *path)  # `event.customer.id` for `customer.id`
        if path[: len(CUSTOMER)] == CUSTOMER and not any(shape.customer for shape in data):
            hint = "say with `customer:` in the catalogue where these events have their customer"
        elif path[0] == CUSTOMER[-1] and any(
            shape.customer and not shape.unknown_step(of_customer, documents) for shape in data
        ):
            hint = f"did you mean {format_path(of_customer)!r}?"
        yield entry.problem(place, f"the event's data has no field {quote(text)}", hint, key=key)


def suggested_path(path: Path, unknown: data_paths.Unknown) -> str | None:
    """*path* with a similar name in place of its *unknown* step, if there is one."""
    for name in nearest(path[unknown.place], unknown.names, most=1):
        return f"did you mean {format_path((*path[: unknown.place], name, *path[unknown.place + 1 :]))!r}?"
    return None


def _at(condition: Any, place: DocumentPath) -> Any:
    for step in place:
        condition = condition[step]
    return condition


def _operands(value: Any) -> Iterator[tuple[DocumentPath, Any]]:
    """Place and value of everything that is compared for equality."""
    if isinstance(value, Mapping):
        for key in () if value.get(IGNORE_CASE) else (Operator.IS, Operator.NOT):
            for subpath, operand in _operands(value.get(key, [])):
                yield (key.value, *subpath), operand
    elif isinstance(value, list):
        for number, operand in enumerate(value):
            yield (number,), operand
    else:
        yield (), value
