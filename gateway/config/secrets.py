"""Secrets: values that come from the environment or a file, never from the YAML."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config.sections import Entry, parts
from gateway.model import Problem, Secret
from gateway.quoting import looks_secret, quote

KEYS = ("env", "file")
"""The keys of a map that refers to a secret."""
MAX_BYTES = 64 * 1024
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z", re.ASCII)
"""The usual form of an environment variable's name."""


class SecretMissing(ValueError):
    """A secret is not available. The text says why, and never contains the value."""


def is_secret(value: Any) -> bool:
    """Whether *value* of the YAML refers to a secret: `{env: NAME}` or `{file: path}`."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in KEYS


@dataclass(frozen=True)
class SecretStore:
    """Reads secrets from the environment and from files."""

    environ: Mapping[str, str]
    folder: Path
    """Relative paths of files start here."""
    files: set[Path] = field(default_factory=set, compare=False)
    """Every file that was read or looked for."""

    def resolve(self, reference: Mapping[str, str]) -> Secret:
        """The secret that `{env: NAME}` or `{file: path}` refers to. Raises: SecretMissing."""
        if "env" in reference:
            value = self.environ.get(reference["env"], "")
            if not value:
                raise SecretMissing(f"{_describe_variable(reference['env'])} is not set")
            return Secret(value)
        name = reference["file"]
        path = self.folder / name
        self.files.add(path)
        try:
            status = path.stat()
        except (OSError, ValueError) as exc:  # ValueError is raised for a NUL in the name
            # The name is not quoted: a name that does not exist may be the secret itself, written in the wrong place.
            reason = getattr(exc, "strerror", None) or "the name is not valid"
            raise SecretMissing(f"the secret file cannot be read: {reason}") from exc
        what = f"the secret file {quote(name)}"
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise SecretMissing(f"{what} is not a regular file of at most {MAX_BYTES // 1024} KiB")
        if status.st_mode & stat.S_IROTH and not _is_managed_by_others(path, status):
            raise SecretMissing(
                f"{what} is readable by every user: run chmod o-r on it, or write defaultMode: 0440 in Kubernetes"
            )
        try:
            text = path.read_text("utf-8").rstrip("\r\n")
        except OSError as exc:
            raise SecretMissing(f"{what} cannot be read: {exc.strerror}") from exc
        except UnicodeDecodeError:
            raise SecretMissing(f"{what} is not UTF-8 text") from None
        if not text:
            raise SecretMissing(f"{what} is empty")
        return Secret(text)


def _is_managed_by_others(path: Path, status: os.stat_result) -> bool:
    """Whether somebody else sets the mode of *path*: it is mounted read-only, or owned by root while we are not root.

    Kubernetes mounts a secret's files read-only, owned by root with the mode 0644, into the one container.
    """
    is_read_only = bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return is_read_only or (status.st_uid == 0 and os.getuid() != 0)


def _describe_variable(name: str) -> str:
    """*name* is quoted only if it looks like a variable; otherwise somebody may have written the
    secret itself there."""
    is_name = VARIABLE.match(name) and not looks_secret(name.replace("_", ""))
    return f"the environment variable {name}" if is_name else "the environment variable that is named here"


def check_secrets(entry: Entry, secrets: SecretStore) -> Iterator[Problem]:
    """Problems of secrets in *entry*, at any depth, that are not available."""
    for subpath, value in parts(entry.value):
        if is_secret(value):
            try:
                secrets.resolve(value)
            except SecretMissing as exc:
                yield entry.problem(subpath, str(exc))
