"""Secrets: values that come from the environment or a file, never from the YAML."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.model import Secret

MAX_BYTES = 64 * 1024


class SecretMissing(ValueError):
    """A secret cannot be had; the text says why, and never the value."""


def is_secret(value: Any) -> bool:
    """Whether *value* of the YAML refers to a secret: `{env: NAME}` or `{file: path}`."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("env", "file")


@dataclass(frozen=True)
class SecretStore:
    """Where secrets come from."""

    environ: Mapping[str, str]
    folder: Path
    """Relative files start here."""
    files: set[Path] = field(default_factory=set, compare=False)
    """Every file that was asked for."""

    def resolve(self, reference: Mapping[str, str]) -> Secret:
        """The secret that `{env: NAME}` or `{file: path}` means. Raises: SecretMissing."""
        if "env" in reference:
            value = self.environ.get(reference["env"], "")
            if not value:
                raise SecretMissing(f"the environment variable {reference['env']} is not set")
            return Secret(value)
        return Secret(self._read(reference["file"]))

    def _read(self, name: str) -> str:
        what = f"the secret file {name if name.isprintable() else repr(name)}"
        path = self.folder / name
        self.files.add(path)
        try:
            status = path.stat()
        except (OSError, ValueError) as exc:  # a name may hold NUL
            raise SecretMissing(f"{what} cannot be read: {getattr(exc, 'strerror', exc)}") from exc
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise SecretMissing(f"{what} is no small plain file")
        if status.st_mode & stat.S_IROTH:
            raise SecretMissing(f"{what} can be read by everybody: chmod o-r it")
        try:
            text = path.read_text("utf-8").rstrip("\r\n")
        except OSError as exc:
            raise SecretMissing(f"{what} cannot be read: {exc.strerror}") from exc
        except UnicodeDecodeError:
            raise SecretMissing(f"{what} is not UTF-8 text") from None
        if not text:
            raise SecretMissing(f"{what} is empty")
        return text
