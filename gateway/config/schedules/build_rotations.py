"""Builds rotations: their layers, in which people take turns, and their overrides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from gateway.config.schedules.declared import Refused, Section, parse, zone_of
from gateway.config.schedules.keys import LayerKeys, OverrideKeys, RotationKeys
from gateway.config.schedules.notation import parse_handovers, parse_moment
from gateway.config.sections import Entry, Sections, listed_at
from gateway.durations import parse_duration
from gateway.model import DocumentPath, Handover, Layer, Level, Override, Problem, Rotation, Schedule, Turn, Window

MIN_TURN = timedelta(hours=1)
DEFAULT_HANDOVER = time(9)
ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)
EXAMPLES = {"daily": "'09:00' or 'mon-fri 09:00'", "weekly": "'mon 09:00'", "monthly": "'1 09:00'"}
"""Examples of handovers for each kind of turn."""


def build_rotation(entry: Entry, schedules: Section[Schedule], sections: Sections, default_zone: ZoneInfo) -> Rotation:
    """Raises: Refused."""
    rotation: RotationKeys = entry.value
    zone = zone_of(entry, default_zone)
    layers = [
        _build_layer(entry.below("layers", number), schedules, sections, zone)
        for number in range(len(rotation["layers"]))
    ]
    overrides = []
    for number in range(len(rotation.get("overrides", ()))):
        override = entry.below("overrides", number)
        value: OverrideKeys = override.value
        start, end = (parse(override, (key,), parse_moment, value[key], zone) for key in ("start", "end"))
        if end <= start:
            raise Refused(override.problem(("end",), "the override ends before it starts"))
        if value.get("joins") and "replaces" in value:
            raise Refused(override.problem(("joins",), "expected either `replaces` or `joins`"))
        people = {
            key: _known_person(override, (key,), sections) for key in ("person", "replaces", "absent") if key in value
        }
        overrides.append(Override(Window(start, end), is_addition=bool(value.get("joins")), **people))
    return Rotation(entry.name, entry.place, tuple(layers), tuple(overrides))


def _build_layer(entry: Entry, schedules: Section[Schedule], sections: Sections, default_zone: ZoneInfo) -> Layer:
    value: LayerKeys = entry.value
    zone = zone_of(entry, default_zone)
    turn, at = _build_turn(entry, zone)
    starts = parse(entry, ("starts",), parse_moment, value["starts"], zone, at)
    ends = None
    if "ends" in value:
        ends = parse(entry, ("ends",), parse_moment, value["ends"], zone, at)
        if ends <= starts:
            raise Refused(entry.problem(("ends",), "the layer ends before it starts"))
    return Layer(
        people=tuple(_known_person(entry, place, sections) for place, _ in listed_at(entry, "people")),
        turn=turn,
        timezone=zone,
        starts=starts,
        ends=ends,
        during=schedules.named_by(entry, "during"),
        not_during=schedules.named_by(entry, "not_during"),
    )


def _build_turn(entry: Entry, zone: ZoneInfo) -> tuple[Turn, time]:
    """The turns of a layer, and the time of day at which the layer starts if `starts` is only a date."""
    value: LayerKeys = entry.value
    handovers: list[Handover] = []
    for place, text in listed_at(entry, "handover"):
        handovers += parse(entry, place, parse_handovers, text)
    handovers = list(dict.fromkeys(handovers))  # a handover that is listed twice ends one turn
    start = parse(entry, ("starts",), parse_moment, value["starts"], zone, DEFAULT_HANDOVER).astimezone(zone)
    turn = value.get("turn", "weekly")
    if isinstance(turn, dict):
        return _build_turn_of(turn["every"], entry, handovers, start.time())
    match turn:
        case "daily":
            default = Handover(start.time())
            fits = all(handover.day_of_month is None for handover in handovers)
        case "weekly":
            default = Handover(start.time(), weekday=start.weekday())
            fits = all(handover.weekday is not None for handover in handovers)
        case _:
            default = Handover(start.time(), day_of_month=start.day)
            fits = all(handover.day_of_month is not None for handover in handovers)
    if not fits:
        message = f"a turn that is {turn} hands over at a time such as {EXAMPLES[turn]}"
        raise Refused(entry.problem(("handover",), message))
    handovers = handovers or [default]
    return Turn(tuple(handovers)), min(handover.at for handover in handovers)


def _build_turn_of(duration: str, entry: Entry, handovers: list[Handover], start: time) -> tuple[Turn, time]:
    """Like `_build_turn`, for turns of a given duration: whole days with one handover, or a span of elapsed time."""
    try:
        every = parse_duration(duration)
    except ValueError as exc:
        raise Refused(entry.problem(("turn", "every"), f"expected {exc}")) from exc
    if every < MIN_TURN:
        raise Refused(entry.problem(("turn", "every"), "a turn lasts at least 1h"))
    if not every % ONE_DAY:
        if len(handovers) > 1:
            raise Refused(entry.problem(("handover",), "turns of several days have one handover"))
        handover = handovers[0] if handovers else Handover(start)
        is_whole_weeks = not every % ONE_WEEK
        if handover.day_of_month is not None or (handover.weekday is not None and not is_whole_weeks):
            expected = "'mon 09:00' or '09:00'" if is_whole_weeks else "'09:00'"
            message = f"turns of {duration} hand over at a time such as {expected}"
            raise Refused(entry.problem(("handover",), message))
        return Turn((handover,), every_days=every // ONE_DAY), handover.at
    if handovers:
        message = f"turns of {duration} are elapsed time and have no fixed handover"
        hint = "give whole days in `every`, or list the times of day: handover: ['09:00', '21:00']"
        raise Refused(entry.problem(("handover",), message, hint))
    return Turn(every=every), start


def check_elapsed_turns(entry: Entry, rotation: Rotation) -> Iterator[Problem]:
    """A warning for turns such as 12h in a zone with summer time, where the handovers move by an hour."""
    for number, layer in enumerate(rotation.layers):
        if layer.turn.every and layer.timezone.key != "UTC":
            place = ("layers", number, "turn", "every")
            duration = entry.below(*place).value
            message = f"turns of {duration} are elapsed time: their handovers move when the clocks change"
            hint = "to keep them, write `turn: daily` and list the times of day: handover: ['09:00', '21:00']"
            yield entry.problem(place, message, hint, level=Level.WARNING)


def _known_person(entry: Entry, place: DocumentPath, sections: Sections) -> str:
    """The name at *place*. Raises: Refused."""
    name: str = entry.below(*place).value
    if unknown := sections.unknown("people", name):
        raise Refused(entry.problem(place, *unknown))
    return name
