"""Hostile templates and data: no rendering takes long, and the message fails with a sentence instead."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gateway.errors import TemplateFailed
from gateway.messages.budget import MAX_STEPS, Budget, limited, spend
from gateway.messages.templates import compile_message, render
from gateway.model import MessageTemplate
from tests.support.builders import event

MAX_CPU_S = 1.0
"""Of this thread, so that other processes do not count. A rendering without a budget takes minutes."""

DATA: dict[str, Any] = {
    "xs": list(range(2_000)),
    "ys": [f"value {number % 700}" for number in range(2_000)],
    "objects": [{"a": {"b": number % 900}, "c": "x" * 40} for number in range(2_000)],
    "many": list(range(30_000)),
    "nulls": [None] * 30_000,
    "nested": [[[None] * 100] * 100],
    "text": "ab " * 80_000,
    "marks": "*_[](<@>" * 30_000,
    "words": "x-y " * 60_000,
    "digits": "9" * 200_000,
    "number": int("9" * 64),
    "empty": "",
}
LOOP = "{% for a in xs %}%s{% endfor %}"
LOOPS = "{% for a in xs %}{% for b in xs %}%s{% endfor %}{% endfor %}"

ENDS_IN_FAILURE = [
    LOOP.replace("%s", "{% if (xs | sort | length) > 99999999 %}x{% endif %}"),
    LOOPS.replace("%s", "{% if (xs | sort | length) > 99999999 %}x{% endif %}"),
    LOOPS.replace("%s", "{% if a > 99999999 %}x{% endif %}" * 300),
    LOOPS.replace("%s", "{{ empty }}" * 1000),
    LOOPS.replace("%s", "{% if a in xs and b in ys and a in objects %}{% endif %}"),
    LOOP.replace("%s", "{% if objects | groupby('a.b') | length > 9999 %}x{% endif %}"),
    LOOP.replace("%s", "{% if ys | unique | length > 9999 %}x{% endif %}"),
    LOOP.replace("%s", "{% if ys | join | length > 999999999 %}x{% endif %}"),
    LOOP.replace("%s", "{% if objects | sort(attribute='c,a.b') | first is undefined %}x{% endif %}"),
    LOOP.replace("%s", "{% if text | upper == text | lower %}x{% endif %}"),
    LOOP.replace("%s", "{% if 'abc' in text %}x{% endif %}"),
    LOOP.replace("%s", "{% if words | title == 'x' %}x{% endif %}"),
    LOOP.replace("%s", "{% if text | replace('a', 'aaaaaaaaa') | replace('b', '') == 'x' %}x{% endif %}"),
    LOOP.replace("%s", "{% if marks | excerpt(60000) == 'x' or text | truncate(60000) == 'x' %}x{% endif %}"),
    LOOP.replace("%s", "{% if objects == many %}x{% endif %}"),
    LOOP.replace("%s", "{% if nulls | join == 'x' %}x{% endif %}"),
    LOOP.replace("%s", "{% if nested | join == 'x' %}x{% endif %}"),
    LOOP.replace("%s", "{{ empty }}{{ nulls }}"),
    "{{ many | sort | length }}",
    "{{ many | groupby('x') | length }}",
    "{{ many | unique | length }}",
    "{% if (xs | sort | length) > 9 %}{% endif %}" * 700,
]
ENDS_AT_A_LIMIT = [
    "{{ text }}{{ marks }}" * 500,
    LOOPS.replace("%s", "."),
    LOOPS.replace("%s", "{{ marks }}"),
    "{{ marks | upper | lower | title }}",
    "{{ digits | money }} {{ digits | round(6) }} {{ digits | date }}",
    "{{ number | money }} {{ number | round(6) }} {{ number | plural('x', 'y') }}",
    "{{ " + "9" * 4000 + " }} {{ " + "9" * 4000 + " | money }}",
    "{{ 1e308 | round(2) }} {{ 1e308 | plural('x', 'y') }} {{ 1e999 }}",
    "{{ many | join(text) | length }}",
]


def seconds_to_render(template: MessageTemplate) -> float:
    started_s = time.thread_time()
    render(template, event(DATA), [])
    return time.thread_time() - started_s


@pytest.mark.parametrize("source", ENDS_IN_FAILURE, ids=lambda source: source[:90])
@pytest.mark.parametrize("part", ["title", "body", "link"])
def test_a_message_that_takes_too_much_work_fails_with_a_sentence(source: str, part: str) -> None:
    template = MessageTemplate(**{"title": "t", "body": "b", part: source})
    compile_message(template)
    started_s = time.thread_time()
    with pytest.raises(TemplateFailed, match=r"takes more than|can be sorted or grouped") as failure:
        render(template, event(DATA), [])
    assert time.thread_time() - started_s < MAX_CPU_S
    assert len(str(failure.value)) < 150


@pytest.mark.parametrize("source", ENDS_AT_A_LIMIT, ids=lambda source: source[:90])
def test_a_message_of_large_values_is_cut_and_takes_little_time(source: str) -> None:
    template = MessageTemplate("t", source)
    compile_message(template)
    assert seconds_to_render(template) < MAX_CPU_S


def test_a_usual_message_of_a_long_list_is_far_below_the_budget() -> None:
    source = (
        "{% for one in objects | sort(attribute='a.b') %}- **{{ one.a.b }}**: {{ one.c | excerpt(9) }}\n{% endfor %}"
    )
    assert render(MessageTemplate("t", source), event(DATA), []).body.count("\n") == 1_999


@pytest.mark.parametrize("digits", [4301, 30_000])
def test_a_number_that_python_does_not_read_is_refused_before_any_event(digits: int) -> None:
    with pytest.raises(TemplateFailed, match="too long"):
        compile_message(MessageTemplate("t", "{{ " + "9" * digits + " }}"))


def test_cpu_time_ends_a_rendering_whose_steps_are_slow() -> None:
    budget = Budget(clock=iter([0.0, 0.1, 0.2, 99.0]).__next__)
    with limited(budget):
        spend(MAX_STEPS // 4)
        spend(MAX_STEPS // 4)
        with pytest.raises(TemplateFailed, match=r"0\.5 s"):
            spend(MAX_STEPS // 4)


def test_outside_of_a_rendering_nothing_is_counted() -> None:
    spend(MAX_STEPS * 2)
