"""Secrets as Kubernetes mounts them: 0644, owned by root, on a file system that is mounted read-only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.secrets import SecretMissing, SecretStore

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of its own."""
    if MOUNT is None or subprocess.run([MOUNT, "-t", "tmpfs", "none", tmp_path], capture_output=True).returncode:
        pytest.skip("only root may mount file systems")
    yield tmp_path
    assert UMOUNT
    subprocess.run([UMOUNT, tmp_path], check=True)


def test_the_mode_counts_until_the_volume_is_mounted_read_only(volume: Path) -> None:
    (volume / "password").write_text("s3cr")
    (volume / "password").chmod(0o644)
    store = SecretStore({}, volume)
    with pytest.raises(SecretMissing, match="defaultMode: 0440"):
        store.resolve({"file": "password"})

    assert MOUNT
    subprocess.run([MOUNT, "-o", "remount,ro", volume], check=True)

    assert store.resolve({"file": "password"}).reveal() == "s3cr"
