"""The API over a real ledger: what each path answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.health.alarms import notify_operators
from gateway.model import Attempt, FailureReason, SendResult
from gateway.queue import DrainQueue
from gateway.runtime import Runtime
from gateway.sending.services import AppriseServices
from gateway.store.client import connect
from gateway.store.records import DeliveryResult
from gateway.web import create_app
from gateway.web.problems import PROBLEMS
from tests.integration.web.conftest import Served
from tests.support.builders import NOW
from tests.support.gateway_folder import ADMIN, OPERATOR, PSA, READER, RMM, ticket
from tests.support.gateways import eventually
from tests.support.http_client import HttpClient


def auth(token: str = PSA, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **headers}


def post(client: Any, body: Any, token: str = PSA, **headers: str) -> Any:
    return client.post("/v1/events", json=body, headers=auth(token, **headers))


def get(client: Any, path: str, token: str = PSA) -> Any:
    answer = client.get(path, headers=auth(token))
    assert answer.status_code == 200, answer.text
    return answer.json


def problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    document: dict[str, Any] = answer.json
    assert document["type"] == f"/problems/{slug}"
    assert document["title"] == PROBLEMS[slug].title
    assert document["request_id"]
    return document


def test_who_is_behind_one_of_several_recipients_is_shown_masked(
    open_on: Callable[..., Runtime], redis_url: str, folder: Path
) -> None:
    """In lists, in the delivery, in the event, in an explanation and in the message to operators."""
    (folder / "routes" / "mail.yaml").write_text(
        """
channels:
  post:
    {service: mailto, host: mail.example.com, from: desk@example.com, targets: [ana@example.com, bob@example.org]}
routes:
  - {name: post, notify: [ticket.created.any], to: [post]}
  - {name: ops, notify: [gateway.trouble.dead_letter], to: [noc]}
