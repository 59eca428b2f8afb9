"""Every payload beside a shipped mapping, posted to a real gateway: who hears of it at a receiver on this machine."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import Gateway, eventually
from tests.support.pages import blocks, commands, prints
from tests.support.receivers import HttpReceiver
from tests.support.shipped_mappings import HEARS, KEY, NAMES, PEOPLE, ROUTES, SOURCES, payload_files

LATER = {"invoice.created"}
"""It waits for five minutes, and is not sent while the test looks on."""
UNKNOWN = {"text": "Ticket timer was started", "link": "https://psa.example.com/tickets/7", "attributes": {"id": 7}}


@pytest.fixture(scope="module")
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as one:
        yield one


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, receiver: HttpReceiver) -> Iterator[Gateway]:
    """Every place is a path of the receiver: /desk, /ana, ..."""
    folder = tmp_path_factory.mktemp("senders")
    (folder / "config" / "routes").mkdir(parents=True)
    place = f"{{service: json, host: 127.0.0.1, port: {receiver.port}, path: /%s}}"
    people = re.sub(
        r"contacts: {email: (\w+)@msp.example}", lambda who: f"contacts: {{email: {place % who[1]}}}", PEOPLE
    )
    places = re.sub(r"  (\w+): {service: inbox}", lambda name: f"  {name[1]}: {place % name[1]}", ROUTES)
    files = {"sources": SOURCES, "people": people, "routes": f"network: {{allow: [127.0.0.0/8]}}\n{places}"}
    for name, text in files.items():
        (folder / "config" / "routes" / f"{name}.yaml").write_text(text)
    one = Gateway(folder / "data", config=folder / "config", environ={"SENDER_KEY": KEY}).start()
    yield one
    assert one.stop() == 0


def post(gateway: Gateway, source: str, body: bytes) -> Any:
    request = urllib.request.Request(f"{gateway.url}/v1/in/{source}/{KEY}", body)  # noqa: S310 - our own gateway
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 202
        return json.loads(answer.read())


def test_whoever_is_concerned_hears_of_every_payload(gateway: Gateway, receiver: HttpReceiver) -> None:
    wanted: list[str] = []
    for path in (path for name in NAMES for path in payload_files(name)):
        answer = post(gateway, path.parent.name, path.read_bytes())
        expected = HEARS[f"{path.parent.name}/{path.name}"]
        assert [event["type"] for event in answer.get("events", ())] == [event_type for event_type, _, _ in expected]
        for event_type, _, targets in expected:
            wanted += [target.partition("/")[0] for target in targets if event_type not in LATER]

    def heard() -> list[str]:
        return sorted(request.path.strip("/") for request in receiver.requests)

    assert eventually(lambda: heard() == sorted(wanted)), heard()
    of_ana = [request.json()["title"] for request in receiver.requests if request.path == "/ana"]
    assert all("#10482" in title and "Email not working" in title for title in of_ana), of_ana


def test_a_repeated_payload_is_a_duplicate(gateway: Gateway) -> None:
    body = payload_files("ninjaone")[0].read_bytes()
    post(gateway, "ninjaone", body)
    assert post(gateway, "ninjaone", body)["status"] == "duplicate"


def test_what_no_rule_takes_waits_and_can_be_mapped_again(gateway: Gateway) -> None:
    answer = post(gateway, "syncro", json.dumps(UNKNOWN).encode())
    assert answer["status"] == "unmapped"
    shown = gateway.json("unmapped", answer["unmapped"])
    assert json.loads(shown["body"]) == UNKNOWN
    assert "no rule" in shown["why"]


def test_the_tutorial_ends_with_what_was_kept_being_mapped(gateway: Gateway, receiver: HttpReceiver) -> None:
    """docs/sources.md: the source is opened, a body waits, the rules come, and the body is mapped again."""
    on_page = [one for one in blocks("yaml", "json", "console") if one.page == "sources.md"]
    opened, ruled = (one.text for one in on_page if one.hint("file") == "routes/backup.yaml")
    (example,) = (one.text for one in on_page if one.hint("file") == "routes/examples/job_failed.json")
    folder = Path(gateway.environ["GATEWAY_CONFIG"]) / "routes"
    (folder / "examples").mkdir()
    (folder / "examples" / "job_failed.json").write_text(example)

    write_source(folder, opened)
    assert eventually(lambda: is_open(gateway, "backup"))
    assert post(gateway, "backup", example.encode())["status"] == "unmapped"

    (live,) = (one for one in on_page if one.hint("tutorial") == "live")
    (listing, listed), (replay, replayed) = commands(live)
    assert prints(gateway.run(*listing.split()[1:]).stdout, listed)
    write_source(folder, ruled)  # until it is read, the body stays what it is
    assert eventually(lambda: prints(gateway.run(*replay.split()[1:]).stdout, replayed))

    assert eventually(lambda: "KELLER-FS02" in receiver.requests[-1].json()["title"])


def write_source(folder: Path, text: str) -> None:
    """The source on the page, without the place and the route that this gateway has, and with its key."""
    (folder / "backup.yaml").write_text(text[text.index("sources:") :].replace("BACKUP_KEY", "SENDER_KEY"))


def is_open(gateway: Gateway, source: str) -> bool:
    try:
        urllib.request.urlopen(f"{gateway.url}/v1/in/{source}/{KEY}", timeout=30).close()  # noqa: S310
    except urllib.error.HTTPError:
        return False
    return True
