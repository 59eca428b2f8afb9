from __future__ import annotations

import json
import logging
from multiprocessing import get_context
from pathlib import Path

import pytest

from gateway.model import Address, FailureReason, Message, Severity, Target
from gateway.sending.local import INBOX_FILE, services
from gateway.sending.sender import Sender
from tests.support.senders import by, message

INBOX = Target("noc", "channel/noc", Address("inbox"))


def test_the_inbox_gets_one_line_a_message_in_plain_text(sender: Sender, tmp_path: Path) -> None:
    sender.send(by("inbox", {}, name="noc"), message("Disk", "A **bold** \\*v\\* line\nand more"), "d-1")
    file = tmp_path / INBOX_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    (line,) = file.read_text().splitlines()
    content = json.loads(line)
    assert content.pop("time")
    assert content == {
        "delivery": "d-1",
        "target": "noc",
        "severity": "error",
        "title": "Disk",
        "body": "A bold *v* line\nand more",
    }


def _fill(folder: Path, name: str) -> None:
    deliver = services(folder)["inbox"]
    for number in range(200):
        deliver(INBOX, Message(f"{name}{number}", "x" * 3000, Severity.INFO), "d")


def test_processes_share_the_inbox_without_mixing_lines(tmp_path: Path) -> None:
    context = get_context("spawn")
    processes = [context.Process(target=_fill, args=(tmp_path, name)) for name in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    titles = [json.loads(line)["title"] for line in (tmp_path / INBOX_FILE).read_text().splitlines()]
    assert sorted(titles) == sorted(f"{name}{number}" for name in "ab" for number in range(200))


def test_an_inbox_that_cannot_be_written_is_retried(tmp_path: Path) -> None:
    (tmp_path / INBOX_FILE).mkdir()
    result = services(tmp_path)["inbox"](INBOX, message(), "d")
    assert (result.reason, result.is_permanent) == (FailureReason.UNAVAILABLE, False)


def test_the_log_gets_one_line_a_message(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.channel")
    assert sender.send(by("log", {}, name="noc"), message("Disk full"), "d-1").is_delivered
    assert caplog.messages == ["noc [error] Disk full (d-1)"]
