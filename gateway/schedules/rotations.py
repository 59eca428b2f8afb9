"""Rotations: who is on call at an instant, and the shifts in a period.

`on_call` is the only function that decides. Shifts, coverage, the iCalendar feed and the running gateway all ask it, so
that a shift is never shown differently from how it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.model import Layer, OnCall, Override, Rotation, Shift, Window
from gateway.schedules.turns import handovers_until, next_handover
from gateway.schedules.windows import describe, is_inside_any, windows_between

LOOK_AHEAD = timedelta(days=60)
"""How far ahead to look for the next shift."""


def on_call(rotation: Rotation, now: datetime) -> OnCall:
    """Who is on call at *now*: the last layer that has somebody; the overrides are then applied in order."""
    result = OnCall((), "no layer has anybody")
    for number, layer in enumerate(rotation.layers, 1):
        person = person_of(layer, now)
        if person is not None:
            result = OnCall((person,), "regular turn", "turn")
            if len(rotation.layers) > 1:
                result = OnCall((person,), f"layer {number}", "layer")
    for override in rotation.overrides:
        if override.window.start <= now < override.window.end:
            result = apply(override, result)
    return result


def person_of(layer: Layer, now: datetime) -> str | None:
    """Whose turn it is in *layer* at *now*; None before it starts, after it ends, or outside its schedules."""
    if now < layer.starts or (layer.ends is not None and now >= layer.ends) or not layer.people:
        return None
    if layer.during and not is_inside_any(layer.during, now):
        return None
    if is_inside_any(layer.not_during, now):
        return None
    turns = handovers_until(layer.turn, layer.starts, now, layer.timezone)
    return layer.people[turns % len(layer.people)]


def apply(override: Override, before: OnCall) -> OnCall:
    """Who is on call while *override* is in force; *before* is who would be on call without it."""
    if override.absent is not None:
        people = tuple(person for person in before.people if person != override.absent)
        return before if people == before.people else OnCall(people, f"{override.absent} is absent", "absence")
    person = override.person or ""
    if override.replaces is not None:
        if override.replaces not in before.people:
            return before
        people = tuple(person if name == override.replaces else name for name in before.people)
        return OnCall(tuple(dict.fromkeys(people)), f"{person} replaces {override.replaces}", "replacement")
    if override.is_addition:
        return OnCall(tuple(dict.fromkeys((*before.people, person))), f"{person} joins", "addition")
    return OnCall((person,), f"{person} takes over", "takeover")


def describe_layers(rotation: Rotation, now: datetime) -> list[str]:
    """A sentence for each layer, and each override in force: whom it puts on call at *now*, or why nobody."""
    lines = []
    for number, layer in enumerate(rotation.layers, 1):
        person = person_of(layer, now)
        lines.append(f"layer {number}: {person if person is not None else f'nobody, {_why_nobody(layer, now)}'}")
    current = on_call(replace(rotation, overrides=()), now)
    for override in rotation.overrides:
        if override.window.start <= now < override.window.end:
            before, current = current, apply(override, current)
            unchanged = f"{override.absent or override.replaces} is not on call: nothing changes"
            lines.append(f"override: {unchanged if current is before else current.why}")
    return lines


def _why_nobody(layer: Layer, now: datetime) -> str:
    if not layer.people:
        return "it has no people"
    if now < layer.starts:
        return f"it starts on {layer.starts.astimezone(layer.timezone):%Y-%m-%d %H:%M}"
    if layer.ends is not None and now >= layer.ends:
        return f"it ended on {layer.ends.astimezone(layer.timezone):%Y-%m-%d %H:%M}"
    if layer.during and not is_inside_any(layer.during, now):
        return "; ".join(describe(schedule, now) for schedule in layer.during)
    return "; ".join(describe(schedule, now) for schedule in layer.not_during if is_inside_any((schedule,), now))


# ------------------------------------------------------------------ periods


def shifts(rotation: Rotation, start: datetime, end: datetime) -> list[Shift]:
    """The shifts from *start* to *end*, gaps included; each begins where the one before ends.

    Who is on call can only change where a turn, a window of a schedule, a layer or an override begins or ends. These
    instants are collected, and `on_call` is asked at each of them.
    """
    instants = sorted({start, *(instant for instant in _changes(rotation, start, end) if start < instant < end)})
    result: list[Shift] = []
    for instant, following in zip(instants, [*instants[1:], end], strict=True):
        current = on_call(rotation, instant)
        if result and result[-1].people == current.people:
            result[-1] = replace(result[-1], window=Window(result[-1].window.start, following))
        else:
            result.append(Shift(Window(instant, following), current.people, current.why))
    return result


def _changes(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    for override in rotation.overrides:
        yield override.window.start
        yield override.window.end
    for layer in rotation.layers:
        yield layer.starts
        if layer.ends is not None:
            yield layer.ends
        for schedule in (*layer.during, *layer.not_during):
            for window in windows_between(schedule, start, end):
                yield window.start
                yield window.end
        if len(layer.people) > 1:
            instant = max(start, layer.starts)
            while (instant := next_handover(layer.turn, layer.starts, instant, layer.timezone)) < end:
                yield instant


def next_on_call(rotation: Rotation, now: datetime) -> Shift | None:
    """The next shift whose people are not those on call now, gaps ignored; None if there is none within LOOK_AHEAD."""
    current = on_call(rotation, now).people
    return next(
        (shift for shift in shifts(rotation, now, now + LOOK_AHEAD) if shift.people and shift.people != current), None
    )


def gaps(rotation: Rotation, start: datetime, end: datetime) -> Sequence[Window]:
    """The periods from *start* to *end* in which nobody is on call."""
    return [shift.window for shift in shifts(rotation, start, end) if not shift.people]


def double_shifts(rotations: Sequence[Rotation], start: datetime, end: datetime) -> list[tuple[str, str, str, Window]]:
    """(person, rotation, other rotation, when) for everybody who is on call in two of *rotations* at once."""
    order = {rotation.name: number for number, rotation in enumerate(rotations)}
    busy: dict[str, list[tuple[Window, str]]] = {}
    for rotation in rotations:
        for shift in shifts(rotation, start, end):
            for person in shift.people:
                busy.setdefault(person, []).append((shift.window, rotation.name))
    result = []
    for person, entries in busy.items():
        entries.sort(key=lambda entry: (entry[0].start, order[entry[1]]))
        # One pass in the order of their beginnings; `current` are those that have not ended where this one begins.
        current: list[tuple[Window, str]] = []
        for window, name in entries:
            current = [entry for entry in current if entry[0].end > window.start]
            for other, other_name in current:
                first, second = sorted((name, other_name), key=order.__getitem__)
                result.append((person, first, second, Window(window.start, min(window.end, other.end))))
            current.append((window, name))
    return sorted(result, key=lambda item: (order[item[1]], item[3].start, order[item[2]]))
