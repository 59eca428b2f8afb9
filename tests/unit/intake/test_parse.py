"""From a posted document to an event, or to every error in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.errors import ApiError
from gateway.intake.parse import new_id, parse
from gateway.model import Config, Scope, Severity, Source
from tests.support.builders import NOW, config

PSA = Source("psa", frozenset({"ticket.changed"}), frozenset())
DATA = {"ticket": {"id": 7}}


@pytest.fixture(scope="module")
def small() -> Config:
    return config("channels: {}")


def posted(**changes: Any) -> dict[str, Any]:
    return {"type": "ticket.changed", "data": DATA, **changes}


def refused(document: Any, config: Config, source: Source = PSA) -> ApiError:
    with pytest.raises(ApiError) as caught:
        parse(document, source, config, NOW)
    return caught.value


def pointers(document: Any, config: Config) -> list[str]:
    return [error["pointer"] for error in refused(document, config).errors]


def test_type_and_data_are_enough(small: Config) -> None:
    event = parse(posted(), PSA, small, NOW)
    assert (event.type, event.category, event.source) == ("ticket.changed", "tickets", "psa")
    assert (event.subject, event.time, event.severity) == ("7", NOW, Severity.WARNING)
    assert event.data == DATA
    assert UUID(event.id).version == 7


def test_what_the_source_says_wins_over_the_catalogue(small: Config) -> None:
    event = parse(
        posted(id="a/1", subject="printer", severity="error", time="2026-11-23T08:00:00+02:00", specversion="1.0"),
        PSA,
        small,
        NOW,
    )
    assert (event.id, event.subject, event.severity) == ("a/1", "printer", Severity.ERROR)
    assert event.time == datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_the_source_is_the_token_s_whatever_the_document_says(small: Config) -> None:
    assert parse(posted(source="rmm"), PSA, small, NOW).source == "psa"


def test_attributes_of_extensions_are_taken(small: Config) -> None:
    assert parse(posted(traceparent="00-1", datacontenttype="application/json"), PSA, small, NOW).id


def test_an_event_without_an_id_has_that_of_its_key(small: Config) -> None:
    ids = {parse(posted(), PSA, small, NOW, key).id for key in ("k", "k", "l")}
    assert len(ids) == 2
    assert parse(posted(id="own"), PSA, small, NOW, "k").id == "own"


def test_new_ids_sort_by_time() -> None:
    ids = [new_id(NOW + timedelta(milliseconds=ms)) for ms in range(5)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5


def test_an_unknown_type_is_told_with_the_nearest_that_the_source_may_post(small: Config) -> None:
    error = refused(posted(type="ticket.chnaged"), small)
    assert error.slug == "unknown-type"
    assert error.errors[0]["pointer"] == "/type"
    assert error.errors[0]["hint"] == "did you mean 'ticket.changed'?"
    blind = Source("rmm", frozenset(), frozenset())
    assert "hint" not in refused(posted(type="ticket.chnaged"), small, blind).errors[0]


def test_an_unknown_type_does_not_hide_the_rest(small: Config) -> None:
    assert pointers(posted(type="<script>", severity="bad"), small) == ["/type", "/severity"]


def test_a_name_that_is_not_known_is_not_repeated(small: Config) -> None:
    error = refused(posted(type="<script>alert(1)</script>"), small)
    assert "script" not in f"{error.detail} {error.errors}"


def test_a_type_that_the_source_may_not_post_is_forbidden(small: Config) -> None:
    error = refused(posted(), small, Source("rmm", frozenset({"alert.*"}), frozenset()))
    assert error.slug == "forbidden-scope"


def test_a_token_that_may_only_read_posts_nothing(small: Config) -> None:
    reader = Source("psa", frozenset({"*"}), frozenset(), frozenset({Scope.READ}))
    assert refused(posted(), small, reader).slug == "forbidden-scope"


@pytest.mark.parametrize("document", [None, 3, "x", [], True])
def test_an_event_is_an_object(small: Config, document: Any) -> None:
    error = refused(document, small)
    assert (error.slug, error.errors[0]["pointer"]) == ("invalid-event", "")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": "a\x00b"}, "/id"),
        ({"id": "a\nb"}, "/id"),
        ({"id": "a\u202eb"}, "/id"),
        ({"id": ""}, "/id"),
        ({"id": "x" * 256}, "/id"),
        ({"id": 7}, "/id"),
        ({"subject": "a\tb"}, "/subject"),
        ({"time": "yesterday"}, "/time"),
        ({"time": 1700000000}, "/time"),
        ({"severity": "WARNING"}, "/severity"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"data": {"ticket": {"id": "a\x1bb"}}}, "/data/ticket/id"),
        ({"data": {"ticket": {"id": "x" * 300}}}, "/data/ticket/id"),
        ({"data": {"ticket": {"id": []}}}, "/data/ticket/id"),
        ({"data": None}, "/data"),
    ],
)
def test_each_wrong_attribute_is_pointed_to(small: Config, changes: dict[str, Any], pointer: str) -> None:
    assert pointers(posted(**changes), small) == [pointer]


def test_all_errors_are_told_at_once(small: Config) -> None:
    wrong = posted(id="\x07", time="never", severity="bad", data={"ticket": {"id": []}})
    assert set(pointers(wrong, small)) == {"/id", "/time", "/severity", "/data/ticket/id"}


def test_what_is_required_is_said_to_be_missing(small: Config) -> None:
    assert pointers({"type": "ticket.changed"}, small) == ["/data"]
    assert set(pointers({}, small)) == {"/type", "/data"}


def test_a_subject_that_is_empty_is_none(small: Config) -> None:
    assert parse(posted(data={"ticket": {"id": ""}}), PSA, small, NOW).subject is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23t08:00:00z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23 08:00:00.5-07:00", datetime(2026, 11, 23, 15, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23T08:00:00.123456789Z", datetime(2026, 11, 23, 8, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-11-23T08:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T08:00:00.000-0700", datetime(2026, 11, 23, 15, tzinfo=UTC)),
        ("2026-11-23T08:00:00", None),
        ("2026-11-23", None),
        ("20261123T080000Z", None),
        ("2026-W48-1T08:00:00Z", None),
        ("2026-02-30T08:00:00Z", None),
        ("2026-11-23T24:00:00Z", None),
        ("2026-11-23T08:00:00+24:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("\u0662026-11-23T08:00:00Z", None),
    ],
)
def test_a_time_is_rfc_3339_with_its_offset(text: str, expected: datetime | None, small: Config) -> None:
    document = posted(time=text)
    if expected is None:
        assert pointers(document, small) == ["/time"]
    else:
        assert parse(document, PSA, small, NOW).time == expected
