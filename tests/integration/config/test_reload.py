"""The configuration of a running process follows its files: whole, settled, and the old one while the new is broken."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.config import aside, files, reload
from gateway.config.load import build_from
from gateway.config.reload import LiveConfig
from gateway.config.secrets import SecretStore
from gateway.errors import ConfigUnreadable
from gateway.model import Config, Person
from gateway.schedules.calendars import IcsCalendar
from gateway.schedules.windows import describe, is_inside
from tests.support.builders import CATALOG
from tests.support.gateways import eventually

FIRST = "channels: {noc: {service: inbox}}\nfallback: {to: [noc]}\n"
SECOND = "channels: {desk: {service: inbox}}\nfallback: {to: [desk]}\n"
SECRET = "channels: {noc: {url: {file: noc.url}}}\nfallback: {to: [noc]}\n"
SCHEDULES = (
    FIRST
    + """calendars:
  office: {ics: office.ics}
  us: {country: US}
schedules:
  open: {skip: [office]}
  holidays: {only: [us]}
"""
)
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//office//EN
BEGIN:VEVENT
UID:party
SUMMARY:Summer party
DTSTART;VALUE=DATE:{day:%Y%m%d}
DTEND;VALUE=DATE:{next_day:%Y%m%d}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "a.yaml").write_text(FIRST)
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    return tmp_path


@pytest.fixture
def looking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[LiveConfig, Callable[[], Config]]:
    """A configuration, and a look at its files now; every change counts as one of this moment."""
    monkeypatch.setattr(reload, "SETTLED_S", 3600.0)
    config = LiveConfig(folder, {}, None)

    def look() -> Config:
        config.refresh()
        return config.current()

    return config, look


def test_a_change_counts_once_it_has_settled(folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]) -> None:
    """A file that is just being written may be valid up to there."""
    _, look = looking
    assert list(look().channels) == ["noc"]
    (folder / "routes" / "a.yaml").write_text(SECOND)
    assert list(look().channels) == ["noc"], "seen, and perhaps not whole"
    (folder / "routes" / "a.yaml").write_text(SECOND + "timezone: America/Denver\n")
    assert list(look().channels) == ["noc"], "it was not"
    assert list(look().channels) == ["desk"]
    assert look().timezone == "America/Denver"


def test_a_file_of_people_is_followed(folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]) -> None:
    _, look = looking
    directory = "directory: [{csv: people.csv, columns: {key: login, name: name}}]\n"
    (folder / "people.csv").write_text("login,name\nana,Ana Lopez\n")
    (folder / "routes" / "a.yaml").write_text(FIRST + directory)
    look()
    assert list(look().people) == ["ana"]
    (folder / "people.csv").write_text("login,name\nana,Ana Lopez\nbob,Bob Singh\n")
    look()
    assert list(look().people) == ["ana", "bob"]
    (folder / "people.csv").write_text("login,name\nana\n")
    look()
    assert list(look().people) == ["ana", "bob"], "a file with a problem is not used"


def test_what_is_written_over_while_it_is_read_does_not_count(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer empties the file between our look and our reading: nothing would be routed (R13)."""
    _, look = looking
    file = folder / "routes" / "a.yaml"
    file.write_text(SECOND)
    look()

    def read_files(where: Path) -> object:
        monkeypatch.setattr(aside, "read_files", files.read_files)
        file.write_text("")
        return files.read_files(where)

    monkeypatch.setattr(aside, "read_files", read_files)
    assert list(look().channels) == ["noc"], "an empty file is valid, and was not what had settled"
    file.write_text(SECOND + "timezone: America/Denver\n")
    look()
    assert look().timezone == "America/Denver"


def test_a_broken_file_changes_nothing_until_it_is_mended(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]
) -> None:
    config, look = looking
    before = look()
    (folder / "routes" / "a.yaml").write_text("channels: {noc: {service: inbx}}\nrotes: []\n")
    look()
    assert look() is before
    assert "rotes" in str(config.problems[0])
    (folder / "routes" / "a.yaml").write_text(SECOND)
    look()
    assert list(look().channels) == ["desk"]
    assert config.problems == ()


