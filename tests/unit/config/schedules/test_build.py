"""Calendars, schedules, rotations and lookups of the YAML: built as written, and refused with the place and a hint."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.errors import ConfigInvalid
from gateway.model import Config
from gateway.schedules.rotations import on_call
from tests.support.schedules import DENVER, wall

BASE = """
timezone: America/Denver
channels: {noc: {service: inbox}, keller: {service: inbox, name: keller}}
providers: {email: {service: inbox}}
people:
  ana: {contacts: {email: ana@example.com}}
  bob: {contacts: {email: bob@example.com}}
groups: {desk: [ana, bob]}
fallback: {to: [noc]}
"""
CATALOG = """
version: 1
categories: {tickets: {title: Tickets}}
events:
  ticket.created:
    category: tickets
    title: Ticket created
    customer: ticket.customer
    data:
      type: object
      properties:
        ticket:
          type: object
          properties:
            id: {type: integer}
            customer: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    message: {title: New, body: A ticket.}
    example: {ticket: {id: 7, customer: {id: 1}}}
    notifications: {any: {title: Any ticket created}}
"""
ROUTE = "routes:\n  - {name: r, notify: [ticket.created.any], to: [%s]}\n"


def configured(folder: Path, text: str, **files: str) -> Config:
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "routes" / "a.yaml").write_text(BASE + text)
    (folder / "catalog.yaml").write_text(CATALOG)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    return load(folder, {})


def test_turns_of_hours_are_warned_of_where_the_clocks_change(tmp_path: Path) -> None:
    text = 'rotations: {r: {layers: [{people: [ana, bob], turn: {every: 12h}, starts: "2026-03-07 09:00"%s}]}}\n'
    route = ROUTE % "{rotation: r, else: [noc]}"

    def warnings(zone: str) -> list[str]:
        return [problem.message for problem in configured(tmp_path, text % zone + route).warnings]

    expected = "turns of 12h are elapsed time: their handovers move when the clocks change"
    assert expected in warnings("")
    assert expected not in warnings(", timezone: UTC")


def problems(folder: Path, text: str, **files: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        configured(folder, text, **files)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems if problem.is_error]


def test_everything_that_is_declared_is_there(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        """
calendars: {holidays: {country: US}}
schedules:
  nights: {between: ["22:00", "07:00"], skip: holidays}
  shifts: {days: [mon-thu, sat], between: [["08:00", "12:00"], ["13:00", "24:00"]], week_of_month: [1, -1]}
rotations:
  oncall: {layers: [{people: [ana, bob], turn: {every: 3d}, handover: "08:00", starts: "2026-11-30"}]}
lookups:
  managers: {table: {"7": keller, 8: "group:desk"}, default: noc}
