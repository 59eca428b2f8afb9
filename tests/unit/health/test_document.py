"""The status as operators see it."""

from __future__ import annotations

from dataclasses import replace

from gateway.health.check import Health
from gateway.health.document import status_document
from gateway.health.reasons import reasons_of
from tests.unit.health.test_reasons import NOW, SILENT, WELL, process


def test_processes_and_configurations_are_told_by_host() -> None:
    elsewhere = process("worker", "worker-1", host="b", config="c2", problems=2)
    facts = replace(WELL, processes=(*WELL.processes, elsewhere, SILENT))
    document = status_document(Health(facts, reasons_of(facts)), {"late": NOW})
    assert document["status"] == "degraded"
    assert [row["state"] for row in document["processes"]] == ["alive"] * 4 + ["gone"]
    assert [(row["host"], row["digest"], row["processes"], row["problems"]) for row in document["configurations"]] == [
        ("a", "c1", 3, 0),
        ("b", "c2", 1, 2),
    ]
    assert document["told"] == {"late": "2026-11-26T12:00:00.000+00:00"}
    assert document["timers"] == {"next": None}


def test_a_gateway_without_reasons_is_ready() -> None:
    document = status_document(Health(WELL, ()), {})
    assert (document["status"], document["reasons"]) == ("ready", [])
