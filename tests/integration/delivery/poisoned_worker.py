"""A worker that dies of one message: `python -m tests.integration.delivery.poisoned_worker REDIS_URL DATA_FOLDER`.

It ends with 0 when nothing waits and nothing is under way any more.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from gateway.delivery.drain import Drainer
from gateway.delivery.running import RunningNote, report_crashes
from gateway.model import Message, SendResult, Target
from gateway.sending.transport.event_loop import run_in_thread
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import connect
from gateway.store.ledger import Ledger
from gateway.store.records import Drain
from tests.support.builders import config

LANE = "channel/noc"
SETTINGS = Settings(lease=timedelta(seconds=1), attempt_timeout=timedelta(seconds=0.5))
CONFIG = config("""
channels: {noc: {service: inbox}}
routes: [{name: noc, notify: [ticket.changed.any], to: [noc]}]
""")
POISON = 77


class PoisonedSender:
    """Waits before and after what it does, so that many messages are under way when the poison is at work."""

    def send(self, target: Target, message: Message, delivery_id: str, *_: object) -> SendResult:
        run_in_thread(time.sleep, 0.02)
        if message.title == f"Ticket {POISON}":
            os._exit(9)
        run_in_thread(time.sleep, 0.02)
        return SendResult(None)


def main() -> None:
    url, data = sys.argv[1], Path(sys.argv[2])
    with connect(url, timeout_s=5) as client:
        ledger = Ledger(client, SETTINGS)
        report_crashes(data, ledger)
        note = RunningNote(data)
        drainer = Drainer(ledger, lambda: CONFIG, PoisonedSender(), SETTINGS, note)
        while client.exists(keys.due(LANE), keys.LEASES):
            ledger.reap()
            drainer.take(Drain(LANE, "slot"))
            time.sleep(0.05)
        drainer.close()
        note.close()


if __name__ == "__main__":
    main()
