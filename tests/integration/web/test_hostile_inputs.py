"""Hostile input over the wire, against a real server: one test for each row H of the security bar."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.conftest import Server
from tests.integration.web.conftest import Served
from tests.support import gateway_folder
from tests.support.gateway_folder import ADMIN, PSA, READER, RMM, ticket
from tests.support.wire import Gateway, Reply, read_reply

MAX_EVENT = 256 * 1024
MAX_BODY = 8 * 1024 * 1024
BODY = json.dumps(ticket()).encode()
HEAD = f"POST /v1/events HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {PSA}\r\nContent-Type: application/json\r\n"


def same(reply: Reply) -> dict[str, Any]:
    """A problem document without what differs each time."""
    return {key: value for key, value in reply.json.items() if key != "request_id"}


def deliveries(gateway: Gateway) -> int:
    return len(gateway.get("/v1/deliveries?limit=500", ADMIN).json["deliveries"])


# ------------------------------------------------------------------ H1 to H6: tokens


def test_h1_no_token_is_unauthorized(gateway: Gateway) -> None:
    for method, path in (
        ("POST", "/v1/events"),
        ("GET", "/v1/events"),
        ("GET", "/v1/catalog"),
        ("POST", "/v1/explain"),
    ):
        reply = gateway.request(method, path, token=None)
        assert (reply.status, reply.slug) == (401, "unauthorized")
        assert reply.headers["www-authenticate"].startswith("Bearer")


def test_h2_a_wrong_token_gets_the_same_answer_as_none(gateway: Gateway) -> None:
    none = gateway.post(BODY, token=None)
    for token in ("wrong", PSA[:-1], PSA + "x", PSA.upper(), "x" * 255):
        assert same(gateway.post(BODY, token=token)) == same(none)


def test_h3_a_revoked_token_is_unauthorized(served: Served) -> None:
    gateway_folder.write_source(served.folder, "rotating", "first", "second")
    _until(lambda: served.gateway.get("/v1/events", "first").status == 200)
    assert served.gateway.get("/v1/events", "second").status == 200, "two live tokens, to rotate"
    gateway_folder.write_source(served.folder, "rotating", "second")
    _until(lambda: served.gateway.get("/v1/events", "first").status == 401)
    assert served.gateway.get("/v1/events", "second").status == 200


def test_h4_a_token_does_what_its_source_may_and_no_more(gateway: Gateway) -> None:
    foreign = gateway.post(ticket(), token=RMM)
    assert (foreign.status, foreign.slug) == (403, "forbidden-scope")
    assert gateway.post(ticket(), token=READER).status == 403
    assert gateway.request("POST", "/v1/deliveries/retry", token=PSA).status == 403
    assert gateway.post(ticket(id="h4")).status == 202
    assert gateway.get("/v1/events/h4").status == 200
    for token in (RMM, READER):
        reply = gateway.get("/v1/events/h4", token)
        assert (reply.status, reply.slug) == (404, "not-found")


def test_h5_a_token_in_the_query_is_none(served: Served) -> None:
    for name in ("access_token", "token"):
        reply = served.gateway.request("GET", f"/v1/events?{name}={ADMIN}", token=None)
        assert (reply.status, reply.slug) == (401, "unauthorized")
        assert ADMIN not in reply.body.decode()
    assert ADMIN not in served.log_text()


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", f"Bearer {PSA}"), ("Authorization", f"Bearer {PSA}")],
        [("Authorization", "Bearer " + "x" * 10_000)],
        [("Authorization", "Bearer \xfc\xf1")],
        [("Authorization", "Bearer " + PSA.replace("-", "\u00ad"))],
        [("Authorization", f"Basic {PSA}")],
        [("Authorization", PSA)],
        [("Authorization", "")],
    ],
    ids=["two", "10 kB", "not ASCII", "soft hyphen", "Basic", "bare", "empty"],
)
def test_h6_an_odd_authorization_is_unauthorized(gateway: Gateway, headers: list[tuple[str, str]]) -> None:
    assert gateway.request("GET", "/v1/events", headers=headers, token=None).status == 401


# ------------------------------------------------------------------ H11 to H13: sizes


def test_h11_a_large_body_is_refused_before_it_is_read(gateway: Gateway) -> None:
    head = f"{HEAD}Content-Length: {MAX_BODY + 1}\r\n\r\n".encode()
    reply = gateway.raw(head)  # no byte of the body is ever sent
    assert (reply.status, reply.slug) == (413, "too-large")
    single = gateway.post(json.dumps(ticket(subject="x" * MAX_EVENT)).encode())
    assert (single.status, single.slug) == (413, "too-large")


def test_h12_a_chunked_body_is_refused_where_it_passes_the_limit(gateway: Gateway) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection((gateway.host, gateway.port), timeout=20) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(4 * MAX_BODY // 0x10000):
                connection.sendall(chunk)
        except OSError:
            pass  # answered and closed
        reply = read_reply(connection, watch=True)
    assert (reply.status, reply.slug) == (413, "too-large")
    assert reply.is_closed


def test_h12_a_chunked_body_within_the_limit_is_taken(gateway: Gateway) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:10], BODY[10:]))
    reply = gateway.raw(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n")
    assert reply.status == 202


@pytest.mark.parametrize("difference", [-1, 5])
def test_h13_a_length_that_is_wrong_is_refused(gateway: Gateway, difference: int) -> None:
    before = deliveries(gateway)
    reply = gateway.raw(
        f"{HEAD}Content-Length: {len(BODY) + difference}\r\n\r\n".encode() + BODY, ends=True, watch=True
    )
    assert reply.status == 400
    assert reply.slug == ("incomplete-body" if difference > 0 else "not-json")
    assert reply.is_closed
    assert deliveries(gateway) == before


@pytest.mark.parametrize("length", ["-1", "+2", "2, 3", "0x10", "2\r\nContent-Length: 3"])
def test_h13_a_length_that_is_no_number_is_refused(gateway: Gateway, length: str) -> None:
    reply = gateway.raw(f"{HEAD}Content-Length: {length}\r\n\r\n".encode() + BODY, watch=True)
    assert reply.status == 400
    assert reply.is_closed


def test_h13_a_length_beside_chunks_smuggles_nothing(gateway: Gateway) -> None:
    """RFC 9112, 6.3: the chunks count and the connection is closed, or the request is refused."""
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    head = f"{HEAD}Content-Length: {len(chunked)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    reply = gateway.raw(head + chunked + smuggled, watch=True)
    assert reply.status in (202, 400)
    assert reply.is_closed


# ------------------------------------------------------------------ H30: slow clients


def test_h30_bodies_that_drip_hold_up_nobody_and_are_given_up(redis_url: str, tmp_path: Path) -> None:
    """R20, small: 60 sockets that never end, 60 that send nothing; the others are served."""
    folder = gateway_folder.write(tmp_path / "config")
    served = Served(redis_url, folder, GATEWAY_BODY_TIMEOUT="2s")
    try:
        gateway = served.gateway
        address = (gateway.host, gateway.port)
        silent = [socket.create_connection(address, timeout=20) for _ in range(60)]
        dripping = [socket.create_connection(address, timeout=20) for _ in range(60)]
        for connection in dripping:
            connection.sendall(f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:3])
        for number in range(20):
            assert gateway.post(ticket(id=f"beside-{number}")).status == 202
        replies = [read_reply(connection, watch=True) for connection in dripping]
        assert {(reply.status, reply.slug, reply.is_closed) for reply in replies} == {(408, "body-too-slow", True)}
        for connection in [*silent, *dripping]:
            connection.close()
    finally:
        served.stop()


# ------------------------------------------------------------------ H14 to H20: JSON


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        pytest.param(b"[" * 100_000, "too-deep", id="H14 deep"),
        pytest.param(b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep", id="H14 33 levels"),
        pytest.param(json.dumps(ticket(x=[0] * 20_001)).encode(), "too-complex", id="H15 values"),
        pytest.param(json.dumps({f"k{number}": 0 for number in range(1001)}).encode(), "too-complex", id="H15 keys"),
        pytest.param(b'{"type":"ticket.created","data":{"n":' + b"9" * 5000 + b"}}", "too-complex", id="H16"),
        pytest.param(b'{"type":"ticket.created","data":{"n":NaN}}', "not-json", id="H17 NaN"),
        pytest.param(b'{"type":"ticket.created","data":{"n":-Infinity}}', "not-json", id="H17 Infinity"),
        pytest.param(b'{"type":"ticket.created","data":{"n":1e999}}', "not-json", id="H17 1e999"),
        pytest.param(b'{"type":"a","type":"ticket.created","data":{}}', "duplicate-key", id="H18"),
        pytest.param(b'{"type":"ticket.created","data":{"t":"\\ud800"}}', "bad-unicode", id="H19"),
        pytest.param(b'{"type":"\xff"}', "bad-unicode", id="H20 UTF-8"),
        pytest.param(BODY.decode().encode("utf-16"), "bad-unicode", id="H20 UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + BODY, "bad-unicode", id="H20 BOM"),
    ],
)
def test_h14_to_h20_what_is_not_strict_json_is_refused(gateway: Gateway, body: bytes, slug: str) -> None:
    reply = gateway.post(body)
    assert (reply.status, reply.slug) == (400, slug)


# ------------------------------------------------------------------ H21 to H26: types and meaning


@pytest.mark.parametrize("value", ["a\x00b", "a\x1b[31m", "a\nb", "a\x7f"])
def test_h21_control_characters_in_an_identifier_are_refused(gateway: Gateway, value: str) -> None:
    for name in ("id", "subject"):
        reply = gateway.post({**ticket(), name: value})
        assert (reply.status, reply.slug) == (422, "invalid-event")
        assert reply.json["errors"][0]["pointer"] == f"/{name}"


def test_h21_control_characters_in_a_text_are_kept_for_the_template_to_strip(gateway: Gateway) -> None:
    assert gateway.post({"type": "ticket.closed", "data": {"note": "a\x00b"}}).status == 202


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/json; charset=utf-16", "application/xml", "multipart/form-data", "", "json", "*/*"],
)
def test_h22_another_content_type_is_refused(gateway: Gateway, content_type: str) -> None:
    reply = gateway.post(BODY, [("Content-Type", content_type)])
    assert (reply.status, reply.slug) == (415, "unsupported-media-type")


def test_h22_a_missing_content_type_is_refused(gateway: Gateway) -> None:
    assert gateway.request("POST", "/v1/events", BODY).status == 415


def test_h23_a_compressed_body_is_refused_and_never_inflated(gateway: Gateway) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    for encoding in ("gzip", "GZIP", "br", "identity, gzip"):
        reply = gateway.post(bomb, [("Content-Encoding", encoding)])
        assert (reply.status, reply.slug) == (415, "unsupported-media-type")
    assert gateway.post(BODY, [("Content-Encoding", "identity")]).status == 202


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 400, "not-json"),
        (b"   ", 400, "not-json"),
        (b"3", 422, "invalid-event"),
        (b'"text"', 422, "invalid-event"),
        (b"null", 422, "invalid-event"),
        (b"[]", 422, "empty-array"),
        (json.dumps([ticket()] * 1001).encode(), 413, "too-many-events"),
    ],
)
def test_h24_nothing_a_scalar_or_an_odd_array_is_refused(gateway: Gateway, body: bytes, status: int, slug: str) -> None:
    reply = gateway.post(body)
    assert (reply.status, reply.slug) == (status, slug)


def test_h25_an_unknown_type_is_refused_with_the_nearest_and_not_echoed(gateway: Gateway) -> None:
    near = gateway.post({"type": "ticket.craeted", "data": {}})
    assert (near.status, near.slug) == (422, "unknown-type")
    assert near.json["errors"][0]["hint"] == "did you mean 'ticket.created' or 'ticket.closed'?"
    hostile = gateway.post({"type": '<script>alert(1)</script>"\n', "data": {}})
    assert (hostile.status, hostile.slug) == (422, "unknown-type")
    assert b"script" not in hostile.body


def test_h26_a_breach_of_the_schema_is_pointed_to(gateway: Gateway) -> None:
    reply = gateway.post({"type": "ticket.created", "data": {"ticket": {"id": "seven", "priority": "canary"}}})
    assert (reply.status, reply.slug) == (422, "invalid-event")
    assert {one["pointer"]: one["code"] for one in reply.json["errors"]} == {
        "/data/ticket/id": "type",
        "/data/ticket/priority": "enum",
    }
    assert b"canary" not in reply.body


# ------------------------------------------------------------------ H27 to H29: keys and ids


@pytest.mark.parametrize(
    "key", ["", "x" * 256, "a b", "a\tb", "k\xe9y", "a\x7f"], ids=["empty", "256", "space", "tab", "latin-1", "DEL"]
)
def test_h27_a_key_that_cannot_be_used_is_refused(gateway: Gateway, key: str) -> None:
    before = deliveries(gateway)
    assert gateway.post(BODY, [("Idempotency-Key", key)]).status == 400
    assert deliveries(gateway) == before


def test_h27_a_line_feed_in_a_key_begins_another_header(gateway: Gateway) -> None:
    reply = gateway.post(BODY, [("Idempotency-Key", "a\r\nX-Injected: b")])
    assert reply.status == 202
    assert "x-injected" not in reply.headers


def test_h28_the_same_key_for_another_body_is_a_mismatch(gateway: Gateway) -> None:
    key = [("Idempotency-Key", "h28")]
    assert gateway.post(ticket(1), key).status == 202
    assert gateway.post(ticket(1), key).headers["idempotent-replayed"] == "true"
    other = gateway.post(ticket(2), key)
    assert (other.status, other.slug) == (422, "idempotency-mismatch")


def test_h29_keys_and_ids_from_outside_never_become_keys_of_the_ledger(served: Served) -> None:
    hostile = [":", "*", "../../etc", "{}", "{ngw}:dead", "a:b", "%2e%2e", "\\", "'", "$(id)", "?x=1", "#f"]
    for text in hostile:
        reply = served.gateway.post(ticket(id=text), [("Idempotency-Key", text)])
        assert reply.status == 202, text
        again = served.gateway.get(reply.headers["location"])
        assert (again.status, again.json["id"]) == (200, text)
    with redis.Redis.from_url(served.redis_url, decode_responses=True) as client:
        for key in client.scan_iter(count=1000):
            assert key.startswith(("{ngw}:", "rq:")), key
            assert not any(text in key.removeprefix("{ngw}:").replace(":", "") for text in hostile if text != ":"), key


# ------------------------------------------------------------------ H32, H33, H37


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/../../etc/passwd",
        "/v1/events/%2e%2e/%2e%2e/etc/passwd",
        "/v1/events/%00",
        "/v1//events",
        "//v1/events",
        "/v1/events/",
        "/V1/events",
        "/v1/events%00",
        "/v1/events/..%2f..%2f",
        "/%2e%2e/v1/events",
        "/v1/events\\..",
        "/static/x",
        "/problems/../readyz",
    ],
)
def test_h32_an_odd_path_leads_nowhere(gateway: Gateway, path: str) -> None:
    reply = gateway.get(path, ADMIN)
    assert (reply.status, reply.slug) == (404, "not-found")
    assert "location" not in reply.headers


def test_h33_another_method_is_refused_with_those_that_are_taken(gateway: Gateway) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"):
        reply = gateway.request(method, "/v1/events", BODY, [("Content-Type", "application/json")])
        assert reply.status == 405, method
        assert {"GET", "POST"} <= set(reply.headers["allow"].replace(" ", "").split(","))
    overridden = gateway.post(BODY, [("X-HTTP-Method-Override", "DELETE")])
    assert overridden.status == 202


@pytest.fixture
def lone(own_server: Server) -> Iterator[tuple[Served, Server]]:
    """A gateway whose ledger's server the test may take away."""
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    served = Served(own_server.url, gateway_folder.write(folder / "config"))
    yield served, own_server
    served.stop()
    log = served.log_text()
    shutil.rmtree(folder)
    assert "Traceback" not in log, log


