"""The beginning of an id stands for the whole one: over the API, and in every command."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.group import main
from gateway.runtime import Runtime
from tests.integration.web.conftest import Served
from tests.integration.web.test_api import get, kill_all, post
from tests.support.gateway_folder import ADMIN, PSA, RMM, ticket
from tests.support.http_client import HttpClient


def ids(client: HttpClient, kind: str, beginning: str, token: str = PSA) -> list[str]:
    answer = get(client, f"/v1/ids?kind={kind}&beginning={beginning}", token)
    assert not answer["more"]
    listed: list[str] = answer["ids"]
    return listed


def run(served: Served, *args: str, token: str = ADMIN) -> Any:
    environ = {"GATEWAY_URL": f"http://{served.gateway.host}:{served.gateway.port}", "GATEWAY_TOKEN": token}
    return CliRunner().invoke(main, list(args), env=environ)


def test_the_ids_that_begin_so_are_listed_newest_first(client: HttpClient) -> None:
    for id in ("evt-1", "evt-10", "evt-11", "other"):
        post(client, ticket(id=id))
    assert ids(client, "event", "evt-1") == ["evt-1"], "one that is whole is meant alone"
    assert ids(client, "event", "evt-") == ["evt-11", "evt-10", "evt-1"]
    assert ids(client, "event", "none") == []


def test_many_are_not_all_listed(client: HttpClient) -> None:
    for number in range(12):
        post(client, ticket(id=f"evt-{number}"))
    answer = get(client, "/v1/ids?kind=event&beginning=evt-")
    assert (len(answer["ids"]), answer["more"]) == (10, True)


@pytest.mark.parametrize("kind", ["event", "delivery"])
def test_nobody_finds_what_is_not_theirs(client: HttpClient, kind: str) -> None:
    delivery = post(client, ticket(id="evt-1")).json["deliveries"][0]["id"]
    beginning = {"event": "evt-", "delivery": delivery[:8]}[kind]
    assert ids(client, kind, beginning, RMM) == []
    assert ids(client, kind, beginning)
    assert ids(client, kind, beginning, ADMIN)


def test_dead_deliveries_are_found_once(client: HttpClient, ledger: Runtime) -> None:
    delivery = post(client, ticket(id="evt-1")).json["deliveries"][0]["id"]
    kill_all(ledger)
    assert ids(client, "delivery", delivery) == [delivery]
    assert set(ids(client, "delivery", delivery[:-1])) == {delivery, delivery[:-1] + "2"}
    assert len(ids(client, "delivery", delivery[:-1])) == 2


def test_commands_take_the_beginning_of_an_id(served: Served, client: HttpClient, ledger: Runtime) -> None:
    (first, second) = (each["id"] for each in post(client, ticket(id="evt-1")).json["deliveries"])
    kill_all(ledger)
    assert run(served, "events", "evt-").output.startswith("id        evt-1\n")
    several = run(served, "deliveries", first[:8])
    assert (several.exit_code, several.output.count(first[:8])) == (1, 3)
    assert f"several deliveries have ids that begin with '{first[:8]}': " in several.output
    assert run(served, "deliveries", f"{first[:8]}-1").output.startswith(f"id        {first}\n")
    nothing = run(served, "replay", first, second[:8])
    assert nothing.exit_code == 1
    assert {each["state"] for each in get(client, "/v1/deliveries")["deliveries"]} == {"dead"}
    assert run(served, "replay", "--event", "evt-").output == "2 deliveries wait again.\n"


def test_an_id_that_nothing_begins_with_is_not_found(served: Served, client: HttpClient) -> None:
    post(client, ticket(id="evt-1"))
    done = run(served, "events", "evt-2")
    assert (done.exit_code, done.output.partition(":")[0]) == (1, "Refused (404)")
