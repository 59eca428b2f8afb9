from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from gateway.model import FailureReason as Reason
from gateway.model import FieldValue, Secret, Severity, Target
from gateway.sending.sender import Sender
from gateway.sending.transport.deadline import Deadlines
from gateway.sending.transport.http import HttpTransport
from gateway.sending.transport.network import Connector
from tests.integration.sending.conftest import LOCAL_RECEIVERS
from tests.support.receivers import LOCALHOST, Answer, Authority, HttpReceiver, Request, TlsReceiver, refused_port
from tests.support.senders import Build, by, message, to


def webhook(receiver: HttpReceiver, path: str = "/hook") -> str:
    return f"json://{LOCALHOST}:{receiver.port}{path}"


def test_a_webhook_gets_plain_text_and_the_deliverys_id(sender: Sender) -> None:
    body = "A **bold** \\*value\\* [Open](https://x.example/1)"
    with HttpReceiver() as receiver:
        result = sender.send(to(webhook(receiver)), message("Disk full", body, Severity.CRITICAL), "d-1")
        assert (result.reason, result.status) == (None, 200)
        request = receiver.requests[0]
    assert request.method == "POST"
    assert request.path == "/hook"
    assert request.headers["webhook-id"] == "d-1"
    assert request.headers["user-agent"] == "Notification Gateway"
    content = request.json()
    assert (content["title"], content["message"]) == ("Disk full", "A bold *value* https://x.example/1")
    assert content["type"] == "failure"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("mmost://{at}/abcdefghijklmnopqrstuvwxyz", "/hooks/abcdefghijklmnopqrstuvwxyz"),
        ("gotify://{at}/abcdefgh", "/message"),
        (
            "rocket://abcdefghijklmnopqr/abcdefghijklmnopqrs@{at}/#general",
            "/hooks/abcdefghijklmnopqr/abcdefghijklmnopqrs",
        ),
        ("mastodon://token@{at}/", "/api/v1/statuses"),
        ("misskey://token@{at}/", "/api/notes/create"),
        ("kodi://{at}", "/jsonrpc"),
    ],
)
def test_a_whole_url_of_a_service_that_overwrites_its_scheme_will_do(sender: Sender, url: str, path: str) -> None:
    with HttpReceiver(Answer(200, '{"id": "1"}')) as receiver:
        assert sender.send(to(url.format(at=f"{LOCALHOST}:{receiver.port}")), message(), "d").is_delivered
        assert [request.path for request in receiver.requests] == [path]


def test_a_service_that_logs_out_when_its_address_changes_holds_up_nobody(sender: Sender) -> None:
    logs_out = threading.Event()

    def hang(request: Request) -> Answer:
        if request.path == "/Sessions/Logout":
            logs_out.set()
            return Answer(200, "{}", delay_s=1.5)
        answer = {"AccessToken": "t", "Id": "i"} if "Authenticate" in request.path else [{"Id": "s"}]
        return Answer(200, json.dumps(answer))

    def emby(password: str) -> Target:
        return to(f"emby://ana:{password}@{LOCALHOST}:{places.port}")

    with HttpReceiver(hang) as places, HttpReceiver() as other:
        assert sender.send(emby("old"), message(), "d-1").is_delivered
        with ThreadPoolExecutor() as pool:
            changed = pool.submit(sender.send, emby("new"), message(), "d-2")
            assert logs_out.wait(5)
            began = time.monotonic()
            assert sender.send(to(webhook(other)), message(), "d-3").is_delivered
            assert time.monotonic() - began < 1
            assert changed.result().is_delivered


@pytest.mark.parametrize(
    ("severity", "kind"),
    [("info", "info"), ("success", "success"), ("warning", "warning"), ("error", "failure"), ("critical", "failure")],
)
def test_severity_becomes_apprises_type(sender: Sender, severity: str, kind: str) -> None:
    with HttpReceiver() as receiver:
        sender.send(to(webhook(receiver)), message(severity=Severity(severity)), "d")
        assert receiver.requests[0].json()["type"] == kind


