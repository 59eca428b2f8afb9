"""Notifications for people who are online, or for those who are not."""

from __future__ import annotations

from gateway.model import Circumstances, Plan
from gateway.routing.plan import plan
from tests.support.builders import CATALOG, NOW, event
from tests.support.world import targets, told, whys, world

CHAT = CATALOG.replace(
    "      any: {title: A ticket changed}\n",
    "      any: {title: A ticket changed}\n"
    "      online: {title: While I am online, presence: online}\n"
    "      offline: {title: While I am offline, presence: offline}\n",
)
ROUTES = """
routes:
  - {name: away, notify: [ticket.changed.offline], to: ["group:desk", noc]}
  - {name: here, notify: [ticket.changed.online], to: ["group:desk"]}
fallback: {to: [wall]}
"""


def planned(*online: str, routes: str = ROUTES) -> Plan:
    return plan(event({"ticket": {"id": 7}}), world(routes, CHAT), Circumstances(NOW, online))


def test_each_hears_of_it_by_their_own_presence_and_a_channel_always() -> None:
    assert told(planned("ana")) == {
        "bob/sms": ["because you are in the group desk"],
        "noc": ["route away"],
        "ana/email": ["because you are in the group desk"],
    }
    assert ("ana", False, "is online, and this is for those who are offline") in whys(planned("ana"), "target")


def test_everybody_left_out_by_presence_is_on_purpose() -> None:
    """The fallback is for what nobody thought of."""
    only_away = (
        ROUTES.replace(", noc]", "]").replace("online]", "any]").replace("here, ", "here, when: {ticket.id: 8}, ")
    )
    assert targets(planned("ana", "bob", routes=only_away)) == []
    assert targets(planned(routes=only_away)) == ["ana/email", "bob/sms"]
