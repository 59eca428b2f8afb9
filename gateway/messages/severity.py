"""How each severity looks: its sign or its word in front of a title. Mere information has no sign."""

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
    """One emoji; empty for information."""


LOOKS: Mapping[Severity, Look] = {
    Severity.INFO: Look(""),
    Severity.SUCCESS: Look("\u2705"),
    Severity.WARNING: Look("\u26a0\ufe0f"),
    Severity.ERROR: Look("\U0001f534"),
    Severity.CRITICAL: Look("\U0001f6a8"),
}


class SeverityMark(StrEnum):
    """What stands in front of a title for its severity, unless that is only information."""

    NONE = "none"
    """For programs, and where the service shows the severity otherwise."""
    SIGN = "sign"
    WORD = "word"
    """Where an emoji costs more than a word, as in a text message, or is not spoken."""


def marked(title: str, severity: Severity, mark: SeverityMark) -> str:
    """*title* behind the mark of its *severity*."""
    look = LOOKS[severity]
    if mark is SeverityMark.NONE or not look.sign:
        return title
    return f"{look.sign} {title}" if mark is SeverityMark.SIGN else f"{words.current().of(severity).upper()}: {title}"
