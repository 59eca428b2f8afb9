"""Lines of the log: for people and for programs, with the ids of what they concern, and without repetitions."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from gateway.cli.logs import JsonLine, OneLine, Repetitions


def record(text: str = "it failed", level: int = logging.WARNING, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("gateway.x", level, __file__, 1, text, (), None)
    made.__dict__.update(extra)
    return made


def test_a_line_has_date_zone_level_and_process() -> None:
    line = OneLine("worker-1").format(record())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d WARNING worker-1: it failed", line)


def test_ids_stand_at_the_end_unless_the_text_names_them() -> None:
    line = OneLine("web").format(record("delivery d-1 failed", delivery="d-1", event="7", request=None))
    assert line.endswith("web: delivery d-1 failed [event=7]")


def test_what_an_event_says_stays_on_the_line() -> None:
    line = OneLine("web").format(record("a\n\x1b[2J", event="x\ny"))
    assert "\n" not in line
    assert "\x1b" not in line


def test_json_has_the_same_as_fields() -> None:
    entry = record("a\nb", event="7\n", lane="channel/noc")
    entry.exc_info = (ValueError, ValueError("wrong"), None)
    line = JsonLine("web").format(entry)
    assert "\n" not in line
    document = json.loads(line)
    assert (document["level"], document["process"], document["message"]) == ("WARNING", "web", "a\nb")
    assert (document["event"], document["lane"]) == ("7\n", "channel/noc")
    assert "ValueError: wrong" in document["exception"]
    assert "delivery" not in document
    assert re.search(r"[+-]\d\d:\d\d$", document["time"])


@pytest.mark.parametrize(
    ("level", "extra", "passing"),
    [(logging.WARNING, {}, 1), (logging.INFO, {}, 3), (logging.ERROR, {"may_repeat": True}, 3)],
)
def test_a_warning_that_repeats_is_left_out(level: int, extra: dict[str, Any], passing: int) -> None:
    repetitions = Repetitions()
    assert sum(repetitions.filter(record(level=level, **extra)) for _ in range(3)) == passing
    assert repetitions.filter(record("another", level=level, **extra))
