"""Foreign senders at `/v1/in`, over each lane: nothing that one of them posts is lost, and no key is ever shown."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from gateway.cli import main
from gateway.store import keys
from tests.integration.web.conftest import LANES, Served, served_over
from tests.support import gateway_folder
from tests.support.gateway_folder import ADMIN
from tests.support.gateways import eventually
from tests.support.http_client import Answer, HttpClient
from tests.support.receivers import Answer as KeyAnswer
from tests.support.receivers import Authority, TlsReceiver

KEY, PASSWORD, SECRET, SIGNING = "k3y-canary-1", "pass-canary-2", "head-canary-3", "sign-canary-4"
FETCHED = "fetched-canary-5"
CANARIES = (KEY, PASSWORD, SECRET, SIGNING, FETCHED)


def _hash(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


SOURCES = f"""
sources:
  desk:
    events: ["ticket.*"]
    auth:
      - key: {{secret: "{_hash(KEY)}"}}
      - basic: {{user: desk, password: {{env: BASIC_PASSWORD}}}}
      - header: {{name: X-Desk-Secret, secret: "{_hash(SECRET)}"}}
      - signature: {{preset: github, secret: {{env: SIGNING_SECRET}}}}
    rules:
      - name: created
        when: {{kind: created}}
        emit: {{type: ticket.created, id: hook, data.ticket.id: number}}
      - {{name: noise, when: {{kind: noise}}, ignore: nobody needs it}}
      - name: closed
        when: {{kind: closed}}
        emit: {{type: ticket.closed, data.number: number}}
  strict:
    events: ["ticket.*"]
    auth: [{{key: {{secret: "{_hash(KEY)}", parameter: token}}}}]
    rules: [{{name: created, when: {{kind: created}}, emit: {{type: ticket.created, data.ticket.id: number}}}}]
    otherwise: refuse
    quota: 5/h
  central:
    events: ["ticket.*"]
    auth: [{{key: {{secret: "{_hash(KEY)}"}}}}]
    input: {{format: xml}}
    rules:
      - {{name: all, emit: {{type: ticket.closed, id: note.Id, data.name: note.Name}}}}
    reply: {{success: 201, duplicate: 200, overload: 429,
      body: {{externalTicketId: "{{{{ id }}}}", who: "{{{{ body.note.Name }}}}"}}}}
  elsewhere:
    events: ["ticket.*"]
    auth: [{{key: {{secret: "{_hash(KEY)}"}}}}]
    allow_from: [192.0.2.0/24]
    rules: [{{name: all, emit: {{type: ticket.closed}}}}]
  many:
    events: ["ticket.*"]
    auth: [{{key: {{secret: "{_hash(KEY)}"}}}}]
    input: {{each: alerts}}
    rules:
      - name: created
        when: {{kind: created}}
        emit:
          - {{type: ticket.created, id: hook, data.ticket.id: number}}
          - {{type: ticket.closed, data.number: number}}
  bare:
    events: ["ticket.*"]
    auth: [{{key: {{secret: "{_hash(KEY)}"}}}}]
  connectwise:
    events: ["ticket.*"]
    auth: [{{signature: {{preset: connectwise, host: psa.example.com}}}}]
    rules: [{{name: all, emit: {{type: ticket.closed}}}}]
  impostor:
    events: ["ticket.*"]
    auth: [{{signature: {{preset: connectwise, host: impostor.example.com}}}}]
    rules: [{{name: all, emit: {{type: ticket.closed}}}}]