def test_a_format_in_the_url_is_honoured(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        sender.send(to(webhook(receiver) + "?format=html"), message(body="**b** \\<x>"), "d")
        assert receiver.requests[0].json()["message"] == "<p><strong>b</strong> &lt;x&gt;</p>"


@pytest.mark.parametrize(
    ("status", "reason", "is_permanent"),
    [
        (400, Reason.REJECTED, True),
        (401, Reason.UNAUTHORIZED, True),
        (403, Reason.UNAUTHORIZED, True),
        (404, Reason.NOT_FOUND, True),
        (410, Reason.GONE, True),
        (408, Reason.TIMEOUT, False),
        (429, Reason.THROTTLED, False),
        (500, Reason.UNAVAILABLE, False),
        (501, Reason.REJECTED, True),
        (503, Reason.UNAVAILABLE, False),
    ],
)
def test_the_status_of_an_answer_decides_the_reason_and_whether_it_is_permanent(
    sender: Sender, status: int, reason: Reason, is_permanent: bool
) -> None:
    with HttpReceiver(Answer(status, "because\x00 of this")) as receiver:
        result = sender.send(to(webhook(receiver)), message(), "d")
        assert len(receiver.requests) == 1
    assert (result.reason, result.is_permanent, result.status) == (reason, is_permanent, status)
    assert result.detail == f"the service answered HTTP {status}: because of this"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_passed_on(sender: Sender, status: int) -> None:
    with HttpReceiver(Answer(status, retry_after="30")) as receiver:
        assert sender.send(to(webhook(receiver)), message(), "d").retry_after_s == 30


def test_retry_after_of_another_status_says_nothing(sender: Sender) -> None:
    with HttpReceiver(Answer(500, retry_after="30")) as receiver:
        assert sender.send(to(webhook(receiver)), message(), "d").retry_after_s is None


def test_head_is_answered_without_a_body(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        target = to(webhook(receiver) + "?method=head")
        assert all(sender.send(target, message(), f"d{number}").status == 200 for number in range(2))
        assert {request.method for request in receiver.requests} == {"HEAD"}
        assert receiver.connections == 1


@pytest.mark.parametrize(
    "target", ["/a/../b", "/%7Eana/%c3%a9", "/a//b", "/a;p=1", "/x?sig=%7e%2F&t=%41", "/a%20b?c=d+e", "/it's(x)!*"]
)
def test_a_target_goes_out_as_a_plugin_gives_it(target: str) -> None:
    """requests would resolve `..` and decode what need not be encoded, and so break a signature."""
    deadlines = Deadlines()
    with HttpReceiver() as receiver, deadlines.attempt("d", 5) as trace:
        transport = HttpTransport(Connector(2, {}, policy=lambda: LOCAL_RECEIVERS), connections=1)
        transport.request(trace, "POST", receiver.url + target)
        assert receiver.targets == [target]
        transport.close()
    deadlines.close()


def test_a_url_with_characters_that_it_cannot_have_is_encoded() -> None:
    deadlines = Deadlines()
    with HttpReceiver() as receiver, deadlines.attempt("d", 5) as trace:
        transport = HttpTransport(Connector(2, {}, policy=lambda: LOCAL_RECEIVERS), connections=1)
        transport.request(trace, "POST", receiver.url + "/é x#part")
        assert receiver.targets == ["/%C3%A9%20x"]
        transport.close()
    deadlines.close()


def test_a_query_and_a_password_reach_the_provider(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        url = f"json://us%40er:p%3Ass@{LOCALHOST}:{receiver.port}/a%20b?-k%C3%A9y=v%26w"
        assert sender.send(to(url), message(), "d").is_delivered
        request = receiver.requests[0]
    assert (request.path, request.query) == ("/a%20b", {"k\u00e9y": ["v&w"]})
    assert request.headers["authorization"] == requests.auth._basic_auth_str("us@er", "p:ss")
    assert request.host == f"{LOCALHOST}:{receiver.port}"


def bare_deflate(data: bytes) -> bytes:
    """Compressed without the header of zlib's format, as some servers mean `deflate`."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)],
)
def test_an_answer_that_is_compressed_unasked_is_read(
    sender: Sender, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    answer = Answer(400, compress(b"because of this"), headers={"Content-Encoding": encoding})
    with HttpReceiver(answer) as receiver:
        assert (
            sender.send(to(webhook(receiver)), message(), "d").detail
            == "the service answered HTTP 400: because of this"
        )
        assert receiver.requests[0].headers["accept-encoding"] == "identity"


def test_a_redirect_is_not_followed(sender: Sender) -> None:
    with HttpReceiver() as other, HttpReceiver(Answer(302, headers={"Location": other.url})) as receiver:
        result = sender.send(to(webhook(receiver)), message(), "d")
        assert other.requests == []
    assert (result.reason, result.is_permanent, result.status) == (Reason.REDIRECTED, True, 302)


def test_a_connection_is_used_again(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        for number in range(20):
            assert sender.send(to(webhook(receiver), f"t{number % 3}"), message(), f"d{number}").is_delivered
        assert receiver.connections == 1


def test_threads_share_the_connections(sender: Sender) -> None:
    with HttpReceiver() as receiver, ThreadPoolExecutor(8) as pool:
        target = to(webhook(receiver))
        results = list(pool.map(lambda number: sender.send(target, message(), f"d{number}"), range(200)))
        assert all(result.is_delivered for result in results)
        assert len({request.headers["webhook-id"] for request in receiver.requests}) == 200
        assert receiver.connections <= 8


def test_a_connection_that_the_provider_closed_is_not_used_again(sender: Sender) -> None:
    with HttpReceiver(Answer(closes=True)) as receiver:
        for number in range(5):
            assert sender.send(to(webhook(receiver)), message(), f"d{number}").is_delivered
            receiver.wait_until_closed(number + 1)
        assert receiver.connections == 5


def test_a_reset_is_retried_later_and_not_at_once(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        sender.send(to(webhook(receiver)), message(), "d1")
        receiver.script(Answer(resets=True))
        result = sender.send(to(webhook(receiver)), message(), "d2")
        assert (result.reason, result.is_permanent) == (Reason.CONNECTION, False)
        assert len(receiver.requests) == 2
        assert sender.send(to(webhook(receiver)), message(), "d2").is_delivered


def test_a_refused_connection_is_retried(sender: Sender) -> None:
    port = refused_port()
    result = sender.send(by("json", {"host": LOCALHOST, "port": port}), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.CONNECTION, False)
    assert result.detail == f"the connection to {LOCALHOST} port {port} was refused"


def test_an_unknown_host_is_retried(sender: Sender) -> None:
    result = sender.send(to("json://no-such-host.invalid/"), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.CONNECTION, False)


def test_a_provider_that_never_answers_is_a_timeout(build: Build) -> None:
    with HttpReceiver(Answer(delay_s=3)) as receiver:
        result = build(total_timeout_s=0.5).send(to(webhook(receiver)), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.TIMEOUT, False)


def test_a_provider_that_drips_is_cut_off(build: Build) -> None:
    with HttpReceiver(Answer(body=b"x" * 50, drip_s=0.2)) as receiver:
        result = build(total_timeout_s=0.6).send(to(webhook(receiver)), message(), "d")
        assert (result.reason, result.is_permanent) == (Reason.TIMEOUT, False)


def test_a_huge_answer_is_not_read_to_its_end(sender: Sender) -> None:
    with HttpReceiver(Answer(body=b"x" * 50_000_000)) as receiver:
        assert sender.send(to(webhook(receiver)), message(), "d1").is_delivered
        assert sender.send(to(webhook(receiver)), message(), "d2").is_delivered


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "metadata.example"])
def test_the_clouds_credentials_are_never_asked_for(build: Build, host: str) -> None:
    sender = build("metadata.example:80=169.254.169.254:80")
    result = sender.send(to(f"json://{host}/latest"), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.ADDRESS, True)


def test_a_proxy_and_netrc_of_the_environment_are_ignored(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text(f"machine {LOCALHOST} login evil password evil\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{LOCALHOST}:{refused_port()}")
    with HttpReceiver() as receiver:
        assert sender.send(to(webhook(receiver)), message(), "d").is_delivered
        assert "authorization" not in receiver.requests[0].headers


def test_other_users_of_requests_are_left_alone(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        assert requests.get(receiver.url, timeout=5).status_code == 200
        assert receiver.requests[0].headers["user-agent"].startswith("python-requests")


def test_a_plugin_that_breaks_is_a_failure_inside(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("c4n4ry")

    monkeypatch.setattr(NotifyJSON, "send", broken)
    result = sender.send(to("json://h.example/"), message(), "d")
    assert (result.reason, result.is_permanent, result.detail) == (
        Reason.INTERNAL, True, "Apprise's plugin for the service failed with RuntimeError",
    )  # fmt: skip


def test_a_changed_address_counts_at_once(sender: Sender) -> None:
    with HttpReceiver() as old, HttpReceiver() as new:
        sender.send(to(webhook(old)), message(), "d1")
        sender.send(to(webhook(new)), message(), "d2")
        sender.send(to(webhook(new)), message(), "d3")
        assert (len(old.requests), len(new.requests)) == (1, 2)


def test_a_refused_address_is_final(sender: Sender) -> None:
    result = sender.send(to("json://h.example/?verify=no"), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.ADDRESS, True)
    assert (
        result.detail
        == "Apprise refuses the address: the option 'verify' is not allowed: certificates are always checked"
    )


# ------------------------------------------------------------------ TLS


def test_tls_connections_are_used_again_by_all_threads(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "hooks.example.com") as receiver, ThreadPoolExecutor(4) as pool:
        sender = build(receiver.resolve)
        target = to("jsons://hooks.example.com/x")
        assert all(pool.map(lambda number: sender.send(target, message(), f"d{number}").is_delivered, range(40)))
        assert receiver.connections <= 4
        assert receiver.requests[0].host == "hooks.example.com"


@pytest.mark.parametrize("scheme", ["json", "jsons"])
def test_messages_that_wait_for_their_answers_hold_up_no_other(build: Build, authority: Authority, scheme: str) -> None:
    """Ten answers are kept back until all ten requests have come."""
    together = threading.Barrier(10)

    def answer(_: Request) -> Answer:
        together.wait(10)
        return Answer()

    receiver = TlsReceiver(authority, LOCALHOST, answer=answer) if scheme == "jsons" else HttpReceiver(answer)
    with receiver, ThreadPoolExecutor(10) as pool:
        target = by(scheme, {"host": LOCALHOST, "port": receiver.port})
        sender = build(total_timeout_s=10)
        results = list(pool.map(lambda number: sender.send(target, message(), f"d{number}"), range(10)))
    assert all(result.is_delivered for result in results)


@pytest.mark.parametrize("scheme", ["json", "jsons"])
def test_a_provider_that_does_not_answer_is_cut_off(build: Build, authority: Authority, scheme: str) -> None:
    answer = Answer(delay_s=3)
    receiver = TlsReceiver(authority, LOCALHOST, answer=answer) if scheme == "jsons" else HttpReceiver(answer)
    with receiver:
        target = by(scheme, {"host": LOCALHOST, "port": receiver.port})
        result = build(total_timeout_s=0.5).send(target, message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.TIMEOUT, False)
    assert result.detail == "the server did not answer within 0.5 s"


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("other name", "the certificate is for other.example.com, not for hooks.example.com"),
        ("expired", "the certificate expired 1 day ago"),
        ("unknown authority", "the certificate is signed by an unknown authority"),
    ],
)
def test_a_certificate_that_is_not_valid_is_said_in_words(
    build: Build, authority: Authority, fault: str, detail: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    signer = Authority(tmp_path_factory.mktemp("other")) if fault == "unknown authority" else authority
    names = ("other.example.com",) if fault == "other name" else ("hooks.example.com",)
    with TlsReceiver(signer, *names, expired=fault == "expired") as receiver:
        sender = build(f"hooks.example.com:443={LOCALHOST}:{receiver.port}")
        result = sender.send(by("jsons", {"host": "hooks.example.com"}), message(), "d")
        assert receiver.requests == []
    assert result.reason is Reason.TLS
    assert result.detail.startswith(detail)


def test_a_server_without_tls_is_retried(build: Build) -> None:
    with HttpReceiver() as receiver:
        result = build(f"hooks.example.com:443={LOCALHOST}:{receiver.port}").send(
            to("jsons://hooks.example.com/x"), message(), "d"
        )
    assert (result.reason, result.is_permanent) == (Reason.TLS, False)


def test_a_handshake_that_never_ends_is_a_timeout(build: Build) -> None:
    with socket.create_server((LOCALHOST, 0)) as silent:
        port = silent.getsockname()[1]
        result = build(f"hooks.example.com:443={LOCALHOST}:{port}", connect_timeout_s=0.3).send(
            to("jsons://hooks.example.com/x"), message(), "d"
        )
    assert (result.reason, result.is_permanent) == (Reason.TIMEOUT, False)


# ------------------------------------------------------------------ secrets


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that reaches the process's log at DEBUG (caplog also hears loggers that do not propagate)."""
    texts: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    monkeypatch.setattr(root, "handlers", [Keep()])
    root.manager._clear_cache()  # type: ignore[attr-defined]
    return texts


def test_no_secret_comes_back_or_is_logged(sender: Sender, logged: list[str]) -> None:
    logging.getLogger("gateway").debug("the log is heard")
    canary = "c4n4ry-Pa55"
    with HttpReceiver(lambda request: Answer(400, f"you sent {canary} to {request.path}")) as receiver:
        fields: dict[str, FieldValue] = {
            "host": LOCALHOST,
            "port": receiver.port,
            "user": "u",
            "password": Secret(canary),
            "path": "p",
        }
        results = [
            sender.send(by("json", fields), message(), "d"),
            sender.send(to(f"json://u:{canary}@{LOCALHOST}:{receiver.port}/t0ken-c4n4ry-Pa55"), message(), "d"),
            sender.send(to(f"json://u:{canary}@{LOCALHOST}:{refused_port()}/"), message(), "d"),
            sender.send(to(f"nosuch://u:{canary}@{LOCALHOST}/"), message(), "d"),
            sender.send(
                by("workflows", {"host": "h.example", "workflow": "w", "signature": Secret(canary + " ")}),
                message(),
                "d",
            ),
        ]
    assert not any(result.is_delivered for result in results)
    assert results[0].detail == "the service answered HTTP 400: you sent *** to /p"
    assert "c4n4ry" not in repr(results)
    assert logged[0] == "the log is heard"
    assert "c4n4ry" not in repr(logged)


def test_a_closed_sender_leaves_no_thread(build: Build) -> None:
    build().close()
    assert not [thread for thread in threading.enumerate() if thread.name == "deadlines"]
