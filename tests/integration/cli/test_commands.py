"""The client commands against a gateway that runs: what they print, and how they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateways import Gateway, eventually

PSA_TOKEN = "ngw_test0001_0123456789012345678901234567890123456789012"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("commands")
    (folder / "routes").mkdir()
    (folder / "routes" / "all.yaml").write_text(
        "sources:\n  psa: {events: [ticket.*], tokens: [{env: PSA_TOKEN}]}\n"
        "channels:\n  desk: {service: inbox}\n"
        "routes:\n  - {name: desk, notify: [ticket.created.any], to: [desk]}\n"
    )
    one = Gateway(folder / "data", "--workers", "1", config=folder, environ={"PSA_TOKEN": PSA_TOKEN}).start()
    yield one
    assert one.stop() == 0


def test_send_says_what_became_of_the_event(gateway: Gateway) -> None:
    done = gateway.run("send", "ticket.created", "--example", "--id", "said", "--wait")

    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "accepted said: 1 delivery"
    assert "desk" in done.stdout
    assert "delivered" in done.stdout


def test_the_same_event_again_is_said_so(gateway: Gateway) -> None:
    first = gateway.run("send", "ticket.created", "--example", "--id", "twice")
    second = gateway.run("send", "ticket.created", "--example", "--id", "twice")

    assert first.returncode == second.returncode == 0
    assert "nothing is sent twice" not in first.stdout
    assert "nothing is sent twice" in second.stdout


def test_data_comes_from_a_file_or_from_standard_input(gateway: Gateway, tmp_path: Path) -> None:
    example = gateway.json("catalog", "ticket.created")["example"]
    (tmp_path / "data.json").write_text(json.dumps(example))

    from_file = gateway.run("send", "ticket.created", "--data", f"@{tmp_path / 'data.json'}")
    from_input = gateway.run("send", "ticket.created", "--data", "-", input=json.dumps(example))
    from_text = gateway.run("send", "ticket.created", "--data", "-", input="not json")
    from_list = gateway.run("send", "ticket.created", "--data", "[]")

    assert from_file.returncode == from_input.returncode == 0
    assert (from_text.returncode, from_list.returncode) == (2, 2)
    assert "standard input is not JSON" in from_text.stderr
    assert "--data must be an object" in from_list.stderr


def test_an_event_that_nobody_hears_of_is_said_so(gateway: Gateway) -> None:
    done = gateway.run("send", "lead.created", "--example", "--id", "unheard")

    assert done.returncode == 0
    assert "unrouted unheard: 0 deliveries" in done.stdout
    assert "This event leads to no message now" in done.stdout


def test_data_that_breaks_the_schema_is_refused_with_pointers(gateway: Gateway) -> None:
    done = gateway.run("send", "ticket.created", "--data", '{"ticket": 3}')

    assert done.returncode == 1
    assert "Refused (422)" in done.stderr
    assert "/data/ticket" in done.stderr


@pytest.mark.parametrize("words", [("--example",), ("--data", "{}")])
def test_an_unknown_event_type_gets_a_hint(gateway: Gateway, words: tuple[str, ...]) -> None:
    done = gateway.run("send", "ticket.creatd", *words)

    assert done.returncode == 1
    assert "did you mean 'ticket.created'" in done.stderr


def test_a_token_that_is_not_known_is_refused(gateway: Gateway) -> None:
    environ, gateway.environ = gateway.environ, {**gateway.environ, "GATEWAY_TOKEN": "ngw_wrong"}
    try:
        done = gateway.run("events")
    finally:
        gateway.environ = environ

    assert done.returncode == 1
    assert "Refused (401): No valid token" in done.stderr


def test_explain_stores_and_sends_nothing(gateway: Gateway) -> None:
    before = len(gateway.json("events", "--limit", "500"))

    explained = gateway.run("explain", "ticket.created", "--example")
    dry = gateway.run("send", "ticket.created", "--example", "--dry-run")

    assert explained.returncode == 0
    assert explained.stdout == dry.stdout
    assert "route desk fires for ticket.created.any" in explained.stdout
    assert len(gateway.json("events", "--limit", "500")) == before


def test_events_and_deliveries_are_listed_and_shown(gateway: Gateway) -> None:
    gateway.run("send", "ticket.created", "--example", "--id", "looked-at", "--wait")

    event = gateway.json("events", "looked-at")
    delivery = event["deliveries"][0]["id"]
    shown = gateway.run("events", "looked-at").stdout
    assert "route desk fires" in shown
    assert delivery in shown
    assert "looked-at" in gateway.run("events", "--type", "ticket.created").stdout
    assert delivery in gateway.run("deliveries", "--target", "desk", "--state", "delivered").stdout
    assert [one["id"] for one in gateway.json("deliveries", "--event", "looked-at")] == [delivery]
    assert "ATTEMPT" in gateway.run("deliveries", delivery).stdout


def test_what_is_not_there_is_exit_code_1(gateway: Gateway) -> None:
    assert gateway.run("events", "nothing").returncode == 1
    assert gateway.run("deliveries", "nothing").returncode == 1


def test_replay_wants_to_know_what(gateway: Gateway) -> None:
    assert gateway.run("replay").returncode == 2
    assert gateway.run("replay", "some", "--all-dead").returncode == 2


def test_replay_of_what_is_not_dead_is_refused(gateway: Gateway) -> None:
    gateway.run("send", "ticket.created", "--example", "--id", "alive", "--wait")
    delivery = gateway.json("events", "alive")["deliveries"][0]["id"]

    done = gateway.run("replay", delivery)

    assert done.returncode == 1
    assert f"{delivery}: it is delivered" in done.stderr
    assert gateway.json("replay", "--all-dead") == {"replayed": [], "refused": []}


def test_what_an_event_says_cannot_command_the_terminal(gateway: Gateway) -> None:
    example = gateway.json("catalog", "ticket.created")["example"]
    example["ticket"]["subject"] = "\x1b[2Jgone\u202e"
    gateway.run("send", "ticket.created", "--data", json.dumps(example), "--id", "harmless", "--wait")

    for words in (["inbox"], ["events"], ["deliveries"], ["events", "harmless"]):
        done = gateway.run(*words)
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout


def test_the_running_gateway_follows_its_files(gateway: Gateway) -> None:
    path = Path(gateway.environ["GATEWAY_CONFIG"]) / "routes" / "all.yaml"
    kept = path.read_text()
    try:
        path.write_text(kept + "fallback: {to: [desk]}\n")
        assert eventually(lambda: gateway.json("explain", "lead.created", "--example")["deliveries"] != [])

        path.write_text(kept + "fallback: {to: [dsk]}\n")
        assert eventually(lambda: "did you mean 'desk'?" in gateway.log.read_text() or not gateway.run("events"))
        assert gateway.json("explain", "lead.created", "--example")["deliveries"] != []
    finally:
        path.write_text(kept)