network: {{allow: [127.0.0.0/8]}}
"""


def write(folder: Path) -> Path:
    gateway_folder.write(folder)
    catalog = folder / "catalog.yaml"
    declared = "data: {type: object, properties: {number: {}, name: {}}}\n    message: {title: Closed"
    catalog.write_text(catalog.read_text().replace("data: {type: object}\n    message: {title: Closed", declared))
    (folder / "routes" / "incoming.yaml").write_text(SOURCES)
    return folder


@pytest.fixture(scope="module")
def hosts_of_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TlsReceiver, dict[str, str]]]:
    """One that has a certificate which the gateway trusts, and the settings by which it reaches this and another."""
    trusted, unknown = (Authority(tmp_path_factory.mktemp(name)) for name in ("trusted", "unknown"))
    answer = KeyAnswer(200, json.dumps({"signing_key": FETCHED}))
    with (
        TlsReceiver(trusted, "psa.example.com", answer=answer) as psa,
        TlsReceiver(unknown, "impostor.example.com", answer=answer) as impostor,
    ):
        resolve = f"{psa.resolve},{impostor.resolve}"
        yield psa, {"GATEWAY_RESOLVE": resolve, "REQUESTS_CA_BUNDLE": str(trusted.bundle)}


@pytest.fixture(scope="module", params=LANES)
def world(request: pytest.FixtureRequest, hosts_of_keys: tuple[TlsReceiver, dict[str, str]]) -> Iterator[Served]:
    environ = {"GATEWAY_FAILED_TOKENS": "1000000", "BASIC_PASSWORD": PASSWORD, "SIGNING_SECRET": SIGNING}
    environ |= hosts_of_keys[1]
    with served_over(request.param, write, GATEWAY_LOG_LEVEL="DEBUG", **environ) as served:
        yield served
        log = served.log_text()
    assert not [canary for canary in CANARIES if canary in log]


@pytest.fixture
def client(world: Served) -> HttpClient:
    with redis.Redis.from_url(world.redis_url) as connection:
        connection.flushall()
    return HttpClient(world.gateway.host, world.gateway.port)


ADMIN_HEADERS = {"Authorization": f"Bearer {ADMIN}"}
CREATED = {"kind": "created", "hook": "h-1", "number": 7}


def post(client: HttpClient, path: str, body: Any, **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        connection = HTTPConnection(client.host, client.port, timeout=30)
        try:
            connection.request("POST", path, body, names)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())  # type: ignore[arg-type]
        finally:
            connection.close()
    return client.post(path, names, json=body)


def events(client: HttpClient) -> list[Any]:
    return list(client.get("/v1/events", ADMIN_HEADERS).json["events"])


def unmapped(client: HttpClient) -> list[Any]:
    return list(client.get("/v1/unmapped", ADMIN_HEADERS).json["unmapped"])


def test_each_credential_lets_a_body_in(client: HttpClient) -> None:
    content = json.dumps({**CREATED, "hook": "signed"}).encode()
    signature = hmac.new(SIGNING.encode(), content, "sha256").hexdigest()
    answers = [
        post(client, f"/v1/in/desk/{KEY}", CREATED),
        post(client, f"/v1/in/desk?key={KEY}", {**CREATED, "hook": "h-2"}),
        post(
            client,
            "/v1/in/desk",
            {**CREATED, "hook": "h-3"},
            Authorization="Basic " + base64.b64encode(f"desk:{PASSWORD}".encode()).decode(),
        ),
        post(client, "/v1/in/desk", {**CREATED, "hook": "h-4"}, X_Desk_Secret=SECRET),
        post(client, "/v1/in/desk", content, X_Hub_Signature_256=f"sha256={signature}"),
    ]
    assert [answer.status_code for answer in answers] == [202] * 5, [answer.data for answer in answers]
    assert {event["id"] for event in events(client)} == {"h-1", "h-2", "h-3", "h-4", "signed"}
    assert answers[0].json == {
        "status": "accepted",
        "events": [{"id": "h-1", "type": "ticket.created", "status": "accepted"}],
    }


def test_the_key_of_connectwise_is_fetched_over_tls_from_its_own_host_alone(
    client: HttpClient, hosts_of_keys: tuple[TlsReceiver, dict[str, str]]
) -> None:
    def post_signed(source: str, host: str) -> int:
        content = json.dumps({"Metadata": {"key_url": f"https://{host}/keys/1"}}).encode()
        key = hashlib.sha256(FETCHED.encode()).digest()
        signature = base64.b64encode(hmac.new(key, content, "sha256").digest()).decode()
        return post(client, f"/v1/in/{source}", content, X_Content_Signature=signature).status_code

    psa, _ = hosts_of_keys
    before = len(psa.requests)
    assert post_signed("connectwise", "impostor.example.com") == 404
    assert len(psa.requests) == before
    assert [post_signed("connectwise", "psa.example.com") for _ in range(2)] == [202, 202]
    assert len(psa.requests) == before + 1
    assert post_signed("impostor", "impostor.example.com") == 404  # nobody vouches for its certificate


def test_an_unknown_source_and_a_wrong_key_are_answered_alike(client: HttpClient) -> None:
    answers = [
        post(client, path, CREATED)
        for path in (
            f"/v1/in/nobody/{KEY}",
            "/v1/in/desk/wrong",
            "/v1/in/desk",
            "/v1/in/psa",
            f"/v1/in/elsewhere/{KEY}",
            "/v1/in/",
        )
    ]
    bodies = [{**answer.json, "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert all({**body, "instance": ""} == {**bodies[0], "instance": ""} for body in bodies)
    assert events(client) == []


def test_no_key_is_shown_or_stored(client: HttpClient, world: Served) -> None:
    paths = [
        f"/v1/in/{KEY}",
        f"/v1/in/desk/x{KEY}",
        f"/v1//in/desk/{KEY}",
        f"/V1/in/desk/{KEY}",
        f"/api/v1/in/desk/{KEY}",
    ]
    answers = [post(client, path, {"kind": "?"}) for path in [*paths, f"/v1/in/desk?key={KEY}1&a={KEY}"]]
    answers += [client.open(f"/v1/in/desk/{KEY}", method) for method in ("PUT", "DELETE", "PATCH")]
    answers.append(
        post(client, f"/v1/in/desk/{KEY}/more?key={KEY}", {"kind": "?"}, X_Desk_Secret=SECRET, Cookie=SECRET)
    )
    answers.append(post(client, f"/v1/in/desk/{KEY}", {**CREATED, "number": "seven"}))
    answers.append(client.get("/metrics", ADMIN_HEADERS))
    answers += [client.get(f"/v1/unmapped/{row['id']}", ADMIN_HEADERS) for row in unmapped(client)]
    assert len(unmapped(client)) == 2
    for answer in answers:
        shown = answer.text + repr(dict(answer.headers.items()))
        assert not [canary for canary in CANARIES if canary in shown]
    with redis.Redis.from_url(world.redis_url) as ledger:
        everything = b"".join(bytes(ledger.dump(key) or b"") + key for key in ledger.scan_iter())
        assert not [canary for canary in CANARIES if canary.encode() in everything]


def test_a_duplicate_is_recognized_by_its_id_or_else_its_body(client: HttpClient) -> None:
    """By the id, whatever else the body says; without an id, by the body."""
    url = f"/v1/in/desk/{KEY}"
    first = post(client, url, CREATED).json
    again = post(client, url, {**CREATED, "number": 8})
    assert (again.status_code, again.json["status"], again.json["events"][0]["id"]) == (202, "duplicate", "h-1")
    closed = {"kind": "closed", "number": 3}
    first = post(client, url, closed).json
    assert post(client, url, closed).json == {
        "status": "duplicate",
        "events": [{**first["events"][0], "status": "duplicate"}],
    }
    assert post(client, url, {**closed, "number": 4}).json["status"] == "accepted"
    assert len(events(client)) == 3


def test_what_is_ignored_is_counted_with_its_reason(client: HttpClient) -> None:
    answer = post(client, f"/v1/in/desk/{KEY}", {"kind": "noise"})
    assert (answer.status_code, answer.json) == (202, {"status": "ignored", "ignored": ["nobody needs it"]})
    assert unmapped(client) == []


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b'{"kind": "an "unescaped" quote"}', {}, "unreadable"),
        (b"\xff\xfe\xfd", {"Content_Type": "application/octet-stream"}, "unreadable"),
        (b"", {}, "unreadable"),
        (gzip.compress(b'"' + b" " * 20_000_000 + b'"'), {"Content_Encoding": "gzip"}, "unreadable"),
        (b"[" * 100_000, {}, "unreadable"),
        (b'{"kind": "other"}', {}, "no-rule"),
        (b'"text"', {}, "no-rule"),
        (b'{"kind": "created", "hook": "h", "number": "seven"}', {}, "invalid"),
        (b'{"kind": "created", "hook": "h"}', {}, "invalid"),
    ],
)
def test_what_no_event_comes_of_is_kept(client: HttpClient, body: bytes, headers: dict[str, str], reason: str) -> None:
    answer = post(client, f"/v1/in/desk/{KEY}", body, **headers)
    assert (answer.status_code, answer.json["status"]) == (202, "unmapped"), answer.data
    (row,) = unmapped(client)
    assert (row["id"], row["source"], row["reason"]) == (answer.json["unmapped"], "desk", reason)
    detail = client.get(f"/v1/unmapped/{row['id']}", ADMIN_HEADERS).json
    stored = detail["body"].encode() if "body" in detail else base64.b64decode(detail["body_base64"])
    assert stored == body
    if reason == "invalid":
        assert detail["problems"][0]["at"].startswith("routes/incoming.yaml:13:")
        assert detail["problems"][0]["pointer"].startswith("/data/ticket")
    again = post(client, f"/v1/in/desk/{KEY}", body, **headers)
    assert (again.status_code, again.json["status"], len(unmapped(client))) == (202, "duplicate", 1)


def test_the_good_parts_of_a_body_become_events_and_the_whole_is_kept_for_the_others(client: HttpClient) -> None:
    body = {
        "alerts": [
            {**CREATED, "hook": "h-1"},
            {**CREATED, "hook": "h-2", "number": "seven"},
            {"kind": "?"},
            {**CREATED, "hook": "h-4"},
        ]
    }
    answer = post(client, f"/v1/in/many/{KEY}", body).json
    assert answer["status"] == "unmapped"
    assert [event["id"] for event in answer["events"] if event["type"] == "ticket.created"] == ["h-1", "h-4"]
    assert len(answer["events"]) == 5
    detail = client.get(f"/v1/unmapped/{answer['unmapped']}", ADMIN_HEADERS).json
    faulty, unmatched = detail["problems"]
    assert (faulty["element"], faulty["pointer"]) == (1, "/data/ticket/id")
    assert unmatched == {"detail": "no rule takes it", "element": 2}
    assert post(client, f"/v1/in/many/{KEY}", body).json["status"] == "duplicate"


def test_a_source_without_a_mapping_keeps_what_comes(client: HttpClient) -> None:
    assert post(client, f"/v1/in/bare/{KEY}", {"anything": 1}).json["status"] == "unmapped"


def test_a_body_may_be_as_large_as_an_array(client: HttpClient) -> None:
    large = {"kind": "closed", "text": "x" * 1_000_000}
    assert post(client, f"/v1/in/desk/{KEY}", large).json["status"] == "accepted"
    connection = HTTPConnection(client.host, client.port, timeout=30)
    connection.putrequest("POST", f"/v1/in/desk/{KEY}")
    connection.putheader("Content-Length", "9000000")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_mended_body_is_replayed_once(client: HttpClient, world: Served) -> None:
    url = f"/v1/in/desk/{KEY}"
    kept = post(client, url, {"kind": "late", "number": 5}).json["unmapped"]
    replay = f"/v1/unmapped/{kept}/replay"
    assert client.post(replay, ADMIN_HEADERS).json["status"] == "unmapped"
    file = world.folder / "routes" / "incoming.yaml"
    file.write_text(SOURCES.replace("when: {kind: closed}", "when: {kind: [closed, late]}"))
    try:
        assert eventually(lambda: client.post(replay, ADMIN_HEADERS).status_code == 200 and not unmapped(client), 60)
    finally:
        file.write_text(SOURCES)
    assert eventually(lambda: {event["type"] for event in events(client)} == {"ticket.closed", "gateway.trouble"}, 60)
    (trouble,) = client.get("/v1/events?type=gateway.trouble", ADMIN_HEADERS).json["events"]
    assert "no rule takes it" in client.get(f"/v1/events/{trouble['id']}", ADMIN_HEADERS).text
    assert client.post(replay, ADMIN_HEADERS).status_code == 404


def test_an_unmapped_body_is_dropped(client: HttpClient) -> None:
    kept = post(client, f"/v1/in/desk/{KEY}", {"kind": "?"}).json["unmapped"]
    assert client.open(f"/v1/unmapped/{kept}", "DELETE", ADMIN_HEADERS).status_code == 200
    assert unmapped(client) == []
    assert client.open(f"/v1/unmapped/{kept}", "DELETE", ADMIN_HEADERS).status_code == 404


def test_a_body_that_was_dropped_is_kept_when_it_comes_again(client: HttpClient) -> None:
    """Within the time in which the same body is a duplicate, too: there is nothing left that it could be one of."""
    for _ in range(2):
        answer = post(client, f"/v1/in/bare/{KEY}", {"kind": "odd"}).json
        assert answer["status"] == "unmapped"
        assert [row["id"] for row in unmapped(client)] == [answer["unmapped"]]
        assert client.delete(f"/v1/unmapped/{answer['unmapped']}", ADMIN_HEADERS).status_code == 200


def test_bodies_of_one_millisecond_are_listed_once_each(client: HttpClient, world: Served) -> None:
    ids = {
        post(client, f"/v1/in/{source}/{KEY}", [n]).json["unmapped"] for n in range(3) for source in ("bare", "desk")
    }
    with redis.Redis.from_url(world.redis_url, decode_responses=True) as connection:
        for source in ("bare", "desk"):
            name = keys.unmapped_of(source)
            connection.zadd(name, dict.fromkeys(connection.zrange(name, 0, -1)[:2], 1_796_149_573_123))
    listed: list[str] = []
    before = ""
    while rows := client.get(f"/v1/unmapped?limit=1{before}", ADMIN_HEADERS).json["unmapped"]:
        listed += [row["id"] for row in rows]
        before = f"&before={rows[-1]['received'].replace('+00:00', 'Z')}"
    assert sorted(listed) == sorted(ids)


def test_the_command_line_lists_shows_tries_replays_and_drops(client: HttpClient, world: Served) -> None:
    environ = {"GATEWAY_URL": f"http://{client.host}:{client.port}", "GATEWAY_TOKEN": ADMIN}
    environ |= {"GATEWAY_CONFIG": str(world.folder), "BASIC_PASSWORD": PASSWORD, "SIGNING_SECRET": SIGNING}

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, list(words), env=environ)
        return done.exit_code, done.output

    assert run("unmapped") == (0, "There is no unmapped body.\n")
    kept = post(client, f"/v1/in/desk/{KEY}", {**CREATED, "number": "seven"}).json["unmapped"]
    code, text = run("unmapped")
    assert (code, "desk" in text, "invalid" in text) == (0, True, True), text
    code, text = run("unmapped", kept)
    assert code == 0, text
    assert "routes/incoming.yaml:13:" in text
    assert '"number": "seven"' in text
    code, text = run("map", "desk", "--unmapped", kept)
    assert (code, "/data/ticket/id" in text or "data.ticket.id" in text) == (1, True), text
    code, text = run("unmapped", "--source", "desk", "--replay")
    assert (code, "is still unmapped" in text) == (1, True), text
    assert run("unmapped", "--drop")[0] == 2
    assert run("unmapped", "--source", "desk", "--drop") == (0, f"{kept} is dropped.\n")
    assert run("unmapped", kept)[0] == 1


def test_another_source_sees_no_unmapped_body(client: HttpClient) -> None:
    kept = post(client, f"/v1/in/desk/{KEY}", {"kind": "?"}).json["unmapped"]
    psa = {"Authorization": f"Bearer {gateway_folder.PSA}"}
    assert client.get("/v1/unmapped", psa).json["unmapped"] == []
    assert client.get(f"/v1/unmapped/{kept}", psa).status_code == 404


def test_a_strict_source_refuses_and_has_a_quota(client: HttpClient) -> None:
    url = f"/v1/in/strict?token={KEY}"
    refused = post(client, url, {"kind": "?"})
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/unmapped")
    answers = [post(client, url, {"kind": "created", "number": number}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 4 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 60
    assert unmapped(client) == []


def test_an_overload_has_the_status_that_makes_the_sender_repeat(client: HttpClient, world: Served) -> None:
    body = b"<note><Id>1</Id><Name>Keller</Name></note>"
    with redis.Redis.from_url(world.redis_url) as ledger:
        ledger.config_set("maxmemory", 1)
        try:
            assert eventually(lambda: post(client, f"/v1/in/central/{KEY}", body).status_code == 429, 30)
            answer = post(client, f"/v1/in/central/{KEY}", body)
            assert answer.json["status"] == 429
            assert answer.json["type"] in ("/problems/overloaded", "/problems/storage-unavailable")
            assert int(answer.headers["Retry-After"]) >= 5
            assert post(client, f"/v1/in/desk/{KEY}", CREATED).status_code == 503
            assert post(client, "/v1/in/desk/wrong", CREATED).status_code == 404
        finally:
            ledger.config_set("maxmemory", 0)
    assert eventually(lambda: post(client, f"/v1/in/central/{KEY}", body).status_code in (200, 201), 30)


def test_xml_and_an_answer_of_the_sender_s_own_form(client: HttpClient) -> None:
    body = b"<note><Id>88012</Id><Name>Keller &amp; Sons</Name></note>"
    answer = post(client, f"/v1/in/central/{KEY}", body)
    assert (answer.status_code, answer.json) == (201, {"externalTicketId": "88012", "who": "Keller & Sons"})
    assert post(client, f"/v1/in/central/{KEY}", body).status_code == 200
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha">]><note>&a;</note>'
    kept = post(client, f"/v1/in/central/{KEY}", bomb)
    assert (kept.status_code, kept.json["externalTicketId"]) == (201, unmapped(client)[0]["id"])


def test_a_challenge_comes_back(client: HttpClient) -> None:
    answer = client.get(f"/v1/in/desk/{KEY}?hub.challenge=abc123")
    assert (answer.status_code, answer.text, answer.content_type) == (200, "abc123", "text/plain; charset=utf-8")
    assert client.get(f"/v1/in/desk/{KEY}").json == {"status": "ok"}
    assert client.open(f"/v1/in/desk/{KEY}", "HEAD").status_code == 200
    assert client.get("/v1/in/desk?challenge=abc").status_code == 404
    assert client.get(f"/v1/in/desk/{KEY}?challenge=%3Cscript%3E").json == {"status": "ok"}
    assert client.post(f"/v1/in/desk/{KEY}?validationToken=v1", {}).text == "v1"