def test_h37_without_the_ledger_an_event_is_refused_and_may_be_posted_again(lone: tuple[Served, Server]) -> None:
    served, server = lone
    assert served.gateway.post(ticket(id="before")).status == 202
    server.kill()
    for path in ("/v1/events", "/readyz"):
        reply = served.gateway.get(path)
        assert (reply.status, reply.slug) == (503, "storage-unavailable")
    reply = served.gateway.post(ticket(id="during"))
    assert (reply.status, reply.slug) == (503, "storage-unavailable")
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert served.gateway.get("/healthz").status == 200
    server.start()
    assert served.gateway.get("/v1/events/during").status == 404, "nothing half-stored"
    assert served.gateway.post(ticket(id="during")).status == 202
    assert served.gateway.get("/v1/events/before").status == 200


def test_h37_a_full_ledger_refuses_events_and_still_reads(lone: tuple[Served, Server]) -> None:
    served, server = lone
    assert served.gateway.post(ticket(id="before")).status == 202
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "1mb")
        reply = served.gateway.post(ticket(id="full"))
        assert (reply.status, reply.slug) == (503, "storage-unavailable")
        assert served.gateway.get("/v1/events/before").status == 200
        assert served.gateway.get("/v1/events/full").status == 404, "nothing half-stored"
        client.config_set("maxmemory", "0")
    assert served.gateway.post(ticket(id="full")).status == 202


