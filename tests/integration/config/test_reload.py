"""The configuration of a running process follows its files: whole, settled, and the old one while the new is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import aside, files, reload
from gateway.config.reload import LiveConfig
from gateway.errors import ConfigUnreadable
from gateway.model import Config
from tests.support.gateways import eventually

FIRST = "channels: {noc: {service: inbox}}\nfallback: {to: [noc]}\n"
SECOND = "channels: {desk: {service: inbox}}\nfallback: {to: [desk]}\n"
SECRET = "channels: {noc: {url: {file: noc.url}}}\nfallback: {to: [noc]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "a.yaml").write_text(FIRST)
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
    folder: Path, looking: tuple[LiveConfig, Callable[[], Config]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, look = looking
    monkeypatch.setattr(reload, "LARGE_BYTES", 0)
    monkeypatch.setattr(aside, "PAUSE_S", 0.0)
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
