"""How each severity is shown: by a sign or a word before a title. Information has no sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.messages import words
from gateway.model import Severity


@dataclass(frozen=True, slots=True)
class Look:
    """How one severity is shown."""

    sign: str
    """An emoji; empty for information."""


LOOKS: Mapping[Severity, Look] = {
    Severity.INFO: Look(""),
    Severity.SUCCESS: Look("\u2705"),
    Severity.WARNING: Look("\u26a0\ufe0f"),
    Severity.ERROR: Look("\U0001f534"),
    Severity.CRITICAL: Look("\U0001f6a8"),
}


class SeverityMark(StrEnum):
    """How a title shows the severity of its message, unless that is only information."""

    NONE = "none"
    """For programs, and for services that show the severity in another way."""
    SIGN = "sign"
    WORD = "word"
    """For services where an emoji costs more than a word, as in a text message, or is not spoken."""


def marked(title: str, severity: Severity, mark: SeverityMark) -> str:
    """*title* with the mark of its *severity* before it."""
    look = LOOKS[severity]
    if mark is SeverityMark.NONE or not look.sign:
        return title
    return f"{look.sign} {title}" if mark is SeverityMark.SIGN else f"{words.current().of(severity).upper()}: {title}"