def test_the_warnings_of_a_configuration_are_logged_once_and_the_first_of_many(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]], caplog: pytest.LogCaptureFixture
) -> None:
    _, look = looking
    unused = "".join(f", c{number}: {{service: inbox}}" for number in range(20))
    (folder / "routes" / "a.yaml").write_text(
        f"channels: {{noc: {{service: inbox}}{unused}}}\nfallback: {{to: [noc]}}\n"
    )
    for _ in range(4):
        config = look()
    assert len(config.warnings) == 20
    assert f"configuration {config.digest} has 20 warnings; `gateway check` prints all" in caplog.text
    assert caplog.text.count("routes/a.yaml") == 5

    caplog.clear()
    LiveConfig(folder, {})
    assert caplog.text.count("20 warnings") == 1


def test_a_rotated_secret_file_is_followed(folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]) -> None:
    _, look = looking
    secret = folder / "noc.url"
    secret.write_text("json://127.0.0.1/first")
    secret.chmod(0o600)
    (folder / "routes" / "a.yaml").write_text(SECRET)
    look()
    first = look()
    secret.write_text("json://127.0.0.1/second")
    look()
    second = look()
    assert [one.channels["noc"].address.url.reveal()[-6:] for one in (first, second)] == ["/first", "second"]  # type: ignore[union-attr]


def test_a_file_in_a_folder_of_routes_is_followed(folder: Path) -> None:
    below = folder / "routes" / "customers"
    below.mkdir()
    (below / "a.yaml").write_text("timezone: America/Denver\n")
    live = LiveConfig(folder, {}, None)
    assert live.current().timezone == "America/Denver"
    (below / "a.yaml").write_text("timezone: America/New_York\n")  # in place, so that the folder has not changed
    assert not live.is_up_to_date({})


def test_an_editors_lock_file_is_no_route(folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]) -> None:
    config, look = looking
    (folder / "routes" / ".#a.yaml").symlink_to("somebody@machine.4711")
    (folder / "routes" / ".a.yaml").write_text("half a file: [")
    look()
    assert list(look().channels) == ["noc"]
    assert config.problems == ()


def test_a_link_that_is_swapped_is_a_change(folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]) -> None:
    """As mounted volumes do it: everything behind one link changes at once."""
    _, look = looking
    (folder / "new.yaml").write_text(SECOND)
    link = folder / "routes" / "b"
    link.symlink_to(folder / "new.yaml")
    (folder / "routes" / "a.yaml").unlink()
    link.rename(folder / "routes" / "a.yaml")
    look()
    assert list(look().channels) == ["desk"]


def test_a_folder_that_holds_no_configuration_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadable, match=r"has neither catalog\.yaml nor routes/"):
        LiveConfig(tmp_path, {}, None)


