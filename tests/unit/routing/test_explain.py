"""The explanation: the whole story of a plan, for people and for programs."""

from __future__ import annotations

import json

from gateway.routing.explain import sentences
from tests.support.world import document_of, planned

ROUTES = """
routes:
  - {name: mine, notify: [ticket.changed.mine], to: [audience, noc], via: [email]}
  - name: urgent
    notify: [ticket.changed.any, ticket.changed.subscribed]
    when: {ticket.priority: urgent}
    to: [noc]
  - {name: desk, notify: [ticket.changed.any], to: ["group:desk"], via: [email]}
"""
DATA = {
    "actor": "bob@example.com",
    "ticket": {"id": 7, "assignee": {"id": 1834}, "priority": "low", "subscribers": ["bob", "zoe@example.com"]},
}


def test_the_story_reads_from_notification_to_target() -> None:
    low = "ticket.priority is 'low', not 'urgent'"
    assert sentences(document_of(planned(ROUTES, DATA))) == [
        "ticket.changed.any applies: it concerns everybody",
        f"ticket.changed.urgent does not apply: {low}",
        "ticket.changed.mentioned does not apply: the event names nobody mentioned",
        "ticket.changed.mine applies: it concerns ana",
        "ticket.changed.subscribed applies: it concerns people the directory does not know",
        "  bob: did it, and is not notified (ticket.changed.subscribed)",
        "  zoe@example.com: the directory has nobody with this identity (ticket.changed.subscribed)",
        "ticket.changed.secret does not apply: ticket.priority is 'low', not 'secret'",
        f"  route urgent does not fire for ticket.changed.any: {low} [routes/routes.yaml:4]",
        "  route desk fires for ticket.changed.any: it names this notification [routes/routes.yaml:8]",
        "    ana/email gets the message: because you are in the group desk",
        "    bob has no contact by email",
        "  route mine fires for ticket.changed.mine: it names this notification [routes/routes.yaml:3]",
        "    ana/email gets it already, for one more reason: because you are assigned",
        "    noc gets the message: route mine",
        f"  route urgent does not fire for ticket.changed.subscribed: {low} [routes/routes.yaml:4]",
    ]


def test_what_no_route_names_and_nobody_hears_is_said() -> None:
    routes = "routes: [{name: r, notify: [ticket.changed.urgent], to: [noc]}]"
    lines = sentences(document_of(planned(routes, {"ticket": {"id": 7}})))
    assert lines[0] == "ticket.changed.any applies: it concerns everybody; no route names it"
    assert lines[-1] == "fallback: there is none: the event is not routed to anyone"


def test_the_document_is_json_and_has_every_finding() -> None:
    made = planned(ROUTES, DATA)
    document = json.loads(json.dumps(document_of(made)))
    assert document["fallback"] is False
    assert len(document["findings"]) == len(made.findings)
    assert document["findings"][-1] == {
        "kind": "route",
        "name": "urgent",
        "holds": False,
        "why": "ticket.priority is 'low', not 'urgent'",
        "notification": "ticket.changed.subscribed",
        "route": "urgent",
        "at": "routes/routes.yaml:4",
    }
