"""Templates: what they may say, what they read, what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import TemplateFailed
from gateway.messages.budget import MAX_ITERATIONS
from gateway.messages.escaping import MAX_TITLE, escape
from gateway.messages.layout import markdown_to_text
from gateway.messages.mail.subject import subject_of
from gateway.messages.template_paths import unguarded, variables
from gateway.messages.templates import compile_message, render
from gateway.messages.values import MAX_CHARACTERS
from gateway.model import MessageLink, MessageTemplate, Severity
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


@pytest.mark.parametrize(
    ("short", "category_title", "title"),
    [("in short", "Tickets", "in short"), ("", "Tickets", "Tickets"), ("", "", "ticket.changed")],
)
@pytest.mark.parametrize("subject", ["", " \t\n", "\u200b\u2060", "\u3164"])
def test_no_message_is_without_a_title(subject: str, short: str, category_title: str, title: str) -> None:
    template = MessageTemplate("{{ subject }}", "Body", short=short)
    message = render(template, event({"subject": subject}), [], category_title=category_title)
    assert message.title == title
    assert subject_of(message) == title


def test_texts_of_the_configuration_are_cleaned_as_those_of_an_event() -> None:
    hostile = "a\u202eb\0c\ud800d\r\ne" + "x" * 1000
    template = MessageTemplate("T", "B", facts=((hostile, "1"),))
    message = render(template, event({}), [hostile], category_title=hostile)
    for text in (message.facts[0].label, message.reasons[0], message.category_title):
        assert text.startswith("abcd e")
        assert len(text) == MAX_TITLE


FACTS = (("Customer", "{{ event.customer.name }}"), ("Priority", "{{ priority }}"), ("Quantity", "1"))


def labels_below(title: str) -> list[str]:
    data = {"customer": {"name": "Keller & Sons"}, "priority": "2 Medium"}
    told = replace(event(data), customer=(("customer",),))
    return [fact.label for fact in render(MessageTemplate(title, "Body", facts=FACTS), told, []).facts]


def test_what_the_title_says_already_is_no_fact() -> None:
    """A value alone may stand in a title by chance: `1 TB drive` says nothing of the quantity."""
    assert labels_below("1 TB drive is here") == ["Customer", "Priority", "Quantity"]
    assert labels_below("Keller & Sons: 1 TB drive is here") == ["Priority", "Quantity"]
    assert labels_below("Printer ({{ event.customer.name }}, priority {{ priority }})") == ["Quantity"]
    assert labels_below("Keller & Sonsmann: quantity 10") == ["Customer", "Priority", "Quantity"]


def test_a_fact_stays_where_a_long_title_may_be_cut_before_it() -> None:
    assert labels_below(f"{'Printer ' * 20} ({{{{ event.customer.name }}}})") == ["Customer", "Priority", "Quantity"]


def test_a_message_has_title_body_link_and_reasons() -> None:
    template = MessageTemplate("Ticket {{ ticket.id }}", "**{{ actor.name }}** changed it.", "{{ ticket.url }}")
    message = render(template, event(DATA, severity=Severity.ERROR), ["assigned to you", "you subscribed"])
    assert message.title == "Ticket 7"
    assert message.body == "**Bob** changed it."
    assert message.link == MessageLink("Open", "https://psa.example.com/7")
    assert message.reasons == ("assigned to you", "you subscribed")
    assert message.severity is Severity.ERROR


def test_a_reason_is_said_once() -> None:
    assert render(MessageTemplate("t", "b"), event({}), ["a_b", "a_b"]).reasons == ("a_b",)


def facts_of(data: dict[str, Any], *facts: tuple[str, str]) -> list[tuple[str, str]]:
    message = render(MessageTemplate("t", "b", facts=facts), event(data), [])
    return [(fact.label, fact.value) for fact in message.facts]


def test_facts_stand_in_order_and_their_values_are_escaped() -> None:
    facts = (("Priority", "{{ ticket.priority }}"), ("By", "**{{ actor.name }}**"), ("Priority", "again"))
    data = {"ticket": {"priority": "*P1*"}, "actor": {"name": "Bob"}}
    assert facts_of(data, *facts) == [("Priority", "\\*P1\\*"), ("By", "**Bob**"), ("Priority", "again")]


@pytest.mark.parametrize(
    "source",
    [
        "",
        " \n",
        "{{ x }}",
        "{{ nothing }}",
        "due {{ nothing | date }}",
        "{{ null }}",
        "{{ null.name }}",
        "{{ x if nothing }}",
        "{% if x %}a{% endif %}\n",
    ],
)
def test_a_fact_that_is_empty_or_lacks_a_value_is_left_out(source: str) -> None:
    assert facts_of({"x": "", "null": None}, ("Empty", source), ("Kept", "b")) == [("Kept", "b")]


def test_a_fact_is_one_line_of_1000_characters() -> None:
    assert facts_of({"x": "a\n- b\r\n\n# c"}, ("Text", "{{ x }}\nend")) == [("Text", "a \\- b \\# c end")]
    [(_, value)] = facts_of({"x": "\U0001f600" * 5000}, ("Long", "{{ x }}"))
    assert value == "\U0001f600" * 1000 + "\u2026"


def test_sixty_facts_are_whole() -> None:
    facts = tuple((f"Label {number}", f"{{{{ x }}}} {number}") for number in range(60))
    assert facts_of({"x": "value"}, *facts) == [(f"Label {number}", f"value {number}") for number in range(60)]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Open ticket #{{ ticket.id }}", "Open ticket #7"),
        ("Open {{ nothing }}", "Open"),
        ("", "Open"),
        ("a\n{{ markup }}", "a *b* <@U1>"),
        ("{{ long }}", "x" * 59 + "\u2026"),
    ],
)
def test_a_link_has_a_plain_label(label: str, text: str) -> None:
    template = MessageTemplate("t", "b", "https://psa.example.com", label)
    data = {"ticket": {"id": 7}, "markup": "*b* <@U1>", "long": "x" * 100}
    assert render(template, event(data), []).link == MessageLink(text, "https://psa.example.com")


def test_a_short_text_is_one_plain_line() -> None:
    template = MessageTemplate("t", "b", short="SLA {{ x }}\n in 15 min")
    assert render(template, event({"x": "*a*\n<b>"}), []).short == "SLA *a* <b> in 15 min"
    assert render(MessageTemplate("t", "b"), event({}), []).short == ""


def test_a_message_says_what_it_is_about() -> None:
    happened = replace(event({"customer": {"id": 4, "name": "Keller\n& Sons"}}), customer=(("customer",),))
    message = render(MessageTemplate("t", "b"), happened, [], ZoneInfo("America/Denver"), category_title="Tickets")
    assert message.customer == "Keller & Sons"
    assert (message.category, message.category_title) == (happened.category, "Tickets")
    assert (message.event_type, message.source, message.subject) == (happened.type, happened.source, happened.subject)
    assert message.time == happened.time
    assert message.time.tzinfo == ZoneInfo("America/Denver")
    assert render(MessageTemplate("t", "b"), event({"customer": {"name": "K"}}), []).customer == ""


def test_a_title_is_one_clean_line() -> None:
    data = {"x": "a\r\nBcc: evil@example.com\x1b[31m\u202e" + "y" * 500}
    message = render(MessageTemplate("{{ x }}", "b"), event(data), [])
    assert message.title.startswith("a Bcc: evil@example.com[31myyy")
    assert len(message.title) == 200
    assert message.title.isprintable()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", None, "not a link", "https://x.example/a b"])
def test_a_link_that_is_none_is_left_out(link: Any) -> None:
    message = render(MessageTemplate("t", "b", "{{ ticket.url }}"), event({"ticket": {"url": link}}), [])
    assert message.link is None


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
        ("{{ ticket.total | money }} {{ ticket.total | money('EUR') }}", "1,234.50 \u20ac1,234.50"),
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
def test_a_template_renders_its_values(source: str, text: str) -> None:
    assert body(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ nothing }}", "(not given)"),
        ("{{ ticket.assignee }}", "(not given)"),
        ("{{ ticket.assignee.name }}", "(not given)"),
        ("{{ ticket.deep.er.still }}", "(not given)"),
        ("{{ ticket.assignee | upper }}", "(not given)"),
        ("{{ ticket.assignee | money }}", "(not given)"),
        ("{{ nothing | date }}, {{ nothing | datetime }}, {{ nothing | excerpt(3) }}", ", ".join(["(not given)"] * 3)),
        (
            "{{ nothing | round }}, {{ nothing | plural('a', 'b') }}, {{ nothing | join }}",
            ", ".join(["(not given)"] * 3),
        ),
        ("{{ nothing | first }}, {{ nothing | sort | last }}", "(not given), (not given)"),
        ("{{ nothing | default('none') }}, {{ nothing | upper | default('none') }}", "none, none"),
        ("{{ nothing | length }}", "0"),
        ("{{ ticket.total | money(ticket.currency) }}", "1,234.50"),
        ("{{ ticket.id if nothing else actor.age }}", "(not given)"),
        ("x{{ ticket.id if nothing }}x", "xx"),
        ("{{ ticket.alerts[9].name }}", "(not given)"),
        ("{% for one in ticket.alerts %}{{ one.colour }} {% endfor %}", "(not given) (not given) (not given)"),
        ("{% for one in nothing | sort | unique %}x{% else %}none{% endfor %}", "none"),
        ("{% for group in nothing | groupby('x') %}x{% endfor %}none", "none"),
        ("{% if nothing %}a{% elif not nothing %}b{% endif %}", "b"),
        (
            "{% if nothing > 3 or nothing < 3 or nothing == 3 or 'x' in nothing or nothing in 'x' %}a{% endif %}b",
            "b",
        ),
        ("{% if nothing != 3 and 'x' not in nothing %}b{% endif %}", "b"),
        ("{% if nothing is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ ticket.alerts[0].at }}", "(not given)"),
    ],
)
def test_a_missing_value_is_a_placeholder_where_it_is_shown_and_false_in_a_condition(source: str, text: str) -> None:
    assert body(source).replace("\\(", "(").replace("\\)", ")") == text


def test_a_missing_value_in_a_title_is_a_placeholder_too() -> None:
    assert render(MessageTemplate("Due {{ ticket.due }}", "b"), event(DATA), []).title == "Due (not given)"


@pytest.mark.parametrize("link", ["https://x.example/{{ nothing }}", "{{ nothing | lower }}", "{{ ticket.url.deep }}"])
def test_a_link_with_a_missing_part_is_left_out(link: str) -> None:
    assert render(MessageTemplate("t", "b", link), event(DATA), []).link is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% if ticket.id > actor.name or ticket.id < actor.name %}a{% else %}b{% endif %}", "b"),
        ("{% if ticket.alerts > 3 %}a{% else %}b{% endif %}", "b"),
        ("{% if 3 in ticket.subject or ticket.alerts in ticket.alerts %}a{% else %}b{% endif %}", "b"),
        ("{{ ticket.alerts | sort | first }}", "cpu"),
        ("{{ ticket.alerts | upper }} {{ ticket.id | trim }} {{ ticket.flag | lower }}", "DISK, CPU, RAM 7 yes"),
        ("{{ ticket.id | length }} {{ actor | length }}", "1 1"),
        ("{{ ticket.id | first }} {{ ticket.id | sort | join }}", "7 7"),
        ("{{ mixed | sort | join(' ') }}", "1 2.5 a B b"),
        ("{{ mixed | unique | join(' ') }}", "B 2.5 a 1"),
        ("{{ ticket.alerts[0].at.deep.er }}", "(not given)"),
    ],
)
def test_a_value_of_another_type_than_expected_is_no_error(source: str, text: str) -> None:
    """The schema may allow several types, so what one of them cannot do must not cost the message."""
    mixed = ["B", 2.5, None, "a", 1, "b"]
    assert body(source, {**DATA, "mixed": mixed}).replace("\\", "") == text


def test_a_person_is_named_by_an_object_or_by_the_name_alone() -> None:
    people = [{"name": "Ana"}, "Bob", {"email": "cy@x.example"}, 1834, {"id": 7}]
    source = "{{ actor.name }}: {% for who in people %}{{ who.name }} {% endfor %}{{ people | join('+', 'name') }}"
    assert body(source, {"actor": "Ann", "people": people}) == (
        "Ann: Ana Bob cy@x.example 1834 7 Ana+Bob+cy@x.example+1834+7"
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ ticket.id | truncate('x') }}",
        "{{ ticket.id | plural }}",
        "{{ ticket.subject | truncate(-9) }}",
        "{{ 1 | round(99999999, 'ceil') }}",
        "{{ ticket.alerts | groupby }}",
    ],
)
def test_a_filter_that_is_called_wrongly_is_an_error(source: str) -> None:
    with pytest.raises(TemplateFailed):
        body(source)


# ------------------------------------------------------------------ lines


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% if yes %}one{% endif %}\n{% if yes %}two{% endif %}\nthree", "one\ntwo\nthree"),
        ("one{% if no %}1{% endif %}\ntwo", "one\ntwo"),
        ("one\n{% if no %}two{% endif %}\nthree", "one\nthree"),
        ("one\n{% if yes %}\ntwo\n{% endif %}\nthree", "one\ntwo\nthree"),
        ("one\n  {% if yes %}\n  two\n  {% endif %}\nthree", "one\n  two\nthree"),
        ("one\n{% if no %}\ntwo\n{% endif %}\n\nthree", "one\n\nthree"),
        ("{% for i in list %}\n- {{ i }}\n{% endfor %}\nend", "- 1\n- 2\nend"),
        ("{% for i in list %}- {{ i }}\n{% endfor %}end", "- 1\n- 2\nend"),
        ("{% for i in list %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}\nend", "1, 2\nend"),
        ("{% if yes -%}\n  one\n{%- endif %}\ntwo", "one\ntwo"),
        ("{# note #}\none", "one"),
        ("one {% if no\n  or yes %}two{% endif %}\nthree", "one two\nthree"),
    ],
)
def test_a_line_ends_where_the_template_ends_it(source: str, text: str) -> None:
    assert body(source, {"yes": True, "no": False, "list": [1, 2]}) == text


# ------------------------------------------------------------------ times


@pytest.mark.parametrize(
    ("value", "zone", "on_day", "at_time"),
    [
        ("2026-11-21T02:00:00Z", "America/Denver", "Fri Nov 20", "Fri Nov 20, 7:00 PM MST"),
        ("2026-07-21T02:00:00Z", "America/Denver", "Mon Jul 20", "Mon Jul 20, 8:00 PM MDT"),
        ("2026-11-21T02:00:00Z", "America/Sao_Paulo", "Fri Nov 20", "Fri Nov 20, 11:00 PM UTC-3"),
        ("2026-11-21T02:00:00", "America/Denver", "Sat Nov 21", "Sat Nov 21, 2:00 AM MST"),
        ("2026-11-21", "America/Denver", "Sat Nov 21", "Sat Nov 21"),
        ("2026-11-20T19:00:00-07:00", "", "Fri Nov 20", "Fri Nov 20, 7:00 PM UTC-7"),
        ("2026-11-20T19:00:00", "", "Fri Nov 20", "Fri Nov 20, 7:00 PM UTC"),
    ],
)
def test_a_time_is_written_in_the_configured_timezone(value: str, zone: str, on_day: str, at_time: str) -> None:
    template = MessageTemplate("{{ at | date }}", "{{ at | datetime }}")
    message = render(template, event({"at": value}), [], ZoneInfo(zone) if zone else None)
    assert (message.title, message.body) == (on_day, at_time)


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
    "{{ _zone }}",
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


def test_a_data_key_with_an_underscore_leads_to_nothing_of_python() -> None:
    assert "not given" in body("{{ x['__class__'] }}", {"x": {}})


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


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ a.b }} {{ a.b | upper }} {{ c | default('x') }} {{ d | default(e) }}", {"a.b": [], "e": []}),
        ("{{ a | length }} {{ b | plural('x', 'y') }} {{ c | join(', ') }}", {"b": [], "c": []}),
        ("{% if a.b %}{{ a.b }}{{ a }}{{ a.c }}{% else %}{{ a.b }}{% endif %}", {"a.c": ["a.b"], "a.b": []}),
        ("{% if a is defined and b %}{{ a }}{{ b }}{% endif %}", {}),
        ("{% if a or b %}{{ a }}{% endif %}", {"a": []}),
        ("{% if not a %}x{% else %}{{ a }}{% endif %}", {}),
        ("{% if not a or not b %}x{% else %}{{ a }}{{ b }}{% endif %}", {}),
        ("{% if a is undefined %}{{ b }}{% else %}{{ a }}{% endif %}", {"b": []}),
        ("{% if a == 'x' %}{{ a }}{% endif %}{% if b != 'x' %}{{ b }}{% endif %}", {"b": []}),
        ("{% if a | length > 2 %}{{ a }}{% endif %}{% if a == b %}{{ b }}{% endif %}", {"b": []}),
        ("{{ a if a else 'none' }} {{ b if a else c }} {{ d or e }}", {"b": ["a"], "c": [], "e": []}),
        (
            "{% for one in a.list %}{{ one }}{{ one.x }}{% if one.y %}{{ one.y }}{% endif %}{% endfor %}",
            {"a.list.x": ["a.list"]},
        ),
        ("{% for one in a if one.x %}{{ one.x }}{{ loop.index }}{% else %}{{ a }}{% endfor %}", {"a": []}),
        ("{% if a %}1{% elif b %}{{ a }}{{ b }}{% endif %}", {"a": ["b"]}),
    ],
)
def test_the_paths_a_template_shows_unguarded_are_named(source: str, shown: dict[str, list[str]]) -> None:
    paths = {format_path(item.path): sorted(format_path(path) for path in item.present) for item in unguarded(source)}
    assert paths == shown


def test_a_reply_without_any_text_is_absent() -> None:
    template = MessageTemplate("T", "> {{ note | reply }}", facts=(("Note", "{{ note | reply(50) }}"),))
    message = render(template, event({"note": "<div><img src='cat.png'></div>"}), [])
    assert markdown_to_text(message.body) == "> (not given)"
    assert message.facts == ()
