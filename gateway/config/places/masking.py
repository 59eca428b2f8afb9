"""Recipients as people may see them: recognisable to those who know them, and useless to anybody else."""

from __future__ import annotations

import re

NUMBER = re.compile(r"[0-9 ().+-]{7,}")
SHOWN = 4
"""How many characters at the end of a number or an id are shown."""
MIN_LENGTH = 3 * SHOWN
"""The shortest id whose end is shown; the end of a shorter one would give away too much."""


def mask_recipient(recipient: str) -> str:
    """`+15550104567` -> `...4567`, `ana@example.com` -> `a...@example.com`, `#general` -> `#g...`."""
    local, at, domain = recipient.strip(" <>").rpartition("@")
    local = local.rpartition("<")[2]
    if at and local and domain:
        return f"{local[0] if len(local) > 1 else ''}...@{domain}"
    text = recipient.strip()
    if NUMBER.fullmatch(text.rpartition(":")[2]) or (text[:1].isalnum() and len(text) >= MIN_LENGTH):
        return f"...{text[-SHOWN:]}"
    beginning = text[: 1 if text[:1].isalnum() else 2]
    return f"{beginning}..." if len(text) > len(beginning) else "..."