def test_a_large_configuration_is_loaded_by_another_process_with_the_same_result(
    folder: Path,
    looking: tuple[LiveConfig, Callable[[], Config]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    config, look = looking
    monkeypatch.setattr(reload, "LARGE_BYTES", 0)
    secret = folder / "noc.url"
    secret.write_text("json://127.0.0.1/first")
    secret.chmod(0o600)
    (folder / "routes" / "a.yaml").write_text(SECRET)
    look()
    loaded = look()
    assert loaded == LiveConfig(folder, {}, None).current()
    assert loaded.channels["noc"].address.url.reveal() == "json://127.0.0.1/first"  # type: ignore[union-attr]
    secret.write_text("json://127.0.0.1/second")
    look()
    assert look().channels["noc"].address.url.reveal() == "json://127.0.0.1/second"  # type: ignore[union-attr]
    (folder / "routes" / "a.yaml").write_text("rotes: []\n")
    look()
    look()
    assert "rotes" in str(config.problems[0])
    assert list(config.current().channels) == ["noc"]
    assert "it is loaded here" not in caplog.text


def test_a_configuration_with_calendars_is_loaded_by_another_process(
    folder: Path,
    looking: tuple[LiveConfig, Callable[[], Config]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A calendar is sent with the years that the other process has expanded: no event waits for that."""
    _, look = looking
    monkeypatch.setattr(reload, "LARGE_BYTES", 0)
    today = datetime.now(UTC)
    (folder / "office.ics").write_text(CALENDAR.format(day=today, next_day=today + timedelta(days=1)))
    (folder / "routes" / "a.yaml").write_text(SCHEDULES)
    look()
    config = look()
    assert "it is loaded here" not in caplog.text
    monkeypatch.setattr(IcsCalendar, "_expand", None)
    schedules = config.schedules
    assert describe(schedules["open"], today).startswith("outside open: Summer party (office)")
    assert not is_inside(schedules["holidays"], today.replace(month=1, day=3))


def test_a_large_configuration_is_taken_and_let_go_of_in_small_parts(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever posts an event meanwhile waits for a part of it at most."""
    count = 4 * aside.RELEASE_AT_ONCE
    people = json.dumps({"people": {f"p{number}": {"name": "Replaced"} for number in range(count)}})
    (folder / "routes" / "people.yaml").write_text(people)
    _, look = looking
    monkeypatch.setattr(reload, "LARGE_BYTES", 0)
    monkeypatch.setattr(aside, "WORK_S", 0.0)
    pauses_s: list[float] = []
    with monkeypatch.context() as patched:
        patched.setattr(aside.time, "sleep", pauses_s.append)
        look()
        look()
    assert pauses_s.count(aside.PAUSE_S) > count
    (folder / "routes" / "people.yaml").unlink()
    monkeypatch.setattr(reload, "LARGE_BYTES", 1 << 30)
    monkeypatch.setattr(reload, "RELEASE_AFTER_S", 0.2)
    look()
    look()

    def is_gone() -> bool:
        gc.unfreeze()
        return not any(type(thing) is Person and thing.full_name == "Replaced" for thing in gc.get_objects())

    assert eventually(is_gone, within_s=30)


def test_what_was_replaced_is_let_go_of_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Part:
        pass

    parts: list[object] = [Part() for _ in range(4 * aside.RELEASE_AT_ONCE)]
    living = weakref.WeakSet(parts)
    at_pauses: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(aside.time, "sleep", lambda _: at_pauses.append(len(living)))
        aside.release_slowly(parts)
    assert at_pauses == [number * aside.RELEASE_AT_ONCE for number in (3, 2, 1, 0)]


def test_what_is_derived_from_the_catalogue_stays_while_the_catalogue_is_the_same(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]
) -> None:
    config, look = looking
    before = config.current()
    (folder / "routes" / "a.yaml").write_text(SECOND)
    look()
    after = look()
    assert after.channels != before.channels
    assert after.catalog is before.catalog


def test_when_no_other_process_can_load_it_this_one_does(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, look = looking
    monkeypatch.setattr(reload, "LARGE_BYTES", 0)
    monkeypatch.setattr("sys.executable", str(folder / "nothing"))
    (folder / "routes" / "a.yaml").write_text(SECOND)
    look()
    assert list(look().channels) == ["desk"]


def test_the_files_are_followed_by_a_thread_while_current_only_reads(folder: Path) -> None:
    config = LiveConfig(folder, {}, None)
    config.start_following()
    try:
        (folder / "routes" / "a.yaml").write_text(SECOND)
        assert eventually(lambda: list(config.current().channels) == ["desk"])
    finally:
        config.close()


def test_what_is_derived_from_a_configuration_is_ready_before_it_is_used(
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]]
) -> None:
    config, look = looking
    prepared: list[tuple[list[str], list[str]]] = []
    config.before_use(lambda new: prepared.append((list(new.channels), list(config.current().channels))))
    (folder / "routes" / "a.yaml").write_text(SECOND)
    look()
    look()
    assert prepared == [(["desk"], ["noc"])]


def test_a_configuration_says_when_its_files_were_read_and_not_when_it_was_built(folder: Path) -> None:
    read = files.read_files(folder)
    earlier = replace(read, read_at=read.read_at - timedelta(minutes=1))
    built = build_from(earlier, SecretStore({}, folder), None, {})
    assert built.read_at == earlier.read_at
