"""Schemas that have not changed are not read and checked again."""

from __future__ import annotations

from gateway.config.catalog.check_schemas import read_schemas

VALID = {"data/ticket.schema.json": b'{"type": "object"}'}
INVALID = {"data/ticket.schema.json": b'{"type": "objekt"}'}


def test_the_same_files_are_the_same_schemas() -> None:
    assert read_schemas(dict(VALID))[0] is read_schemas(dict(VALID))[0]


def test_a_change_is_seen_and_so_is_its_mend() -> None:
    seen = [read_schemas(files)[1:] for files in (VALID, INVALID, VALID)]

    assert [len(problems) for _, problems in seen] == [0, 1, 0]
    assert [set(broken) for broken, _ in seen] == [set(), set(INVALID), set()]


def test_the_same_problems_are_a_new_list_each_time() -> None:
    read_schemas(INVALID)[2].clear()

    assert len(read_schemas(INVALID)[2]) == 1
