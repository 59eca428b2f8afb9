"""A file that every user may read holds no secret, unless somebody else mounts it for this process alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.config.secrets import SecretMissing, SecretStore


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file as Kubernetes mounts it by default: `password` -> `..data/password` -> a folder of this version."""
    version = tmp_path / "..2026_11_26"
    version.mkdir()
    (version / "password").write_text("s3cr\n")
    (version / "password").chmod(0o644)
    (tmp_path / "..data").symlink_to(version.name)
    (tmp_path / "password").symlink_to("..data/password")
    return tmp_path / "password"


def read(secret: Path) -> str:
    return SecretStore({}, secret.parent).resolve({"file": "password"}).reveal()


def test_a_file_of_ours_that_every_user_may_read_is_refused(secret: Path) -> None:
    with pytest.raises(SecretMissing, match=r"run chmod o-r on it, or write defaultMode: 0440 in Kubernetes"):
        read(secret)


@pytest.mark.parametrize("mode", [0o440, 0o400, 0o600])
def test_a_file_that_only_its_owner_and_group_may_read(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    assert read(secret) == "s3cr"


@pytest.mark.parametrize(("owner", "is_accepted"), [(0, True), (1000, False), (1001, False)])
def test_a_file_of_roots_is_not_ours_to_change(
    secret: Path, monkeypatch: pytest.MonkeyPatch, owner: int, is_accepted: bool
) -> None:
    """We are user 1000."""
    status = os.stat_result((0o100644, 0, 0, 1, owner, 0, 5, 0, 0, 0))
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: status)
    if is_accepted:
        assert read(secret) == "s3cr"
    else:
        with pytest.raises(SecretMissing, match="is readable by every user"):
            read(secret)


def test_a_file_of_a_read_only_mount(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mount:
        f_flag = os.ST_RDONLY | os.ST_NOSUID

    monkeypatch.setattr(os, "statvfs", lambda _: Mount)
    assert read(secret) == "s3cr"
