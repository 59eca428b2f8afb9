"""An entry that does not fit its schema hides no problem of another, and is the only one that is reported for it."""

from __future__ import annotations

import pytest
import yaml

from gateway.errors import ConfigInvalid
from gateway.sending.services import AppriseServices
from tests.support.builders import config
from tests.unit.config.test_examples import ENVIRON

CONNECTED = """
timezone: America/Denver
brand: {name: Summit IT Services}
network: {allow: ["192.168.7.5"]}
calendars: {office: {country: US}}
schedules: {business-hours: {days: mon-fri, between: ["08:00", "18:00"], skip: [office]}}
rotations:
  oncall: {layers: [{people: [ana], turn: weekly, handover: "mon 09:00", starts: "2026-11-30"}]}
lookups: {managers: {table: {"30771": noc}}}
mappings:
  desk: {rules: [{emit: {type: ticket.changed, data.ticket: {id: {lookup: managers, key: n}}}}]}
sources:
  psa: {events: [ticket.*], tokens: [{env: RMM_TOKEN}], mapping: desk}
providers: {email: {service: mailto, host: smtp.example.com, user: bot, password: {env: SMTP_PASSWORD}}}
channels: {noc: {service: inbox}, desk-chat: {service: log}}
people: {ana: {contacts: {email: ana@example.com}}, bob: {contacts: {email: bob@example.com}}}
groups: {team: [ana, bob]}
routes:
  - {name: a, notify: [ticket.changed.any], during: business-hours, to: [noc, "group:team"], via: [email]}
  - {name: b, notify: [ticket.changed.mine], to: [{rotation: oncall}, {lookup: managers, key: ticket.id}, bob]}
fallback: {to: [desk-chat]}
"""
ENTRIES = [
    (section, name)
    for section, entries in yaml.safe_load(CONNECTED).items()
    for name in (
        [None]
        if section in ("timezone", "brand", "network", "fallback")
        else range(len(entries))
        if isinstance(entries, list)
        else entries
    )
]


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        config(text, environ=ENVIRON, services=AppriseServices())
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def test_the_configuration_of_these_tests_has_no_warnings() -> None:
    assert config(CONNECTED, environ=ENVIRON, services=AppriseServices()).warnings == ()


@pytest.mark.parametrize(("section", "name"), ENTRIES, ids=str)
def test_what_refers_to_an_unfit_entry_is_not_reported(section: str, name: str | int | None) -> None:
    value = yaml.safe_load(CONNECTED)
    if name is None:
        value[section] = 7
    else:
        value[section][name] = 7
    path = section if name is None else f"{section}[{name}]" if isinstance(name, int) else f"{section}.{name}"
    assert [problem.partition(":")[0] for problem in problems(yaml.safe_dump(value))] == [path]


@pytest.mark.parametrize(("section", "name"), ENTRIES, ids=str)
def test_an_unfit_entry_hides_no_problem_of_another(section: str, name: str | int | None) -> None:
    """Of a route, a channel and a lookup in the same file, of which each has a fault that only its meaning shows."""
    value = yaml.safe_load(CONNECTED)
    if name is None:
        value[section] = 7
    else:
        value[section][name] = 7
    value["routes"].append({"name": "c", "notify": ["ticket.changd.any"], "to": ["nok"]})
    value["channels"]["other"] = {"service": "slak"}
    found = {problem.partition(":")[0] for problem in problems(yaml.safe_dump(value))}
    expected = {"routes[2].notify[0]", "routes[2].to[0]", "channels.other.service"}
    assert expected <= found
