"""A message that ends its workers takes no other message with it."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from pathlib import Path

from gateway.delivery.running import FOLDER, RunningNote, report_crashes
from gateway.routing.plan import plan
from gateway.store.client import connect
from gateway.store.explanations import encode_explanation
from gateway.store.ledger import CRASHES_THAT_KILL, Ledger
from gateway.store.records import PreparedEvent, delivery_ids
from gateway.store.views import Views
from tests.integration.delivery.poisoned_worker import CONFIG, POISON, SETTINGS
from tests.support import warm
from tests.support.builders import event
from tests.support.gateways import ROOT

COUNT = 200


def acceptance(number: int) -> PreparedEvent:
    posted = event({"ticket": {"id": number}}, id=f"e{number}")
    planned = plan(posted, CONFIG)
    ids = delivery_ids(posted, planned)
    answer = {"id": posted.id, "status": "accepted", "deliveries": [{"id": id} for id in ids]}
    return PreparedEvent(
        posted,
        planned,
        ids,
        encode_explanation(planned),
        "c",
        (),
        "f",
        answer,
    )


def worker(redis_url: str, data: Path) -> int:
    module = "tests.integration.delivery.poisoned_worker"
    return warm.run(module, redis_url, str(data), cwd=ROOT, environ=os.environ, timeout=60).returncode


def test_of_200_messages_only_the_one_that_ends_its_workers_is_dead(redis_url: str, tmp_path: Path) -> None:
    with closing(connect(redis_url, timeout_s=5)) as client:
        Ledger(client, SETTINGS).accept([acceptance(number) for number in range(COUNT)])

        ends = []
        while not ends or ends[-1] != 0:
            ends.append(worker(redis_url, tmp_path))
            assert len(ends) <= CRASHES_THAT_KILL + 1

        rows = Views(client).deliveries(limit=1000)
    assert ends == [9] * CRASHES_THAT_KILL + [0]
    assert Counter(row["state"] for row in rows) == {"delivered": COUNT - 1, "dead": 1}
    assert [(row["event"], row["reason"]) for row in rows if row["state"] == "dead"] == [(f"e{POISON}", "crash-loop")]
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_the_note_of_a_process_that_lives_is_left_alone(redis_url: str, tmp_path: Path) -> None:
    note = RunningNote(tmp_path)
    with closing(connect(redis_url, timeout_s=5)) as client:
        report_crashes(tmp_path, Ledger(client, SETTINGS))

    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    note.close()
    assert list((tmp_path / FOLDER).iterdir()) == []