"""
    )
    runtime = open_on(redis_url, services=AppriseServices())
    client = create_app(runtime).test_client()
    event = post(client, ticket(1)).json
    shown = {"a...@example.com", "b...@example.org", None}
    assert {one["recipient"] for one in get(client, "/v1/deliveries")["deliveries"]} == shown
    assert {one["recipient"] for one in get(client, f"/v1/events/{event['id']}")["deliveries"]} == shown
    explained = client.post("/v1/explain", json=ticket(2), headers=auth())
    assert {one["recipient"] for one in explained.json["deliveries"]} == shown
    (ana,) = [one for one in get(client, "/v1/deliveries")["deliveries"] if one["recipient"] == "a...@example.com"]
    assert get(client, f"/v1/deliveries/{ana['id']}")["recipient"] == "a...@example.com"
    assert "bob@" not in explained.text + client.get("/v1/deliveries", headers=auth()).text

    kill_all(runtime)
    notify_operators(runtime, runtime.config.current(), datetime.now(UTC))
    alarms = client.get("/v1/events?type=gateway.trouble", headers=auth(ADMIN)).json["events"]
    data = [runtime.views.event(alarm["id"])["data"] for alarm in alarms]
    assert {one.get("recipient") for one in data if one["target"].startswith("post/")} == shown - {None}


def kill_all(runtime: Runtime) -> None:
    """Lets every waiting delivery die."""
    for lane in runtime.config.current().lanes.values():
        leases, _ = runtime.ledger.claim(lane, "slot", 100)
        attempt = Attempt(1, NOW, 0.01, SendResult(FailureReason.REJECTED, is_permanent=True, status=400))
        dead = [DeliveryResult(lease, attempt, "dead", reason=FailureReason.REJECTED) for lease in leases]
        if dead:
            runtime.ledger.record_results(dead)


# ------------------------------------------------------------------ posting


def test_an_accepted_event_tells_its_deliveries_and_where_to_look(client: HttpClient, ledger: Runtime) -> None:
    answer = post(client, ticket(id="evt/1"))
    assert answer.status_code == 202
    assert answer.headers["Location"] == "/v1/events/evt%2F1"
    document = answer.json
    assert document["id"] == "evt/1"
    assert document["status"] == "accepted"
    assert document["config"] == ledger.config.current().digest
    assert [one["target"] for one in document["deliveries"]] == ["desk", "ana/email"]
    found = get(client, answer.headers["Location"])
    assert {one["id"]: one["state"] for one in found["deliveries"]} == {
        one["id"]: "waiting" for one in document["deliveries"]
    }


def test_an_accepted_event_wakes_its_lanes(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket())
    assert ledger.queue._queue.count == 2


def test_an_event_that_no_route_brings_to_anybody_is_stored_as_unrouted(client: HttpClient) -> None:
    answer = post(client, {"type": "ticket.closed", "data": {}})
    assert (answer.status_code, answer.json["status"], answer.json["deliveries"]) == (202, "unrouted", [])
    assert get(client, answer.headers["Location"])["status"] == "unrouted"


def test_a_field_that_is_not_declared_is_accepted_with_a_warning(client: HttpClient) -> None:
    event = {"type": "ticket.created", "id": "w", "data": {"ticket": {"id": 7, "priorty": "high"}}}
    for path in ("/v1/explain", "/v1/events", "/v1/events"):
        answer = client.post(path, json=event, headers=auth())
        assert answer.status_code in (200, 202)
        (warning,) = answer.json["warnings"]
        assert warning["pointer"] == "/data/ticket/priorty"
        assert "priority" in warning["hint"]
    findings = get(client, "/v1/events/w")["explanation"]["findings"]
    assert [one["name"] for one in findings if one["kind"] == "data"] == ["/data/ticket/priorty"]
    assert "warnings" not in post(client, ticket()).json


def test_an_event_without_an_id_gets_one_that_leads_to_it(client: HttpClient) -> None:
    first, second = post(client, ticket()), post(client, ticket())
    assert first.json["id"] != second.json["id"], "without id and key two posts are two events"
    assert get(client, first.headers["Location"])["id"] == first.json["id"]


def test_the_same_event_again_gets_the_same_answer(client: HttpClient, ledger: Runtime) -> None:
    first = post(client, ticket(id="a"))
    again = post(client, dict(reversed(ticket(id="a").items())))
    assert again.status_code == 202
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.json, again.headers["Location"]) == (first.json, first.headers["Location"])
    assert "Idempotent-Replayed" not in first.headers
    assert len(ledger.views.deliveries()) == 2


def test_the_same_key_again_gets_the_same_answer_and_the_same_id(client: HttpClient) -> None:
    key = {"Idempotency-Key": "order:7*{}"}
    first, again = post(client, ticket(), **key), post(client, ticket(), **key)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    other_source = post(client, {"type": "alert.raised", "data": {}}, token=RMM, **key)
    assert other_source.status_code == 202
    assert other_source.json["id"] == first.json["id"], "ids are unique per source only"


def test_other_content_under_the_same_id_or_key_is_a_mismatch(client: HttpClient) -> None:
    post(client, ticket(1, id="a"), **{"Idempotency-Key": "k"})
    problem(post(client, ticket(2, id="a")), 422, "idempotency-mismatch")
    problem(post(client, ticket(2, id="b"), **{"Idempotency-Key": "k"}), 422, "idempotency-mismatch")


def test_a_refused_event_stores_nothing_and_uses_up_no_key(client: HttpClient, ledger: Runtime) -> None:
    key = {"Idempotency-Key": "k"}
    problem(post(client, ticket(severity="bad"), **key), 422, "invalid-event")
    assert ledger.views.events() == []
    assert post(client, ticket(), **key).status_code == 202


def test_an_array_whose_events_are_all_stored_is_answered_with_202(client: HttpClient) -> None:
    answer = post(client, [ticket(1, id="a"), ticket(2, id="b")])
    assert answer.status_code == 202
    assert answer.json["accepted"] == 2
    assert [(one["status"], one["event"]["id"]) for one in answer.json["items"]] == [(202, "a"), (202, "b")]


def test_an_array_answers_each_event_in_its_place(client: HttpClient, ledger: Runtime) -> None:
    body = [
        ticket(1, id="a"),
        ticket(1, id="a"),
        ticket(2, id="a"),
        {"type": "ticket.creatd", "data": {}},
        {"type": "alert.raised", "data": {}},
        ticket(3, severity="bad"),
        "text",
        ticket(4, id="d", subject="x" * 300_000),
        ticket(5, id="e"),
    ]
    answer = post(client, body)
    assert answer.status_code == 207
    items = answer.json["items"]
    assert [one["status"] for one in items] == [202, 202, 422, 422, 403, 422, 422, 413, 202]
    assert [one.get("replayed") for one in items[:2]] == [False, True]
    assert items[1]["event"] == items[0]["event"]
    assert [one["problem"]["type"].split("/")[-1] for one in items[2:8]] == [
        "idempotency-mismatch",
        "unknown-type",
        "forbidden-scope",
        "invalid-event",
        "invalid-event",
        "too-large",
    ]
    assert items[5]["problem"]["errors"][0]["pointer"] == "/severity", "a pointer starts at its event"
    assert (answer.json["accepted"], answer.json["refused"]) == (3, 6)
    assert {row["id"] for row in ledger.views.events()} == {"a", "e"}


def test_one_key_for_an_array_is_a_key_for_each_of_its_events(client: HttpClient) -> None:
    key = {"Idempotency-Key": "batch-1"}
    first = post(client, [ticket(1), ticket(1)], **key)
    again = post(client, [ticket(1), ticket(2)], **key)
    ids = [one["event"]["id"] for one in first.json["items"]]
    assert len(set(ids)) == 2
    assert [one["status"] for one in again.json["items"]] == [202, 422]
    assert again.json["items"][0] == {**first.json["items"][0], "replayed": True}
    assert post(client, ticket(9), **key).status_code == 202, "the key of one event is another than an array's"


def test_an_array_of_a_thousand_events_is_ten_calls(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket())  # the server learns the script by it, which takes a call
    before = _calls(ledger)
    answer = post(client, [ticket(number, id=str(number)) for number in range(1000)])
    assert (answer.status_code, answer.json["accepted"]) == (202, 1000)
    assert 10 <= _calls(ledger) - before < 100  # a call for each event were a thousand; signs of life are among them
    problem(post(client, [ticket()] * 1001), 413, "too-many-events")
    problem(post(client, []), 422, "empty-array")


def _calls(runtime: Runtime) -> int:
    stats: Any = runtime.ledger.client.info("commandstats")
    return sum(int(stats.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in ("evalsha", "eval"))


def test_what_is_stored_is_answered_with_202_even_if_no_drain_can_be_enqueued(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = connect(f"unix://{tmp_path}/nothing", timeout_s=1, decode=False)
    client: Any = create_app(replace(runtime, queue=DrainQueue(nowhere))).test_client()
    assert post(client, ticket(id="a")).status_code == 202
    assert "the dispatcher will start" in caplog.text
    assert get(client, "/v1/events/a")["status"] == "accepted"


def test_the_content_type_of_cloudevents_is_taken(client: HttpClient) -> None:
    for content_type in ("application/cloudevents+json; charset=UTF-8", "application/json;charset=utf-8"):
        answer = client.post("/v1/events", data=json.dumps(ticket()), headers=auth(), content_type=content_type)
        assert answer.status_code == 202
    batch = client.post(
        "/v1/events",
        data=json.dumps([ticket()]),
        headers=auth(),
        content_type="application/cloudevents-batch+json",
    )
    assert batch.status_code == 202


# ------------------------------------------------------------------ reading


def test_an_event_is_shown_with_attempts_and_explanation(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket(id="a", severity="error"))
    kill_all(ledger)
    found = get(client, "/v1/events/a")
    assert (found["type"], found["source"], found["severity"]) == ("ticket.created", "psa", "error")
    assert found["data"] == ticket()["data"]
    assert {one["attempts"][0]["reason"] for one in found["deliveries"]} == {"rejected"}
    assert {"route", "target", "notification"} <= {one["kind"] for one in found["explanation"]["findings"]}


def test_a_source_sees_its_own_only(client: HttpClient) -> None:
    post(client, ticket(id="a"))
    post(client, {"type": "alert.raised", "id": "b", "data": {}}, token=RMM)
    assert [one["id"] for one in get(client, "/v1/events")["events"]] == ["a"]
    assert {one["source"] for one in get(client, "/v1/deliveries")["deliveries"]} == {"psa"}
    delivery = get(client, "/v1/deliveries", RMM)["deliveries"][0]["id"]
    for path in ("/v1/events/b", "/v1/events/b?source=rmm", f"/v1/deliveries/{delivery}"):
        problem(client.get(path, headers=auth()), 404, "not-found")
    for path in ("/v1/events?source=rmm", "/v1/deliveries?source=rmm", "/v1/deliveries?event=b"):
        assert not next(iter(get(client, path).values()))
    assert get(client, "/v1/events", READER)["events"] == []


def test_an_admin_sees_all_and_may_ask_for_one_source(client: HttpClient) -> None:
    post(client, ticket(1, id="a"))
    post(client, ticket(2, id="a"), token=OPERATOR)
    post(client, {"type": "alert.raised", "id": "b", "data": {}}, token=RMM)
    assert len(get(client, "/v1/events", ADMIN)["events"]) == 3
    assert get(client, "/v1/events/a?source=psa", ADMIN)["data"]["ticket"]["id"] == 1
    assert get(client, "/v1/events/a?source=operator", ADMIN)["data"]["ticket"]["id"] == 2
    assert [one["id"] for one in get(client, "/v1/events?source=rmm", ADMIN)["events"]] == ["b"]
    assert {one["event"] for one in get(client, "/v1/deliveries", ADMIN)["deliveries"]} == {"a", "b"}


def test_lists_are_filtered_and_limited(client: HttpClient, ledger: Runtime) -> None:
    post(client, [ticket(number, id=str(number)) for number in range(5)])
    post(client, {"type": "ticket.closed", "id": "closed", "data": {}})
    assert [one["id"] for one in get(client, "/v1/events?type=ticket.closed")["events"]] == ["closed"]
    assert len(get(client, "/v1/events?limit=3")["events"]) == 3
    assert len(get(client, "/v1/deliveries?target=desk")["deliveries"]) == 5
    assert len(get(client, "/v1/deliveries?event=3")["deliveries"]) == 2
    assert get(client, "/v1/deliveries?state=dead")["deliveries"] == []
    kill_all(ledger)
    assert len(get(client, "/v1/deliveries?state=dead&target=desk")["deliveries"]) == 5


def test_a_list_goes_on_after_its_last_delivery(client: HttpClient) -> None:
    post(client, [ticket(number, id=str(number)) for number in range(10)])
    whole = [one["id"] for one in get(client, "/v1/deliveries?limit=100")["deliveries"]]
    paged: list[str] = []
    before = ""
    while page := get(client, f"/v1/deliveries?limit=7{before}")["deliveries"]:
        paged += [one["id"] for one in page]
        before = f"&before={paged[-1]}"
    assert len(whole) == 20
    assert paged == whole
    problem(client.get("/v1/deliveries?before=nothing", headers=auth()), 400, "bad-parameter")
    problem(client.get(f"/v1/deliveries?before={'0' * 24}-1", headers=auth()), 404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events?limit=0",
        "/v1/events?limit=501",
        "/v1/events?limit=-1",
        "/v1/events?limit=%D9%A3",
        "/v1/events?limit=1&limit=2",
        "/v1/events?limt=1",
        "/v1/events?type=",
        "/v1/deliveries?state=lost",
        "/v1/deliveries?target=" + "x" * 256,
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(client: HttpClient, path: str) -> None:
    problem(client.get(path, headers=auth()), 400, "bad-parameter")


# ------------------------------------------------------------------ explaining


def test_explain_tells_what_accept_would_do_and_stores_nothing(client: HttpClient, ledger: Runtime) -> None:
    told = client.post("/v1/explain", json=ticket(id="a"), headers=auth())
    assert told.status_code == 200
    assert ledger.views.events() == []
    assert ledger.queue._queue.count == 0
    post(client, ticket(id="a"))
    stored = get(client, "/v1/events/a")
    for key in ("id", "type", "source", "subject", "severity", "data", "status", "config", "explanation"):
        assert told.json[key] == stored[key], key
    both = [[(one["target"], one["reasons"]) for one in found["deliveries"]] for found in (told.json, stored)]
    assert both[0] == both[1]


def test_explain_refuses_what_accept_refuses(client: HttpClient) -> None:
    for body, status in ((ticket(severity="bad"), 422), ({"type": "alert.raised", "data": {}}, 403), ([ticket()], 422)):
        assert client.post("/v1/explain", json=body, headers=auth()).status_code == status


# ------------------------------------------------------------------ retrying


def test_a_dead_delivery_is_retried_once(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket(), token=OPERATOR)
    kill_all(ledger)
    id = get(client, "/v1/deliveries?state=dead", OPERATOR)["deliveries"][0]["id"]
    answer = client.post(f"/v1/deliveries/{id}/retry", headers=auth(OPERATOR))
    assert (answer.status_code, answer.json) == (202, {"retried": 1, "deliveries": [id], "more": False})
    assert get(client, f"/v1/deliveries/{id}", OPERATOR)["state"] == "waiting"
    again = client.post(f"/v1/deliveries/{id}/retry", headers=auth(OPERATOR))
    assert problem(again, 409, "not-dead")["detail"] == "it is waiting"


def test_all_dead_deliveries_that_match_are_retried(client: HttpClient, ledger: Runtime) -> None:
    post(client, [ticket(number) for number in range(3)], token=OPERATOR)
    kill_all(ledger)
    some = client.post("/v1/deliveries/retry?target=desk", headers=auth(OPERATOR))
    assert (some.json["retried"], some.json["more"]) == (3, False)
    assert client.post("/v1/deliveries/retry", headers=auth(OPERATOR)).json["retried"] == 3
    assert client.post("/v1/deliveries/retry", headers=auth(OPERATOR)).json["retried"] == 0


def test_nobody_retries_what_is_not_theirs(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket(id="a"))
    kill_all(ledger)
    id = get(client, "/v1/deliveries")["deliveries"][0]["id"]
    problem(client.post(f"/v1/deliveries/{id}/retry", headers=auth()), 403, "forbidden-scope")
    problem(client.post(f"/v1/deliveries/{id}/retry", headers=auth(OPERATOR)), 404, "not-found")
    assert client.post("/v1/deliveries/retry?source=psa", headers=auth(OPERATOR)).json["retried"] == 0
    assert client.post("/v1/deliveries/retry?source=psa", headers=auth(ADMIN)).json["retried"] == 2


# ------------------------------------------------------------------ discarding


def test_a_dead_delivery_is_discarded_with_who_and_why(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket(), token=OPERATOR)
    kill_all(ledger)
    id = get(client, "/v1/deliveries?state=dead", OPERATOR)["deliveries"][0]["id"]
    answer = client.post(f"/v1/deliveries/{id}/discard?reason=told+by+phone", headers=auth(OPERATOR))
    assert (answer.status_code, answer.json) == (202, {"discarded": 1, "deliveries": [id], "more": False})
    found = get(client, f"/v1/deliveries/{id}", OPERATOR)
    assert (found["state"], found["discarded_by"], found["discarded_for"]) == ("discarded", "operator", "told by phone")
    assert found["reason"] == "rejected", "why it died is still known"
    for change in ("retry", "discard?reason=again"):
        again = client.post(f"/v1/deliveries/{id}/{change}", headers=auth(OPERATOR))
        assert problem(again, 409, "not-dead")["detail"] == "it is discarded"
    (listed,) = get(client, "/v1/deliveries?state=discarded", OPERATOR)["deliveries"]
    assert {name: value for name, value in listed.items() if name != "cursor"} == found


def test_all_dead_deliveries_that_match_are_discarded(client: HttpClient, ledger: Runtime) -> None:
    post(client, [ticket(number) for number in range(3)], token=OPERATOR)
    kill_all(ledger)
    path = "/v1/deliveries/discard?reason=old&target="
    assert client.post(f"{path}desk", headers=auth(OPERATOR)).json["discarded"] == 3
    assert client.post(f"{path}desk", headers=auth(OPERATOR)).json["discarded"] == 0
    assert len(get(client, "/v1/deliveries?state=dead", OPERATOR)["deliveries"]) == 3


@pytest.mark.parametrize("reason", ["", "?reason=", "?reason=%0a", "?reason=" + "x" * 201])
def test_nothing_is_discarded_without_a_reason(client: HttpClient, reason: str) -> None:
    answer = client.post(f"/v1/deliveries/discard{reason}", headers=auth(OPERATOR))
    assert "reason" in problem(answer, 400, "bad-parameter")["detail"]
    problem(client.post("/v1/deliveries/discard?reason=x", headers=auth()), 403, "forbidden-scope")


def test_people_are_listed_with_whom_events_name_and_nobody_knows(client: HttpClient, ledger: Runtime) -> None:
    for id, assignee in (("a", {"id": 9, "name": "Zoe"}), ("b", {"id": 9, "name": "Zoe"}), ("c", "ana@example.com")):
        post(client, ticket(id=id, data={"ticket": {"id": 7, "assignee": assignee}}), token=OPERATOR)
    again = {"ticket": {"id": 7, "assignee": {"id": 9, "name": "Zoe"}}}
    post(client, ticket(id="b", data=again), token=OPERATOR)  # a repeated post is not counted
    document = get(client, "/v1/people", ADMIN)
    assert document["people"] == [
        {
            "name": "ana",
            "full_name": "ana",
            "identities": ["a...@example.com", "ana"],
            "timezone": None,
            "contacts": [{"kind": "email", "service": "inbox", "recipient": "a...@example.com"}],
        }
    ]
    (zoe,) = document["unknown"]
    assert zoe.pop("last")
    named = {"identities": ["9", "Zoe"], "source": "operator", "role": "mine", "count": 2, "namesakes": []}
    assert zoe == named
    problem(client.get("/v1/people", headers=auth(OPERATOR)), 403, "forbidden-scope")


def test_targets_in_trouble_are_listed_and_enabled(client: HttpClient, ledger: Runtime) -> None:
    post(client, ticket(), token=OPERATOR)
    for lane, reason in (("channel/desk", FailureReason.GONE), ("provider/email", FailureReason.UNAUTHORIZED)):
        (lease,), _ = ledger.ledger.claim(ledger.config.current().lanes[lane], "slot", 1)
        attempt = Attempt(1, NOW, 0.01, SendResult(reason, is_permanent=True))
        ledger.ledger.record_results([DeliveryResult(lease, attempt, "dead", reason=reason)])
    found = get(client, "/v1/targets", ADMIN)["targets"]
    assert [(one["target"], one["state"], one["reason"]) for one in found] == [
        ("ana/email", "needs-attention", "unauthorized"),
        ("desk", "disabled", "gone"),
    ]
    assert client.post("/v1/targets/desk/enable", headers=auth(ADMIN)).json == {"enabled": "desk"}
    problem(client.post("/v1/targets/ana%2Femail/enable", headers=auth(ADMIN)), 404, "not-found")
    assert [one["target"] for one in get(client, "/v1/targets", ADMIN)["targets"]] == ["ana/email"]
    problem(client.get("/v1/targets", headers=auth(OPERATOR)), 403, "forbidden-scope")


# ------------------------------------------------------------------ operations


def test_the_catalogue_is_browsed_with_schema_and_example(client: HttpClient) -> None:
    whole = get(client, "/v1/catalog")
    assert [one["name"] for one in whole["events"]] == ["ticket.created", "ticket.closed", "alert.raised"]
    assert {one["name"] for one in whole["categories"]} == {"tickets", "alerts"}
    one = get(client, "/v1/catalog?type=ticket.created")["events"][0]
    assert one["example"] == {"ticket": {"id": 7}}
    assert [row["id"] for row in one["notifications"]] == ["ticket.created.any", "ticket.created.mine"]
    reference = one["schema"]["properties"]["ticket"]["properties"]["assignee"]["$ref"]
    schema = get(client, one["schema"]["$id"] + reference.split("#")[0])
    assert "person" in schema["$defs"]
    assert len(get(client, "/v1/catalog?category=tickets")["events"]) == 2
    problem(client.get("/v1/catalog?type=nothing", headers=auth()), 404, "not-found")
    problem(client.get("/v1/catalog"), 401, "unauthorized")


def test_readiness_tells_of_a_configuration_that_is_not_used(client: HttpClient, served: Served) -> None:
    def is_stale() -> bool:
        return bool(client.get("/readyz").json["config"]["stale"])

    ready = client.get("/readyz").json
    assert ready["config"]["stale"] is False
    assert ready["durability"] == "always"
    broken = served.folder / "routes" / "more.yaml"
    broken.write_text("routes: [{name: x, notify: [nothing.any], to: [nobody]}]\n")
    try:
        assert eventually(is_stale)
        after = client.get("/readyz").json["config"]
        assert after["problems"] == 2
        assert after["digest"] == ready["config"]["digest"]
        assert post(client, ticket()).status_code == 202
    finally:
        broken.unlink()
    assert eventually(lambda: not is_stale())


def test_without_the_ledger_nothing_is_ready_but_the_process_is_alive(
    open_on: Callable[..., Runtime], own_server: Any
) -> None:
    client: Any = create_app(open_on(own_server.url)).test_client()
    assert client.get("/readyz").status_code == 200
    own_server.kill()
    assert eventually(lambda: client.get("/readyz").status_code == 503), "an answer holds for a second"
    answer = client.get("/readyz")
    assert "REDIS_URL" in problem(answer, 503, "storage-unavailable")["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
    status = get(client, "/v1/status", ADMIN)
    assert (status["status"], status["processes"]) == ("unavailable", [])
    assert "REDIS_URL" in status["reasons"][0]["text"]
    own_server.start()
    assert eventually(lambda: client.get("/readyz").status_code == 200)


def test_a_defect_is_a_problem_with_an_id_that_the_log_has_and_no_detail(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(runtime)

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("canary")

    document = problem(app.test_client().get("/broken"), 500, "internal")
    assert "canary" not in str(document)
    assert document["request_id"] in caplog.text
    assert "canary" in caplog.text


def test_every_problem_has_a_page(client: HttpClient) -> None:
    for slug, refusal in PROBLEMS.items():
        page = client.get(f"/problems/{slug}")
        assert page.content_type.startswith("text/plain")
        assert refusal.cure in page.text
    problem(client.get("/problems/nothing"), 404, "not-found")


def test_every_answer_forbids_storing_and_guessing(client: HttpClient) -> None:
    for answer in (client.get("/healthz"), client.get("/nothing"), post(client, ticket())):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ------------------------------------------------------------------ OpenAPI


def test_openapi_refers_to_nothing_that_is_not_there(client: HttpClient) -> None:
    document = client.get("/openapi.json").json
    operations = [one for item in document["paths"].values() for one in item.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for reference in _references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for one in value.values() for found in _references(one)]
    return [found for one in value for found in _references(one)] if isinstance(value, list) else []


def test_what_the_api_answers_fits_what_openapi_says(client: HttpClient, ledger: Runtime) -> None:
    document = client.get("/openapi.json").json

    def check(name: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator)

    check("Event", ticket(id="a"))
    check("Accepted", post(client, ticket(id="a"), token=OPERATOR).json)
    check("AcceptedArray", post(client, [ticket(), "x"], token=OPERATOR).json)
    kill_all(ledger)
    check("EventDetail", get(client, "/v1/events/a", OPERATOR))
    check("Explained", client.post("/v1/explain", json=ticket(), headers=auth()).json)
    for name, path in (("Events", "/v1/events"), ("Deliveries", "/v1/deliveries"), ("Catalog", "/v1/catalog")):
        check(name, get(client, path, OPERATOR))
    check("Retried", client.post("/v1/deliveries/retry", headers=auth(OPERATOR)).json)
    kill_all(ledger)
    check("Discarded", client.post("/v1/deliveries/discard?reason=x", headers=auth(OPERATOR)).json)
    check("Targets", get(client, "/v1/targets", ADMIN))
    check("People", get(client, "/v1/people", ADMIN))
    check("Health", client.get("/healthz").json)
    check("Readiness", client.get("/readyz").json)
    check("Status", get(client, "/v1/status", ADMIN))
    check("Problem", client.get("/nothing").json)
