"""`@name` in a text."""

from __future__ import annotations

import pytest

from gateway.config.files import shipped_folder
from gateway.model import Config, Plan
from gateway.routing.match import NO_ACTOR
from gateway.routing.mentions import find_mentions
from gateway.routing.plan import plan
from tests.support.builders import CATALOG, config, event

PEOPLE = """
channels: {noc: {service: inbox}}
people:
  ana: {name: Ana Lopez, identities: [ana@example.com, "psa:ana.l", "1834"], contacts: {inbox: {service: inbox}}}
  bob: {name: Bob Singh, identities: [bsingh], contacts: {inbox: {service: inbox}}}
  bob-2: {name: Bob Singh, contacts: {inbox: {service: inbox}}}
  ann: {name: "Ann O'Neill-Díaz", contacts: {inbox: {service: inbox}}}
  an: {name: Ana Lopez Garcia, contacts: {inbox: {service: inbox}}}
routes: [{name: r, notify: ["ticket.changed.mentioned"], to: [audience, noc]}]
"""
MENTIONING = CATALOG.replace(
    "subscribed: ticket.subscribers}", "subscribed: ticket.subscribers}\n    mentions: {in: note}"
)
MENTIONING = MENTIONING.replace(
    "        ticket:\n          type: object\n",
    "        note: {type: string}\n        ticket:\n          type: object\n",
    1,
)
MENTIONING = MENTIONING.replace(
    "notifications:\n",
    "notifications:\n      mentioned: {title: I was mentioned, audience: mentioned, except: actor}\n",
)


@pytest.fixture(scope="module")
def directory() -> Config:
    return config(PEOPLE, MENTIONING)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@ana please", ["ana"]),
        ("please, @ANA.", ["ana"]),
        ("@Ana Lopez: can you?", ["ana"]),
        ("@ana\n  lopez garcia", ["an"]),
        ("(@ana) and *@ann* _@an_", ["ana", "ann", "an"]),
        ("cc:@bsingh", ["bob"]),
        ("@ana.l, this is yours", ["ana"]),
        ("@ana@example.com look", ["ana"]),
        ("@Ann O'Neill-D\u0069\u0301az's printer", ["ann"]),
        ("<p>@Ana&nbsp;Lopez</p>", ["ana"]),
        ("tom@ana and tom.@ana", []),
        ("mail tom@ana.example.com or @ana.example.com", []),
        ("https://social.example.com/@ana", []),
        ("@anaconda, @ana-lopez, @ana_lopez", []),
        ("5 licences @1834", []),
        ("@everybody @ @@ana", []),
        ("`@ana` and ``x ` @ana``", []),
        ("```\n@ana\n```\n@an", ["an"]),
        ("```\n@ana without an end", []),
        ("<code>@ana</code> <PRE class='x'>@ana</PRE> @an", ["an"]),
        ("a lonely ` and @ana", ["ana"]),
        ("ana without a sign", []),
    ],
)
def test_a_name_after_a_sign_mentions_its_person(directory: Config, text: str, people: list[str]) -> None:
    assert [name for found in find_mentions(text, "psa", directory).values() for name in found] == people


def test_a_name_of_two_people_means_neither(directory: Config) -> None:
    assert list(find_mentions("@Bob Singh", "psa", directory).values()) == [("bob", "bob-2")]


def test_the_name_that_one_source_uses_counts_there_only(directory: Config) -> None:
    assert find_mentions("@ana.l", "psa", directory)
    assert not find_mentions("@ana.l", "rmm", directory)


def made(config: Config, note: str, **data: str) -> Plan:
    return plan(event({"ticket": {"id": 7}, "note": note, **data}), config)


def test_who_is_mentioned_in_the_text_gets_the_notification(directory: Config) -> None:
    assert {one.target for one in made(directory, "@ana and @ann").deliveries} == {"ana/inbox", "ann/inbox", "noc"}
    assert {one.target for one in made(directory, "@ana and @ann", actor="ana").deliveries} == {"ann/inbox", "noc"}
    assert made(directory, "nobody").deliveries == ()


def test_a_name_of_two_people_is_explained(directory: Config) -> None:
    findings = [
        finding.why for finding in made(directory, "@Bob Singh", actor="ann").findings if finding.kind == "person"
    ]
    assert findings == ["bob and bob-2 have this name, so it identifies nobody"]


def test_an_event_without_an_actor_is_explained(directory: Config) -> None:
    findings = [finding for finding in made(directory, "@ann").findings if finding.kind == "person"]
    assert [(finding.name, finding.why) for finding in findings] == [("actor", NO_ACTOR)]
    for actor in ("ann", "somebody else"):
        assert NO_ACTOR not in [finding.why for finding in made(directory, "@ann", actor=actor).findings]


SHIPPED = PEOPLE.replace('["ticket.changed.mentioned"], to: [audience, noc]', '["ticket.*.*"], to: [audience]')


@pytest.fixture(scope="module")
def shipped() -> Config:
    return config(SHIPPED, (shipped_folder() / "catalog.yaml").read_text("utf-8"))


def rows(config: Config, type: str, kind: str, body: str) -> set[tuple[str, str]]:
    """(target, notification) of all that an event with this comment leads to."""
    data = dict(config.catalog.events[type].example)
    ticket = {**data["ticket"], "assignee": "bob", "subscribers": ["bob"]}
    data |= {"actor": "ana", "ticket": ticket, "comment": {"kind": kind, "body": body}}
    made = plan(event(data, type), config)
    return {(one.target, reason.notification) for one in made.deliveries for reason in one.reasons}


@pytest.mark.parametrize("type", ["ticket.created", "ticket.comment_added"])
@pytest.mark.parametrize("kind", ["public", "private"])
def test_a_mention_in_a_comment_adds_the_row_of_mentions_and_no_other(shipped: Config, type: str, kind: str) -> None:
    before = rows(shipped, type, kind, "mail ann@example.com about `@ann` and @anna")
    assert {target for target, _ in before} <= {"bob/inbox"}
    assert before, "bob has the ticket"
    after = rows(shipped, type, kind, "@Ann O'Neill-Díaz, see what @ana wrote")
    assert after == before | {("ann/inbox", f"{type}.mentioned")}
