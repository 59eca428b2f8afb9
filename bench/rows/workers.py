"""What more workers bring, to a sink that answers after 50 ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from peers import measure_run
from systems.gateway import Gateway
from workloads import WORKLOADS

from rows.base import Figure

WORKERS = (1, 2, 4, 8)


def near_linear(divisor: int) -> Sequence[Figure]:
    workload = replace(WORKLOADS["W2"].reduced(divisor), connections=64)
    figures = []
    for count in WORKERS:
        system = Gateway()
        system.environment = {"GATEWAY_WORKERS": str(count)}  # type: ignore[misc] # of this one
        found = measure_run(system, workload, 1, None)
        assert (found.lost, found.duplicates) == (0, 0), found
        figures.append(Figure(f"{count} workers, 50 ms sink", found.delivered_per_s, "delivered/s"))
    return figures
