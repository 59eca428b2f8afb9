"""Templates: what they may say, what they read, what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import TemplateFailed
from gateway.messages.escaping import escape
from gateway.messages.filters import MAX_CHARACTERS
from gateway.messages.templates import MAX_ITERATIONS, compile_message, render, variables
from gateway.model import MessageTemplate, Severity
from gateway.paths import format_path
from tests.support.builders import event

DATA: dict[str, Any] = {
    "ticket": {
        "id": 7,
        "subject": "Printer *on fire*",
        "items": "its items",
        "keys": "its keys",
        "assignee": None,
        "alerts": [
            {"name": "disk", "at": {"site": "North"}},
            {"name": "cpu", "at": {"site": "South"}},
            {"name": "ram", "at": {"site": "North"}},
        ],
        "total": "1234.5",
        "flag": True,
        "url": "https://psa.example.com/7",
    },
    "actor": {"name": "Bob"},
    "event": {"id": "not this one"},
}


GROUPED = """
{%- for group in ticket.alerts | groupby('at.site') -%}
  {{ group.grouper }}:{% for one in group.list %} {{ one.name }}{% endfor %}; {# a space #}
{%- endfor -%}
"""


def body(source: str, data: dict[str, Any] | None = None) -> str:
    return render(MessageTemplate("title", source), event(DATA if data is None else data), []).body


# ------------------------------------------------------------------ the message


def test_a_message_has_title_body_link_and_reasons() -> None:
    template = MessageTemplate("Ticket {{ ticket.id }}", "**{{ actor.name }}** changed it.", "{{ ticket.url }}")
    message = render(template, event(DATA, severity=Severity.ERROR), ["assigned to you", "you subscribed"])
    assert message.title == "Ticket 7"
    assert message.body == (
        "**Bob** changed it.\n\n[Open](https://psa.example.com/7)\n\n*assigned to you \u00b7 you subscribed*"
    )
    assert message.severity is Severity.ERROR


def test_a_reason_is_said_once_and_literally() -> None:
    message = render(MessageTemplate("t", "b"), event({}), ["a_b", "a_b"])
    assert message.body == "b\n\n*a\\_b*"


def test_a_title_is_one_clean_line() -> None:
    data = {"x": "a\r\nBcc: evil@example.com\x1b[31m\u202e" + "y" * 500}
    message = render(MessageTemplate("{{ x }}", "b"), event(data), [])
    assert message.title.startswith("a Bcc: evil@example.com[31myyy")
    assert len(message.title) == 200
    assert message.title.isprintable()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", None, "not a link", "https://x.example/a b"])
def test_a_link_that_is_none_is_left_out(link: Any) -> None:
    message = render(MessageTemplate("t", "b", "{{ ticket.url }}"), event({"ticket": {"url": link}}), [])
    assert message.body == "b"


def test_a_value_is_escaped_and_the_template_is_not() -> None:
    assert body("**{{ ticket.subject }}**") == "**Printer \\*on fire\\***"


@pytest.mark.parametrize("value", ["{{ 7 * 7 }}", "{% for %}", "%s", "{0.__class__}"])
def test_a_value_is_never_compiled(value: str) -> None:
    assert render(MessageTemplate("{{ x }}", "b"), event({"x": value}), []).title == value
    assert body("{{ x }}", {"x": value}) == escape(value)


# ------------------------------------------------------------------ what templates say


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ ticket.items }}, {{ ticket.keys }}", "its items, its keys"),
        ("{{ ticket['id'] }}", "7"),
        ("{{ ticket.alerts[1].name }}, {{ ticket.alerts.0.name }}", "cpu, disk"),
        ("{{ event.id }} {{ event.severity }}", "evt-1 warning"),
        ("{% if ticket.assignee %}x{% else %}nobody{% endif %}", "nobody"),
        ("{{ ticket.assignee.name | default('nobody') }}", "nobody"),
        ("{{ ticket.nothing.at.all is defined }}", "no"),
        ("{% if ticket.id > 3 and not ticket.closed %}open{% endif %}", "open"),
        ("{% if 'fire' in ticket.subject %}hot{% endif %}", "hot"),
        ("{{ ticket.flag }}", "yes"),
        ("{{ actor }}", "Bob"),
        ("{{ ticket.total | money }} {{ ticket.total | money('EUR') }}", "$1,234.50 \u20ac1,234.50"),
        ("{{ ticket.alerts | length }} {{ ticket.alerts | plural('alert', 'alerts') }}", "3 3 alerts"),
        ("{{ ticket.alerts | join(', ', 'name') }}", "disk, cpu, ram"),
        ("{{ ticket.alerts | join(', ', attribute='at.site') }}", "North, South, North"),
        ("{{ 'abc' | upper }} {{ 'x y' | title }} {{ ' t ' | trim }}", "ABC X Y t"),
        ("{{ 'a b c d e f g h i j' | truncate(9) }}", "a b c..."),
        ("{% for a in ticket.alerts %}{{ a.name }}{% if not loop.last %}, {% endif %}{% endfor %}", "disk, cpu, ram"),
        (
            "{% for a in ticket.alerts | sort(attribute='name') %}{{ loop.index }}{{ a.name }} {% endfor %}",
            "1cpu 2disk 3ram",
        ),
        ("{% for one in ticket.alerts if one.at.site == 'South' %}{{ one.name }}{% endfor %}", "cpu"),
        (GROUPED, "North: disk ram; South: cpu;"),
        (
            "{% for at, all in ticket.alerts | groupby('at.site') %}{{ at }} {{ all | length }} {% endfor %}",
            "North 2 South 1",
        ),
        ("{% for one in ticket.nobody %}x{% else %}none{% endfor %}", "none"),
        ("{% for one in actor %}{{ one.name }}{% endfor %}", "Bob"),
        ("{% raw %}{{ literal }}{% endraw %}", "{{ literal }}"),
        ("{# a note #}text", "text"),
    ],
)
def test_a_template_says(source: str, text: str) -> None:
    assert body(source) == text


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("{{ nothing }}", "nothing"),
        ("{{ ticket.assignee }}", "ticket.assignee"),
        ("{{ ticket.assignee.name }}", "ticket.assignee.name"),
        ("{{ ticket.deep.er.still }}", "ticket.deep.er.still"),
        ("{{ ticket.assignee | upper }}", "ticket.assignee"),
        ("{{ ticket.assignee | money }}", "ticket.assignee"),
        ("{{ ticket.id if nothing else actor.age }}", "actor.age"),
        ("{{ ticket.alerts[9].name }}", "ticket.alerts.9.name"),
        ("{% for one in ticket.alerts %}{{ one.colour }}{% endfor %}", "ticket.alerts.colour"),
    ],
)
def test_a_missing_value_is_an_error_that_names_its_path(source: str, name: str) -> None:
    with pytest.raises(TemplateFailed, match=f"^the event has no value for '{name}'$"):
        body(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ticket.alerts[0].at }}",
        "{% if ticket.id > actor.name %}x{% endif %}",
        "{% if nothing > 3 %}x{% endif %}",
        "{{ ticket.id | truncate('x') }}",
        "{{ ticket.id | plural }}",
        "{{ ticket.subject | truncate(-9) }}",
        "{{ ticket.alerts | sort | first }}",
        "{{ 1 | round(99999999, 'ceil') }}",
    ],
)
def test_a_template_that_does_not_fit_the_event_is_an_error(source: str) -> None:
    with pytest.raises(TemplateFailed):
        body(source)


# ------------------------------------------------------------------ what templates may not

FORBIDDEN = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ticket.__class__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ lipsum() }}",
    "{{ x | attr('__class__') }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ ticket.items() }}",
    "{{ x.ljust(1000000000) }}",
    "{% for i in range(1000000000) %}{% endfor %}",
    "{{ range(3) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 + 1 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ -x }}",
    "{{ '%s' % x }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ x | center(1000000000) }}",
    "{{ x | safe }}",
    "{{ x | map('upper') }}",
    "{{ x | tojson }}",
    "{{ x | urlize }}",
    "{{ x | xmlattr }}",
    "{{ x is mapping }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ x[0:2] }}",
    "{{ x | join(*y) }}",
    "{{ x | default(**y) }}",
    "{{ x is defined(*y) }}",
    "{% set x = 1 %}",
    "{% with x = 1 %}{% endwith %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% call f() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape true %}x{% endautoescape %}",
    "{% block x %}{% endblock %}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as x %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% for one in x recursive %}{{ loop(one) }}{% endfor %}",
    "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for _one in x %}{% endfor %}",
    "{{ _iterations_left }}",
    "{{ x | _elements }}",
    "{{ self }}",
    "{{ cycler }}{{ cycler() }}",
    "{{ namespace(a=1) }}",
    "{% do x %}",
    "{{ x",
    "{% if %}",
    "{% for x %}",
    "{% endif %}",
    "{{ " + "(" * 3000 + "x" + ")" * 3000 + " }}",
    "{{ " + "not " * 3000 + "x }}",
    "{% if x %}" * 1500 + "{% endif %}" * 1500,
    "x" * 40_000,
]


@pytest.mark.parametrize("source", FORBIDDEN, ids=lambda source: source[:60])
def test_what_templates_may_not_is_refused_before_any_event(source: str) -> None:
    with pytest.raises(TemplateFailed):
        compile_message(MessageTemplate("title", source))
    with pytest.raises(TemplateFailed):
        variables(source)


def test_a_data_key_with_an_underscore_is_out_of_reach() -> None:
    with pytest.raises(TemplateFailed):
        body("{{ x['__class__'] }}", {"x": {}})


@pytest.mark.parametrize("part", ["title", "body", "link"])
def test_every_part_of_a_message_is_checked(part: str) -> None:
    parts = {"title": "t", "body": "b", part: "{{ x() }}"}
    with pytest.raises(TemplateFailed):
        compile_message(MessageTemplate(**parts))


# ------------------------------------------------------------------ limits

LONG = {"list": list(range(20_000)), "text": "word " * 60_000}


def test_a_long_body_is_cut_with_a_mark() -> None:
    text = body("{{ text }}", LONG)
    assert len(text) <= MAX_CHARACTERS + 1
    assert text.endswith("\u2026")


def test_loops_in_loops_end() -> None:
    text = body("{% for a in list %}{% for b in list %}.{% endfor %}{% endfor %}", LONG)
    assert len(text) <= MAX_ITERATIONS


def test_chained_filters_make_no_long_text() -> None:
    grow = "{{ text" + (" | replace('w', '" + "w" * 1000 + "')") * 5 + " | length }}"
    assert int(body(grow, LONG)) <= MAX_CHARACTERS


# ------------------------------------------------------------------ what templates read


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("{{ a.b.c }} {{ a.b.c }} {{ event.id }}", ["a.b.c", "event.id"]),
        ("{% if a.x and not b %}{{ c | default(d.e) }}{% endif %}", ["a.x", "b", "c", "d.e"]),
        ("{{ a['b'].c }} {{ a.list[0].x }}", ["a.b.c", "a.list.0.x"]),
        ("{{ a[b.c] }}", ["a", "b.c"]),
        ("{% for i in a.list %}{{ i }}{{ i.x.y }}{{ loop.index }}{{ b }}{% endfor %}", ["a.list", "a.list.x.y", "b"]),
        ("{% for one in a.list | sort(attribute='x') | unique %}{{ one.y }}{% endfor %}", ["a.list", "a.list.y"]),
        (GROUPED, ["ticket.alerts"]),
        ("{% for k, v in a | groupby('x') %}{{ k }}{{ v.z }}{% endfor %}", ["a"]),
        ("{% for a in list if a.ok %}{% else %}{{ a }}{% endfor %}", ["list", "list.ok", "a"]),
        ("text {# {{ a }} #} {% raw %}{{ b }}{% endraw %}", []),
    ],
)
def test_the_paths_a_template_reads_are_named(source: str, paths: list[str]) -> None:
    assert [format_path(path) for path in variables(source)] == paths