def test_r11_events_are_refused_before_the_ledger_is_full_and_what_is_stored_can_leave(
    lone: tuple[Served, Server],
) -> None:
    """At 75 % of maxmemory; consumers go on, and the intake opens again by itself."""
    served, server = lone
    assert served.gateway.post(ticket(id="before")).status == 202
    with redis.Redis.from_url(server.url) as client:
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory", int(used / 0.8))
        _until(lambda: served.gateway.post(ticket(id="more")).status == 503)
        reply = served.gateway.post(ticket(id="more-2"))
        assert (reply.status, reply.slug) == (503, "overloaded")
        assert 5 <= int(reply.headers["retry-after"]) <= 60
        assert served.gateway.get("/readyz").slug == "overloaded"
        assert served.gateway.get("/v1/events/before").status == 200
        client.set("a worker's", "write")  # the server itself refuses nothing yet
        client.config_set("maxmemory", "0")
    _until(lambda: served.gateway.post(ticket(id="more-2")).status == 202)


def test_r11_a_long_backlog_refuses_further_events(redis_url: str, tmp_path: Path) -> None:
    served = Served(redis_url, gateway_folder.write(tmp_path / "config"), GATEWAY_MAX_WAITING="3")
    try:
        for number in range(3):
            assert served.gateway.post(ticket(id=f"e{number}")).status == 202
        _until(lambda: served.gateway.post(ticket(id="late")).status == 503)
        assert "deliveries wait, and 3 is the limit" in served.gateway.post(ticket(id="late")).json["detail"]
    finally:
        served.stop()


def _until(holds: Any, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
