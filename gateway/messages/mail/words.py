"""The few words that a mail adds to its message, in the reader's language as far as there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.model import Severity


@dataclass(frozen=True, slots=True)
class Words:
    severity: Mapping[Severity, str]
    more_facts: str
    """`{}` is their number."""
    sent_by: str
    """`{}` is the name of the brand."""


ENGLISH = Words({severity: severity.value.capitalize() for severity in Severity}, "... and {:,} more", "Sent by {}")
GERMAN = Words(
    {
        Severity.INFO: "Info",
        Severity.SUCCESS: "Erfolg",
        Severity.WARNING: "Warnung",
        Severity.ERROR: "Fehler",
        Severity.CRITICAL: "Kritisch",
    },
    "... und {} weitere",
    "Gesendet von {}",
)
BY_LANGUAGE = {"de": GERMAN}


def words_for(locale: str) -> Words:
    """Those of the language of *locale* (`de_CH`), else the English ones."""
    return BY_LANGUAGE.get(locale[:2].lower(), ENGLISH)
