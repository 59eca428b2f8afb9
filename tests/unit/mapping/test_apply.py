"""A payload becomes events, by the first rule that matches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.mapping.apply import apply, place_of, verdicts
from gateway.mapping.focus import parts_to_map
from gateway.model import MAX_ID, Outcome, Payload, SourceMapping
from tests.support.builders import NOW, config

TOKEN = "sha256:" + "0" * 64
CREATED = "{type: ticket.changed, data.ticket.id: id}"


def mapping(rules: str, more: str = "", extra: str = "") -> SourceMapping:
    """The mapping of a source with the lines *rules*, *more* keys of it, and *extra* sections."""
    yaml = f'sources:\n  door:\n    events: [ticket.changed]\n    tokens: ["{TOKEN}"]\n{more}    rules:\n'
    built = config(yaml + "".join(f"      - {line}\n" for line in rules.strip().splitlines()) + extra)
    result = built.sources["door"].mapping
    assert result is not None
    return result


def outcomes(built: SourceMapping, body: Any, **parts: Any) -> tuple[Outcome, ...]:
    return apply(built, Payload(body, **parts), NOW)


def documents(built: SourceMapping, body: Any, **parts: Any) -> list[dict[str, Any]]:
    return [made.document for outcome in outcomes(built, body, **parts) for made in outcome.events]


def names(built: SourceMapping, body: Any, **parts: Any) -> list[str | None]:
    return [outcome.rule.name if outcome.rule else None for outcome in outcomes(built, body, **parts)]


def test_the_first_rule_that_matches_decides() -> None:
    built = mapping(
        f"{{name: a, when: {{x: 1}}, ignore: no}}\n{{name: b, emit: {CREATED}}}\n{{name: c, ignore: never}}"
    )
    assert names(built, {"x": 1}) == ["a"]
    assert names(built, {"x": 2, "id": 5}) == ["b"]
    assert documents(built, {"x": 2, "id": 5}) == [{"type": "ticket.changed", "data": {"ticket": {"id": 5}}}]


@pytest.mark.parametrize(
    ("when", "parts"),
    [
        ("{body.event: push}", {"body": {"event": "push"}}),
        ("{body.headers.x: 1}", {"body": {"headers": {"x": 1}}}),
        ("{headers.X-Kind: push}", {"headers": {"x-kind": "push"}}),
        ("{query.action: push}", {"query": {"action": "push"}}),
        ("{path: a/b, path.1: b}", {"path": ("a", "b")}),
        ("{'labels.\"a.b\"': 1}", {"body": {"labels": {"a.b": 1}}}),
        ("{list.1.x: 2}", {"body": {"list": [{"x": 1}, {"x": 2}]}}),
        ("{a: 5}", {"body": {"a": "5"}}),
        ("{a: true}", {"body": {"a": "True"}}),
        ("{a: {contains: DELL, ignore_case: true}}", {"body": {"a": "a Dell server"}}),
        ("{a: {contains: [x, y]}}", {"body": {"a": "say y"}}),
        ("{a: {matches: 'K*', ignore_case: true}}", {"body": {"a": "keller"}}),
        ("{a: {is: x, ignore_case: true}}", {"body": {"a": ["X"]}}),
        ("{a: {at_least: 3}}", {"body": {"a": "3.5"}}),
        ("{each: x}", {"body": "x"}),
    ],
)
def test_conditions_read_all_of_a_request(when: str, parts: dict[str, Any]) -> None:
    built = mapping(f"{{name: taken, when: {when}, ignore: yes it is}}")
    assert names(built, **{"body": {}, **parts}) == ["taken"]
    assert names(built, {"other": 1}) == [None]


def test_a_text_in_quotes_stands_for_a_text_alone() -> None:
    built = mapping("{name: taken, when: {a: '5'}, ignore: it is}")
    assert names(built, {"a": 5}) == [None]


def test_a_rule_applies_during_its_schedules_only() -> None:
    schedules = "schedules: {day: {between: ['00:00', '23:59']}, later: {dates: ['2099-01-01']}}\n"
    rules = (
        "{name: a, during: later, ignore: x}\n{name: b, not_during: day, ignore: x}\n{name: c, during: day, ignore: x}"
    )
    built = mapping(rules, extra=schedules)
    assert names(built, {}) == ["c"]
    (focus,) = parts_to_map(built, Payload({}))
    reasons = [verdict.why for verdict in verdicts(built, focus, NOW)]
    assert "later" in reasons[0]
    assert "does not apply" in reasons[1]


def test_each_element_of_a_list_is_mapped_by_itself() -> None:
    built = mapping(
        f"{{name: new, when: {{state: new, body.site: 1}}, emit: {CREATED}}}", more="    input: {each: alerts}\n"
    )
    result = outcomes(built, {"site": 1, "alerts": [{"state": "new", "id": 1}, {"state": "old"}]})
    assert [(outcome.element, len(outcome.events)) for outcome in result] == [(0, 1), (1, 0)]


@pytest.mark.parametrize("body", [{"alerts": []}, {}, {"alerts": None}, "text", None])
def test_a_body_without_the_list_is_looked_at_as_a_whole(body: Any) -> None:
    """So nothing is lost: there is always an outcome."""
    built = mapping("{when: {id: 1}, ignore: x}", more="    input: {each: alerts}\n")
    assert [outcome.element for outcome in outcomes(built, body)] == [None]


def test_a_body_may_be_the_list() -> None:
    built = mapping(f"{{emit: {CREATED}}}", more="    input: {each: body}\n")
    assert [made["data"]["ticket"]["id"] for made in documents(built, [{"id": 1}, {"id": 2}])] == [1, 2]


def test_json_in_a_text_is_read_before_the_rules() -> None:
    built = mapping(f"{{when: {{entity.kind: a}}, emit: {CREATED}}}", more="    input: {json_in: [entity]}\n")
    body = {"id": 1, "entity": '{"kind": "a"}'}
    assert names(built, body) == ["rule 1"]
    assert names(built, {"id": 1, "entity": "{broken"}) == [None]
    assert body["entity"] == '{"kind": "a"}'


def test_a_rule_may_emit_several_events() -> None:
    built = mapping(f"{{emit: [{CREATED}, {{type: ticket.changed, id: [id, kind], data.ticket.id: id}}]}}")
    first, second = documents(built, {"id": 1, "kind": "x"})
    assert "id" not in first
    assert second["id"] == "1:x"


@pytest.mark.parametrize(
    ("id", "body", "expected"),
    [
        ("[a, b]", {"a": 1, "b": "x"}, "1:x"),
        ("[a, b]", {"a": 1}, None),
        ("a", {"a": 5}, "5"),
        ("a", {"a": "x" * MAX_ID}, "x" * MAX_ID),
        ("{template: '{{ a }}-{{ b }}'}", {"a": 1, "b": 2}, "1-2"),
    ],
)
def test_an_id_is_a_text(id: str, body: dict[str, Any], expected: str | None) -> None:
    built = mapping(f"{{emit: {{type: ticket.changed, id: {id}, data.ticket.id: a}}}}")
    (made,) = outcomes(built, body)[0].events
    assert made.document.get("id") == expected
    assert bool(made.dedupe_key) == (expected is None)


@pytest.mark.parametrize("text", ["x" * (MAX_ID + 1), "a\nb", "\ud800"])
def test_an_id_that_is_none_becomes_its_digest(text: str) -> None:
    built = mapping("{emit: {type: ticket.changed, id: a, data.ticket.id: a}}")
    (document,) = documents(built, {"a": text})
    assert len(document["id"]) == 64
    assert document["id"] == documents(built, {"a": text})[0]["id"]


def test_an_empty_id_is_none() -> None:
    (outcome,) = outcomes(mapping("{emit: {type: ticket.changed, id: key, data.ticket.id: id}}"), {"id": 1, "key": ""})
    assert "id" not in outcome.events[0].document
    assert outcome.events[0].dedupe_key


def test_what_makes_two_payloads_the_same() -> None:
    def key(more: str, body: dict[str, Any]) -> str:
        return outcomes(mapping(f"{{emit: {CREATED}}}", more), body)[0].events[0].dedupe_key

    by_id = "    dedupe: {for: 1h, by: [id]}\n"
    assert key("", {"id": 1, "at": 1}) == key("", {"at": 1, "id": 1})
    assert key("", {"id": 1, "at": 1}) != key("", {"id": 1, "at": 2})
    assert key(by_id, {"id": 1, "at": 1}) == key(by_id, {"id": 1, "at": 2})
    assert mapping(f"{{emit: {CREATED}}}", by_id).dedupe.window == timedelta(hours=1)
    assert mapping(f"{{emit: {CREATED}}}", "    dedupe: 5m\n").dedupe.window == timedelta(minutes=5)


def test_a_value_that_cannot_be_made_is_a_fault_of_its_line() -> None:
    emit = "{type: ticket.changed, time: {path: at, format: unix}, data.ticket.id: id}"
    (outcome,) = outcomes(mapping(f"{{emit: {emit}}}"), {"id": 1, "at": "soon"})
    assert not outcome.events
    (fault,) = outcome.faults
    assert (fault.pointer, fault.message) == ("/time", "expected the number of seconds since 1970")
    assert fault.place.line == 6


@pytest.mark.parametrize(
    ("value", "body", "message"),
    [
        ("{path: a, format: iso}", {"a": "24.11.2026"}, "expected a time in ISO 8601: 2026-11-23T08:00Z"),
        ("{path: a, format: '%d.%m.%Y'}", {"a": "2026"}, "expected a time in the form %d.%m.%Y"),
        ("{path: a, format: unix}", {"a": 1e15}, "the number is out of range for seconds since 1970"),
        ("{path: a, format: unix_ms}", {"a": {}}, "expected a time, as text or number"),
        ("{path: a, amount: '.'}", {"a": "1.234,56"}, "expected an amount whose decimals follow '.'"),
        ("{path: a, amount: ','}", {"a": {}}, "expected an amount, as text or number"),
        ("{path: a, as: number}", {"a": "x"}, "expected a number"),
        ("{path: a, as: boolean}", {"a": "maybe"}, "expected true or false"),
        ("{path: a, as: text}", {"a": {}}, "expected a text, not an object"),
        ("{path: a, parse: json}", {"a": "{"}, "the text is not JSON"),
        ("{path: a, parse: json}", {"a": '{"a": NaN}'}, "the text is not JSON"),
        ("{path: a, parse: json}", {"a": '"\\ud800"'}, "the text is not JSON"),
    ],
)
def test_a_fault_says_what_was_expected(value: str, body: dict[str, Any], message: str) -> None:
    (outcome,) = outcomes(mapping(f"{{emit: {{type: ticket.changed, data.ticket.subject: {value}}}}}"), body)
    assert [fault.message for fault in outcome.faults] == [message]


def test_values_are_converted_to_the_one_type_that_a_schema_knows() -> None:
    emit = "{type: ticket.changed, data.ticket: {id: id, total: total, subscribers: who}}"
    (document,) = documents(mapping(f"{{emit: {emit}}}"), {"id": 1, "total": 434.5, "who": "ana"})
    assert document["data"]["ticket"] == {"id": 1, "total": "434.5", "subscribers": ["ana"]}


def test_an_error_of_the_schema_leads_to_the_line_that_made_the_value() -> None:
    rule = mapping("{emit: {type: ticket.changed, data.ticket: {id: a, subject: b}}}").rules[0]
    pattern = rule.emit[0]
    assert place_of(pattern, "/data/ticket/subject/x").column > place_of(pattern, "/data/ticket/id").column
    assert place_of(pattern, "/data/other") == pattern.place


def test_a_thousand_rules_on_one_field_are_not_asked_one_by_one() -> None:
    built = mapping("\n".join(f"{{name: r{number}, when: {{kind: {number}}}, ignore: x}}" for number in range(1000)))
    assert names(built, {"kind": "998"}) == ["r998"]
    assert built.index.unindexed == ()
    assert [len(numbers) for numbers in built.index.by_value[("kind",)].values()] == [1] * 2000
