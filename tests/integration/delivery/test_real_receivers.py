"""The engine with real receivers: recipients apart from each other, and services that ask for quiet."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.delivery.drain import Drainer
from gateway.model import Config
from gateway.sending.sender import Sender
from gateway.sending.services import AppriseServices
from gateway.sending.transport.network import Connector
from gateway.settings import Settings
from gateway.store.client import connect
from gateway.store.ledger import Ledger
from gateway.store.records import Drain
from gateway.store.views import Views
from tests.integration.delivery.test_drain import post
from tests.support.builders import config
from tests.support.gateways import eventually
from tests.support.receivers import Answer, HttpReceiver, Mailbox

SETTINGS = Settings(time_scale=0.01, linger=timedelta(seconds=1))


def rows(ledger: Ledger) -> list[dict[str, Any]]:
    return Views(ledger.client).deliveries(limit=1000)


def is_done(ledger: Ledger, drainer_takes: Callable[[Drain], None]) -> bool:
    for drain in ledger.wake():
        drainer_takes(drain)
    return all(row["state"] not in ("waiting", "sending") for row in rows(ledger))


def mail_config(mailbox: Mailbox, recipients: str) -> Config:
    return config(
        f"""
        network: {{allow: [127.0.0.0/8]}}
        channels:
          noc: {{service: mailto, host: 127.0.0.1, port: {mailbox.port}, from: bot@example.com, {recipients}}}
        routes: [{{name: noc, notify: [ticket.changed.any], to: [noc]}}]
        """,
        services=AppriseServices(),
    )


def sender_of(data: Path, read: Callable[[], Config]) -> Sender:
    """A sender under the network policy of the configuration that *read* gives."""
    return Sender(data, Connector(5, {}, policy=lambda: read().network))


def send_all(redis_url: str, data: Path, read: Callable[[], Config], count: int, after: Any = None) -> list[Any]:
    """What became of *count* events; *after* is called when they are accepted."""
    with closing(connect(redis_url, timeout_s=5)) as client:
        ledger, sender = Ledger(client, SETTINGS), sender_of(data, read)
        drains = post(ledger, "noc", count, using=read())
        if after is not None:
            after()
        drainer = Drainer(ledger, read, sender, SETTINGS)
        for drain in drains:
            drainer.take(drain)
        assert eventually(lambda: is_done(ledger, drainer.take), 30)
        drainer.close()
        sender.close()
        return rows(ledger)


def test_each_recipient_of_a_channel_has_a_delivery_and_retries_of_its_own(redis_url: str, tmp_path: Path) -> None:
    with Mailbox() as mailbox:
        current = mail_config(mailbox, "targets: [a@example.com, b@example.com], cc: [c@example.com]")
        mailbox.recipient_replies += ["450 4.2.1 later"] * 2
        found = send_all(redis_url, tmp_path, lambda: current, 1)

    assert Counter(mail.recipients for mail in mailbox.mails) == {
        (f"{name}@example.com",): 1 for name in ("a", "b", "c")
    }
    assert [row["state"] for row in found] == ["delivered"] * 3
    assert len({row["target"] for row in found}) == 3
    assert all(row["target"].startswith("noc/") and row["lane"] == "channel/noc" for row in found)
    assert "example.com" not in str(found).replace("bot@example.com", "")


def test_a_recipient_that_is_refused_is_a_dead_letter_of_its_own(redis_url: str, tmp_path: Path) -> None:
    with Mailbox() as mailbox:
        current = mail_config(mailbox, "targets: [a@example.com, b@example.com]")
        mailbox.recipient_replies.append("550 5.1.1 unknown")
        found = send_all(redis_url, tmp_path, lambda: current, 1)

    assert Counter(row["state"] for row in found) == {"delivered": 1, "dead": 1}
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    ("now", "states", "detail"),
    [
        ("targets: [c@example.com, b@example.com, a@example.com]", {"delivered": 2}, None),
        ("targets: [b@example.com]", {"delivered": 1, "dead": 1}, "the recipient is no longer among those of noc"),
        ("targets: [c@example.com, d@example.com]", {"dead": 2}, "the recipient is no longer among those of noc"),
    ],
)
def test_what_waits_follows_its_recipient(
    redis_url: str, tmp_path: Path, now: str, states: dict[str, int], detail: str | None
) -> None:
    with Mailbox() as mailbox:
        configs = [mail_config(mailbox, "targets: [a@example.com, b@example.com]")]
        found = send_all(redis_url, tmp_path, lambda: configs[-1], 1, lambda: configs.append(mail_config(mailbox, now)))

    assert Counter(row["state"] for row in found) == states
    assert {row["attempts"][-1]["detail"] for row in found if row["state"] == "dead"} == ({detail} if detail else set())


def test_what_was_meant_for_the_one_recipient_is_not_sent_to_several(redis_url: str, tmp_path: Path) -> None:
    with Mailbox() as mailbox:
        configs = [mail_config(mailbox, "targets: [a@example.com]")]

        def add_recipient() -> None:
            configs.append(mail_config(mailbox, "targets: [a@example.com, b@example.com]"))

        (found,) = send_all(redis_url, tmp_path, lambda: configs[-1], 1, add_recipient)

    assert (found["target"], found["state"], mailbox.mails) == ("noc", "dead", [])
    assert found["attempts"][-1]["detail"].startswith("noc has several recipients now")


# ------------------------------------------------------------------ services that ask for quiet


@pytest.mark.parametrize(
    ("status", "retry_after"), [(503, "0"), (429, "-5"), (429, "Wed, 21 Oct 2015 07:28:00 GMT"), (429, "")]
)
def test_a_service_that_asks_for_no_time_is_not_stormed(
    redis_url: str, tmp_path: Path, status: int, retry_after: str
) -> None:
    """200 events to a service that is busy and says to come back at once; today's waits, not scaled."""
    with HttpReceiver(Answer(status, headers={"Retry-After": retry_after})) as receiver:
        requests = _requests_within(redis_url, tmp_path, receiver, 3.0)

    assert 5 <= requests <= 100, "what was under way when the breaker opened, and nothing more"


def test_a_service_that_asks_for_a_second_again_and_again_gets_one_probe_for_each(
    redis_url: str, tmp_path: Path
) -> None:
    with HttpReceiver(Answer(429, headers={"Retry-After": "1"})) as receiver:
        requests = _requests_within(redis_url, tmp_path, receiver, 4.5)

    assert requests <= 100 + 5


def _requests_within(redis_url: str, data: Path, receiver: HttpReceiver, seconds: float) -> int:
    settings = Settings(linger=timedelta(seconds=1))
    current = config(
        f"""
        network: {{allow: [127.0.0.0/8]}}
        channels: {{noc: {{service: json, host: 127.0.0.1, port: {receiver.port}}}}}
        routes: [{{name: noc, notify: [ticket.changed.any], to: [noc]}}]
        """,
        services=AppriseServices(),
    )
    with closing(connect(redis_url, timeout_s=5)) as client:
        ledger, sender = Ledger(client, settings), sender_of(data, lambda: current)
        drainer = Drainer(ledger, lambda: current, sender, settings)
        for drain in post(ledger, "noc", 200, using=current):
            drainer.take(drain)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for drain in ledger.wake():
                drainer.take(drain)
            time.sleep(0.1)
        drainer.close()
        sender.close()
        return len(receiver.requests)
