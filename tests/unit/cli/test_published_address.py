"""What `gateway up` tells of itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from gateway.cli.up import published

ADDRESS = "http://127.0.0.1:8080"


def test_who_reads_the_address_reads_all_of_it_or_finds_none(tmp_path: Path) -> None:
    file = tmp_path / "address"
    is_over = Event()

    def read_on() -> set[str]:
        seen = set()
        while not is_over.is_set():
            try:
                seen.add(file.read_text())
            except FileNotFoundError:
                seen.add("none")
        return seen

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read_on)
        for _ in range(500):
            with published(file, ADDRESS):
                pass
        is_over.set()

    assert reading.result() <= {f"{ADDRESS}\n", "none"}
    assert list(tmp_path.iterdir()) == []
