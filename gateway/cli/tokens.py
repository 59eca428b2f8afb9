"""Makes tokens; also keeps the token of the source `local` in the data folder for `gateway up`."""

from __future__ import annotations

import os
import secrets
import string
from hashlib import sha256
from pathlib import Path

from gateway.settings import TOKEN_FILE

ALPHABET = string.digits + string.ascii_letters
KEY_CHARACTERS = 8
SECRET_BYTES = 32
SECRET_CHARACTERS = 43
"""As many base-62 digits as 32 bytes need."""


def new_token() -> str:
    """`ngw_<key id>_<32 random bytes in base 62>`."""
    key = "".join(secrets.choice(ALPHABET) for _ in range(KEY_CHARACTERS))
    number, digits = int.from_bytes(secrets.token_bytes(SECRET_BYTES)), ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return f"ngw_{key}_{digits.rjust(SECRET_CHARACTERS, '0')}"


def token_hash(token: str) -> str:
    """The hash of *token* as it is written under a source's `tokens`: `sha256:<64 hex digits>`."""
    return f"sha256:{sha256(token.encode()).hexdigest()}"


def ensure_local_token(data_folder: Path) -> Path:
    """The file with the token of the source `local`. If it is missing, it is created, readable only by its owner."""
    path = data_folder / TOKEN_FILE
    if not path.exists():
        draft = path.with_suffix(".new")  # renamed when complete: no reader sees half of it
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_token() + "\n")
        draft.rename(path)
    return path
