"""The shipped mappings: what each payload becomes and who hears of it, and that no payload is too odd for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.mapped import body_of, mapped, posted
from tests.support.mutations import as_body, mutations
from tests.support.shipped_mappings import HEARS, NAMES, payload_files, shipped_config

MUTATIONS = int(os.environ.get("MUTATIONS", "240"))
"""Of each mapping; `make fuzz` asks for more."""


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


PAYLOADS = [path for name in NAMES for path in payload_files(name)]


@pytest.mark.parametrize("path", PAYLOADS, ids=name_of)
def test_a_payload_reaches_whom_it_concerns(path: Path) -> None:
    config = shipped_config()
    results = mapped(body_of(path), config.sources[path.parent.name], config)
    heard = [
        (result.event.type, result.event.severity.value, list(result.targets))
        for result in results
        if result.event is not None or not result.is_ignored
    ]
    assert heard == HEARS[name_of(path)]


@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_payload_is_an_event_or_there_is_a_reason(name: str) -> None:
    """Nothing raises; whatever becomes an event fits its schema, and has a plan."""
    config = shipped_config()
    source, paths = config.sources[name], payload_files(name)
    made = 0
    for seed, path in enumerate(paths):
        for body in mutations(body_of(path), -(-MUTATIONS // len(paths)), seed):
            for result in posted(as_body(body), source, config):
                assert result.event is not None or result.why_not
                made += result.event is not None
    assert made > MUTATIONS / 10
