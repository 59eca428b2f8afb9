"""No command shows a traceback for what its user can mend: a sentence says it, and the exit code is 1 or 2."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main, status
from tests.support.receivers import Answer, HttpReceiver

TOKEN = "ngw_test0001_0123456789012345678901234567890123456789012"


def run(*words: str, **environ: str) -> Result:
    """A command that must end without any exception but its own exit."""
    result = CliRunner().invoke(main, words, env=environ)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def foreign() -> Iterator[HttpReceiver]:
    """Another program where the gateway should be."""
    with HttpReceiver() as receiver:
        yield receiver


@pytest.mark.parametrize("body", ['{"other": "api"}', "[1, 2]", "<html>", '"text"', ""])
@pytest.mark.parametrize("words", [["events"], ["deliveries"], ["lanes"], ["targets"], ["timers"], ["people"]])
def test_another_program_at_the_address_is_said_so(foreign: HttpReceiver, words: list[str], body: str) -> None:
    foreign.script(Answer(200, body))

    done = run(*words, GATEWAY_URL=f"http://127.0.0.1:{foreign.port}", GATEWAY_TOKEN=TOKEN)

    assert done.exit_code == 2
    assert "is not a gateway" in done.output


@pytest.mark.parametrize("url", ["http://[::1", "http://host:99999", "http://nowhere.invalid"])
def test_an_address_that_leads_nowhere_is_said_so(url: str) -> None:
    assert "no gateway answers" in run("events", GATEWAY_URL=url, GATEWAY_TOKEN=TOKEN).output


def test_a_web_server_that_takes_a_request_and_does_not_answer_is_not_called_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(status, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # the kernel takes the connection, and nobody reads it
        done = run("status", GATEWAY_URL=f"http://127.0.0.1:{frozen.getsockname()[1]}", GATEWAY_TOKEN=TOKEN)

    assert done.exit_code == 2
    assert "took the request and did not answer within 0.1 s" in done.output
    assert "no gateway answers" not in done.output


def test_a_token_file_with_other_content_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes("ngw_\u00fc".encode())

    done = run("events", GATEWAY_DATA=str(tmp_path), GATEWAY_URL="http://127.0.0.1:9", GATEWAY_TOKEN="")

    assert (done.exit_code, "token is damaged" in done.output) == (2, True)


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "@/nowhere.json", "@/", "1" * 5_000])
def test_data_that_cannot_be_used_is_said_so(text: str) -> None:
    done = run("send", "ticket.created", "--data", text, GATEWAY_URL="http://127.0.0.1:9", GATEWAY_TOKEN=TOKEN)

    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
    assert len(done.output) < 300


def test_an_argument_that_is_no_text_is_said_so() -> None:
    done = run("events", "--type", "\udcff", GATEWAY_URL="http://127.0.0.1:9", GATEWAY_TOKEN=TOKEN)

    assert (done.exit_code, "not text in UTF-8" in done.output) == (2, True)


def test_a_data_folder_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    done = run("inbox", GATEWAY_DATA=str(tmp_path / "data"))

    assert done.exit_code in (0, 2)
    assert run("events", GATEWAY_DATA=str(tmp_path / "data"), GATEWAY_TOKEN="").exit_code == 2


def test_a_damaged_line_of_the_inbox_is_left_out(tmp_path: Path) -> None:
    message = {"time": "2026-11-24T08:00:00Z", "target": "desk", "severity": "info", "title": "Whole", "body": "x"}
    (tmp_path / "inbox.jsonl").write_text(f"{{\n[]\n{json.dumps(message)}\n")

    done = run("inbox", GATEWAY_DATA=str(tmp_path))

    assert done.exit_code == 0
    assert "Whole" in done.output
    assert done.output.count("damaged") == 2


def test_check_in_a_folder_that_is_no_configuration_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    done = run("check", GATEWAY_CONFIG="")

    assert done.exit_code == 2
    assert f"{tmp_path} is not a configuration folder" in done.output
    assert "--shipped" in done.output
    assert json.loads(run("check", "--format", "json", GATEWAY_CONFIG="").output)["ok"] is False


def test_the_shipped_example_is_checked_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert "no problems" in run("check", "--shipped").output


def test_the_schemas_are_written_where_an_editor_finds_them(tmp_path: Path) -> None:
    done = run("schema", str(tmp_path))

    assert done.exit_code == 0
    routes = json.loads((tmp_path / "schemas" / "routes.schema.json").read_text())
    assert "properties" in routes
    assert "$schema=../schemas/routes.schema.json" in done.output
    assert run("schema", "--print", "routes").output == (tmp_path / "schemas" / "routes.schema.json").read_text()


def test_an_event_that_leads_to_nothing_explains_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a timed event does when it is posted a second time: it was reported already."""
    finding = {"kind": "timing", "name": "ticket.due_soon", "holds": False, "why": "this was reported already"}
    answers: dict[str, Any] = {
        "/v1/catalog": {"events": [{"name": "ticket.due_soon", "example": {}}]},
        "/v1/events": {"id": "e", "status": "unrouted", "deliveries": [], "config": "c"},
        "/v1/events/e": {"explanation": {"findings": [finding]}, "deliveries": []},
    }

    class Response:
        status, headers = 200, dict[str, str]()

        def __init__(self, document: Any) -> None:
            self.json = lambda: document

    def request(self: Any, method: str, url: str, **_: Any) -> Response:
        return Response(answers[url.removeprefix("http://127.0.0.1:9").partition("?")[0]])

    monkeypatch.setattr("urllib3.PoolManager.request", request)

    done = run("send", "ticket.due_soon", "--example", GATEWAY_URL="http://127.0.0.1:9", GATEWAY_TOKEN=TOKEN)

    assert "This event leads to no message now:\n  ticket.due_soon: this was reported already" in done.output


@pytest.mark.parametrize("words", [["oncall", "--at", "tomorrow"], ["explain", "x", "--at", "2026-13-01"]])
def test_a_time_that_is_none_is_said_in_words_of_the_command(words: list[str]) -> None:
    done = run(*words, GATEWAY_URL="http://127.0.0.1:9", GATEWAY_TOKEN=TOKEN)
    assert done.exit_code == 2
    assert "is not a time. Write '2026-12-24 09:00'" in done.output


def test_what_people_call_dead_letters_leads_to_the_command() -> None:
    assert "Did you mean 'gateway deliveries --state dead'?" in run("dead").output


def test_a_port_for_metrics_that_is_taken_is_said_with_its_setting(foreign: HttpReceiver, tmp_path: Path) -> None:
    bind = f"127.0.0.1:{foreign.port}"
    environ = {"GATEWAY_METRICS_BIND": bind, "GATEWAY_BIND": "127.0.0.1:0", "GATEWAY_DATA": str(tmp_path)}
    for command in ("up", "serve"):
        done = run(command, REDIS_URL="redis://127.0.0.1:9", **environ)
        assert done.exit_code == 2
        assert f"GATEWAY_METRICS_BIND: cannot listen on {bind}: another program listens there" in done.output