"""
        + ROUTE % "{rotation: oncall, position: next, else: [noc]}, {lookup: managers, key: ticket.customer.id}",
    )
    assert config.schedules["shifts"].weekdays == {0, 1, 2, 3, 5}
    assert config.lookups["managers"].table == {"7": "keller", "8": "group:desk"}
    assert set(config.recipients) == {"keller", "group:desk", "noc"}
    assert on_call(config.rotations["oncall"], wall("2026-12-03 08:00", DENVER)).people == ("bob",)
    rotation, lookup = config.routes[0].to
    assert (rotation.is_next, lookup.key) == (True, ("ticket", "customer", "id"))


def test_a_lookup_may_be_a_csv_file_with_sixty_customers_and_one_route(tmp_path: Path) -> None:
    rows = "".join(f"{30000 + number},keller,Customer {number}\n" for number in range(60))
    text = "lookups: {managers: {csv: managers.csv, key: id, value: channel}}\n"
    text += ROUTE % "{lookup: managers, key: ticket.customer.id, else: [noc]}"
    config = configured(tmp_path, text, managers__csv="id,channel,name\n" + rows)
    assert len(config.lookups["managers"].table) == 60
    before = config.digest
    changed = configured(tmp_path, text, managers__csv="id,channel,name\n" + rows + "1,noc,New\n")
    assert changed.digest != before, "the file is a part of the configuration"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schedules: {s: {days: monday}}", "schedules.s.days: 'monday' is not a weekday"),
        ('schedules: {s: {between: ["08:00", "25:00"]}}', "schedules.s.between: expected a start and an end"),
        ("schedules: {s: {week_of_month: 6}}", "schedules.s.week_of_month"),
        ('schedules: {s: {dates: "2027-02-29"}}', "schedules.s.dates: '2027-02-29' is not a date"),
        ("schedules: {s: {skip: holidys}}\ncalendars: {holidays: {country: US}}", "schedules.s.skip: unknown calendar"),
        (
            "schedules: {s: {timezone: Mars/Olympus, days: mon}}",
            "schedules.s.timezone: unknown timezone",
        ),
        ("calendars: {c: {country: XX}}", "calendars.c.country: unknown country 'XX'"),
        (
            "calendars: {c: {country: de}}",
            "calendars.c.country: unknown country 'de': use an ISO 3166 code, such as DE",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], turn: {every: 10000d}, starts: "2026-11-30"}]}}',
            "rotations.o.layers[0].turn.every: expected a duration like",
        ),
        ("calendars: {c: {country: US, subdivision: QQ}}", "calendars.c.subdivision: unknown subdivision 'QQ' of US"),
        ("calendars: {c: {ics: none.ics}}", "calendars.c.ics: no such file 'none.ics'"),
        ("calendars: {c: {ics: bad.ics}}", "calendars.c.ics: the file is not an iCalendar file"),
        ("calendars: {c: {country: US, ics: bad.ics}}", "calendars.c"),
        ("rotations: {o: {layers: []}}", "rotations.o.layers: must not be empty"),
        ('rotations: {o: {layers: [{people: [], starts: "2026-11-30"}]}}', "rotations.o.layers[0].people"),
        (
            'rotations: {o: {layers: [{people: [anna], starts: "2026-11-30"}]}}',
            "rotations.o.layers[0].people[0]: unknown person 'anna'",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], starts: "2026-11-30", ends: "2026-11-29"}]}}',
            "rotations.o.layers[0].ends: the layer ends before it starts",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], turn: daily, handover: "1 09:00", starts: "2026-11-30"}]}}',
            "rotations.o.layers[0].handover: a turn that is daily hands over at a time such as '09:00'",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], turn: {every: 12h}, handover: "09:00", starts: "2026-11-30"}]}}',
            "rotations.o.layers[0].handover: turns of 12h are elapsed time and have no fixed handover",
        ),
        (
            """rotations: {o: {layers:
                [{people: [ana], turn: {every: 3d}, handover: "mon 09:00", starts: "2026-11-29"}]}}""",
            "rotations.o.layers[0].handover: turns of 3d hand over at a time such as '09:00'",
        ),
        (
            """rotations: {o: {layers:
                [{people: [ana], turn: {every: 14d}, handover: "31 09:00", starts: "2026-11-29"}]}}""",
            "rotations.o.layers[0].handover: turns of 14d hand over at a time such as 'mon 09:00' or '09:00'",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], starts: "9999-12-31"}]}}',
            "rotations.o.layers[0].starts: '9999-12-31' is not a local date or time",
        ),
        ('schedules: {s: {dates: "12-24.."}}', "schedules.s.dates: '12-24..' is not a date"),
        ('schedules: {s: {dates: "2026-W52-1"}}', "schedules.s.dates: '2026-W52-1' is not a date"),
        (
            """rotations: {o: {layers: [{people: [ana], starts: "2026-11-30"}],
                overrides: [{person: bob, replaces: ana, joins: true, start: "2026-12-02", end: "2026-12-03"}]}}""",
            "rotations.o.overrides[0].joins: expected either `replaces` or `joins`",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], turn: {every: 5m}, starts: "2026-11-30"}]}}',
            "rotations.o.layers[0].turn.every: a turn lasts at least 1h",
        ),
        (
            'rotations: {o: {layers: [{people: [ana], starts: "2026-11-30", during: nihgts}]}}',
            "rotations.o.layers[0].during: unknown schedule 'nihgts'",
        ),
        (
            """rotations: {o: {layers: [{people: [ana], starts: "2026-11-30"}],
                overrides: [{person: bob, start: "2026-12-02", end: "2026-12-01"}]}}""",
            "rotations.o.overrides[0].end: the override ends before it starts",
        ),
        ("lookups: {m: {csv: bad.csv, key: id, value: chanel}}", "lookups.m.value: bad.csv has no column 'chanel'"),
        ("lookups: {m: {csv: twice.csv, key: id, value: channel}}", "lookups.m.csv: twice.csv:3: repeats the key '1'"),
        ("lookups: {m: {csv: none.csv, key: id, value: channel}}", "lookups.m.csv: no such file 'none.csv'"),
        ("lookups: {m: {csv: short.csv, key: id, value: channel}}", "lookups.m.csv: short.csv:2: expected 2 columns"),
        ("lookups: {m: {csv: long.csv, key: id, value: channel}}", "lookups.m.csv: long.csv:2: expected 2 columns"),
        ("lookups: {m: {csv: header.csv, key: id, value: channel}}", "lookups.m.value: header.csv has the column"),
        ("lookups: {m: {csv: huge.csv, key: id, value: channel}}", "lookups.m.csv: 'huge.csv' is larger than 16 MiB"),
        (
            'lookups: {m: {table: {"7": kellr}}}\n' + ROUTE % "{lookup: m, key: ticket.customer.id}",
            "lookups.m.table.7: unknown channel 'kellr' (key '7')",
        ),
        (ROUTE % "{rotation: oncal}", "routes[0].to[0].rotation: unknown rotation 'oncal'"),
        (ROUTE % "{lookup: m, key: ticket.id}", "routes[0].to[0].lookup: unknown lookup 'm'"),
        (
            'lookups: {m: {table: {"7": noc}}}\n' + ROUTE % "{lookup: m, key: ticket.custmer.id}",
            "routes[0].to[0].key: the event's data has no field 'ticket.custmer.id'",
        ),
        ((ROUTE % "noc").replace("to:", "during: nights, to:"), "routes[0].during: unknown schedule 'nights'"),
        (
            (ROUTE % "noc").replace("to:", "when: {event.time: {during: nights}}, to:"),
            "routes[0].when.event.time.during: unknown schedule 'nights'",
        ),
        (ROUTE % "{rotation: o, lookup: m}", "routes[0].to[0]"),
    ],
)
def test_what_is_wrong_is_a_problem_at_its_place(tmp_path: Path, text: str, problem: str) -> None:
    files = {
        "bad__ics": "hello",
        "bad__csv": "id,channel\n1,noc\n",
        "twice__csv": "id,channel\n1,noc\n1,noc\n",
        "short__csv": "id,channel\n1\n",
        "long__csv": "id,channel\n1,noc,noc\n",
        "header__csv": "id,channel,channel\n1,noc,noc\n",
        **({"huge__csv": "id,channel\n" + "1,noc\n" * 3_000_000} if "huge" in text else {}),
    }
    found = problems(tmp_path, text + "\n", **files)
    assert any(line.startswith(problem) for line in found), found
    assert len(found) == 1


def test_a_schedule_with_an_invalid_calendar_has_no_problem_of_its_own(tmp_path: Path) -> None:
    text = "calendars: {c: {country: XX}}\nschedules: {s: {skip: c}}\n"
    text += (ROUTE % "noc").replace("to:", "during: s, to:")
    assert problems(tmp_path, text) == ["calendars.c.country: unknown country 'XX': use an ISO 3166 code, such as US"]


def test_turns_without_a_handover_end_at_the_day_and_time_of_the_start(tmp_path: Path) -> None:
    text = 'rotations: {o: {layers: [{people: [ana, bob], starts: "2026-12-02 07:30"}]}}\n' + ROUTE % "{rotation: o}"
    rotation = configured(tmp_path, text).rotations["o"]
    start, week = wall("2026-12-02 07:30", DENVER), timedelta(days=7)
    moments = (start, start + week - timedelta(seconds=1), start + week)
    assert [on_call(rotation, moment).people for moment in moments] == [("ana",), ("ana",), ("bob",)]


def test_blanks_around_the_cells_of_a_csv_file_are_layout(tmp_path: Path) -> None:
    text = "lookups: {managers: {csv: managers.csv, key: id, value: channel}}\n"
    text += ROUTE % "{lookup: managers, key: ticket.customer.id, else: [noc]}"
    config = configured(tmp_path, text, managers__csv="id, channel\n7 , keller\n")
    assert config.lookups["managers"].table == {"7": "keller"}


def test_a_csv_file_may_have_semicolons_as_excel_writes_it(tmp_path: Path) -> None:
    text = "lookups: {managers: {csv: managers.csv, key: id, value: channel}}\n"
    text += ROUTE % "{lookup: managers, key: ticket.customer.id, else: [noc]}"
    config = configured(tmp_path, text, managers__csv="\ufeffid;channel\n7;keller\n")
    assert config.lookups["managers"].table == {"7": "keller"}


@pytest.mark.parametrize("name", ["/etc/hostname", "../managers.csv", "tables/../../managers.csv"])
@pytest.mark.parametrize(
    "section", ["calendars: {{c: {{ics: {}}}}}", "lookups: {{m: {{csv: {}, key: id, value: channel}}}}"]
)
def test_a_file_outside_the_folder_is_not_read(tmp_path: Path, section: str, name: str) -> None:
    (found,) = problems(tmp_path, section.format(name) + "\n")
    assert found.endswith(f"{name!r} is outside the configuration folder")


def test_a_handover_that_is_listed_twice_ends_one_turn(tmp_path: Path) -> None:
    layer = '{people: [ana, bob], handover: ["mon 09:00", "mon-tue 09:00"], starts: "2026-11-30"}'
    rotation = configured(tmp_path, f"rotations: {{o: {{layers: [{layer}]}}}}\n" + ROUTE % "{rotation: o}").rotations[
        "o"
    ]
    assert [on_call(rotation, wall(f"2026-12-0{day} 10:00", DENVER)).people for day in (1, 7)] == [("bob",), ("ana",)]
