"""What is wrong with a mapping, each kind of mistake with its sentence."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from tests.support.builders import CATALOG, config

TOKEN = "sha256:" + "0" * 64


def problems(rest: str, events: str = "[ticket.changed]") -> list[str]:
    """What `gateway check` says of a source with the lines *rest*: path, message and hint."""
    yaml = f'sources:\n  door:\n    events: {events}\n    tokens: ["{TOKEN}"]\n{rest}\n'
    try:
        found = config(yaml, CATALOG + OTHER_TYPE).warnings
    except ConfigInvalid as exc:
        found = exc.problems
    return [str(problem).partition(" sources.door.")[2] or str(problem).partition(" ")[2] for problem in found]


OTHER_TYPE = """
  ticket.closed:
    category: tickets
    title: Ticket closed
    data: {type: object}
    message: {title: Closed, body: "A ticket was closed."}
    example: {}
    notifications: {any: {title: A ticket was closed}}
"""


def rule(text: str, *more: str) -> str:
    return "\n".join(["    rules:", f"      - {text}", *more])


IGNORE = "{ignore: noise}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name: x}", "rules[0]: expected `emit` or `ignore` - a rule either emits events or ignores"),
        (
            "{emit: {type: ticket.changed}, ignore: y}",
            "rules[0]: expected `emit` or `ignore` - a rule either emits events or ignores",
        ),
        (
            "{emit: {type: ticket.chnged}}",
            "rules[0].emit.type: unknown event type 'ticket.chnged' - did you mean 'ticket.changed'?",
        ),
        ("{emit: {data.ticket.id: x}}", "rules[0].emit.type: missing key 'type'"),
        (
            "{emit: ticket.changed}",
            (
                "rules[0].emit: 'ticket.changed': expected an event such as {type: rmm_alert.created, "
                "data.alert.id: alertId}, or a list of events"
            ),
        ),
        (
            "{emit: {type: ticket.changed, data.ticket.idd: x}}",
            (
                "rules[0].emit.data.ticket.idd: the data of ticket.changed has no field 'ticket.idd' - "
                "did you mean 'data.ticket.id'?"
            ),
        ),
        (
            "{emit: {type: ticket.changed, data: {ticket: {totals: x}}}}",
            (
                "rules[0].emit.data.ticket.totals: the data of ticket.changed has no field 'ticket.totals' - "
                "did you mean 'data.ticket.total'?"
            ),
        ),
        ("{emit: {type: ticket.changed, dta: x}}", "rules[0].emit.dta: unknown key 'dta' - did you mean 'data'?"),
        (
            "{emit: {type: ticket.changed, severty: x, data.ticket.id: x}}",
            "rules[0].emit.severty: unknown key 'severty' - did you mean 'severity'?",
        ),
        (
            "{emit: {type: ticket.changed, data: {ticket: x}, data.ticket.id: y}}",
            (
                "rules[0].emit.data.ticket.id: 'data.ticket.id' is set on line 6 as well, in whole or in part - "
                "set it once"
            ),
        ),
        (
            "{emit: {type: ticket.changed, severity: critical}}",
            "rules[0].emit.severity: 'critical' is a path here - write {literal: critical}",
        ),
        (
            "{emit: {type: ticket.changed, severity: {path: s, table: {a: critcal}}}}",
            "rules[0].emit.severity.table: unknown severity 'critcal' - did you mean 'critical'?",
        ),
        (
            "{when: {a: {contans: x}}, ignore: y}",
            "rules[0].when.a.contans: unknown key 'contans' - did you mean 'contains'?",
        ),
        (
            "{when: {event.x: 1}, ignore: y}",
            (
                "rules[0].when.event.x: 'event.x' begins with 'event', which a payload does not have: "
                "for its key write body.event.x"
            ),
        ),
        ("{when: {a: {during: nigths}}, ignore: y}", "rules[0].when.a.during: unknown schedule 'nigths'"),
        (
            "{during: nights, ignore: y}",
            "rules[0].during: unknown schedule 'nights' - declare it under `schedules:` in a file of routes/",
        ),
        (
            "{when: {a: {at_least: 1, ignore_case: true}}, ignore: y}",
            "rules[0].when.a.ignore_case: ignore_case needs is, not, contains or matches beside it",
        ),
    ],
)
def test_a_wrong_rule_has_one_problem(text: str, expected: str) -> None:
    assert problems(rule(text)) == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"{{ x }}"', ': text is read as a path here - write {template: "..."}'),
        ("5", ": expected a path, or a map that says what kind of value it is - write {literal: 5}"),
        ("true", ": expected a path, or a map that says what kind of value it is - write {literal: true}"),
        ('"a..b"', ": 'a..b' is not a path: expected names with dots between them, like ticket.id"),
        ('"a[0].b"', ": 'a[0].b' has a number in brackets: an element of a list is a.0.b"),
        (
            '{template: "{% if %}"}',
            ".template: Expected an expression, got 'end of statement block' (line 1 of the template)",
        ),
        (
            "{template: \"{{ x | lookup('sites') }}\"}",
            ".template: unknown lookup 'sites' - declare it under `lookups:` in a file of routes/",
        ),
        (
            "{lookup: sites, key: id}",
            ".lookup: unknown lookup 'sites' - declare it under `lookups:` in a file of routes/",
        ),
        ("{lookup: sites}", ": `lookup` needs `key` beside it"),
        ("{each: a}", ": `each` needs `value` beside it"),
        ("{first: x}", ".first: expected a list of values"),
        (
            "{path: a, format: unixx}",
            ".format: expected iso, unix, unix_ms, or a pattern - did you mean 'unix'?",
        ),
        (
            "{path: a, format: iso, zone: Mars}",
            ".zone: unknown timezone 'Mars' - use an IANA name such as America/Denver",
        ),
        ("{path: a, format: '%Y %Q'}", ".format: '%Y %Q' is not a time pattern"),
        ("{path: a, format: '%Y %Y'}", ".format: '%Y %Y' is not a time pattern"),
        ("{path: a, zone: UTC}", ".zone: `zone` belongs beside `format`"),
        ("{path: a, ignore_case: true}", ".ignore_case: `ignore_case` belongs beside `table`"),
        ("{path: a, table: {b: c}, ignore_case: maybe}", ".ignore_case: ignore_case takes true or false"),
        ("{path: a, table: []}", ".table: expected a map from values to values, such as {CRITICAL: critical}"),
        ("{path: a, amount: comma}", '.amount: expected the decimal separator: "." or ","'),
        ("{path: a, amount: {}}", '.amount: expected the decimal separator: "." or ","'),
        ("{path: a, as: txt}", ".as: expected text, number, boolean or list"),
        ("{path: a, parse: xml}", ".parse: expected `json`, the only format that can be parsed"),
        ("{path: a, literal: b}", ".literal: `path` and `literal` exclude each other"),
        ("{literal: x, key: y}", ".key: `key` belongs beside `lookup`"),
        (
            "{path: a, tabel: {b: c}}",
            (
                ".tabel: unknown key 'tabel': a map with `path` is a value, not an object of values - "
                "did you mean 'table'?"
            ),
        ),
    ],
)
def test_a_wrong_value_has_one_problem(value: str, expected: str) -> None:
    text = f"{{emit: {{type: ticket.changed, data.ticket.id: id, data.ticket.subject: {value}}}}}"
    assert problems(rule(text)) == [f"rules[0].emit.data.ticket.subject{expected}"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            rule(IGNORE, "    otherwise: kep"),
            "otherwise: 'kep': expected one of 'keep', 'refuse', 'ignore' - did you mean 'keep'?",
        ),
        (rule(IGNORE, "    dedupe: soon"), "dedupe: expected a duration like 500ms, 90s, 15m, 2h or 7d"),
        (
            rule(IGNORE, "    dedupe: {by: [a..b]}"),
            "dedupe.by[0]: 'a..b' is not a path: expected names with dots between them, like ticket.id",
        ),
        (rule(IGNORE, "    examples: [{body: 1}]"), "examples[0].expect: missing key 'expect'"),
        ("    mapping: syncroo", "mapping: unknown mapping 'syncroo' - did you mean 'syncro'?"),
        (
            rule(IGNORE, "    mapping: syncro"),
            (
                "rules: `mapping` takes the mapping as it is, so 'rules' has no place beside it - "
                "write `extends` instead of `mapping`"
            ),
        ),
        (
            rule("{emit: {type: ticket.closed}}"),
            (
                "events: 'ticket.closed' is not among the source's events, but rule 'rule 1' emits it - "
                "add it to `events` (routes/routes.yaml:6:9)"
            ),
        ),
        (
            rule(IGNORE, "      - {when: {a: 1}, ignore: later}"),
            (
                "rules[1]: warning: this rule can never match: rule 'rule 1' on line 6 takes all its payloads - "
                "put it before that rule, or remove it"
            ),
        ),
    ],
)
def test_a_wrong_mapping_has_one_problem(lines: str, expected: str) -> None:
    assert problems(lines) == [expected]


def test_mappings_that_extend_each_other_are_a_problem() -> None:
    found = problems("    extends: a\nmappings: {a: {extends: b}, b: {extends: a}}")
    assert "mappings.a.extends: the mapping 'b' extends itself" in found
