"""The colours of a mail, derived from its brand and severity; each is readable on its background, in light and dark
mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gateway.messages.mail.shades import WHITE, mix, readable, text_on
from gateway.model import Colors, Severity

DARK_PAGE, DARK_CARD, DARK_LINE, DARK_TEXT, DARK_MUTED = "#0d1117", "#161b22", "#30363d", "#e6edf3", "#9da7b3"
LOUD = (Severity.ERROR, Severity.CRITICAL)
"""These show their word on the full colour, the others on a tint of it."""


@dataclass(frozen=True, slots=True)
class Looks:
    severity: str
    """The colour of the bar above a mail."""
    pill: str
    """The background of the word for the severity."""
    pill_text: str
    button: str
    button_text: str
    link: str
    dark: Mapping[str, str]
    """CSS by class, for dark mode. Mail programs prefer inline styles to a style sheet, so each
    rule is `!important`."""


@lru_cache(maxsize=256)
def looks_of(colors: Colors, severity: Severity) -> Looks:
    color = colors.of(severity)
    is_loud = severity in LOUD
    pill = color if is_loud else mix(color, WHITE, 0.86)
    dark_pill = color if is_loud else mix(color, DARK_CARD, 0.7)
    pill_text, dark_pill_text = (
        text_on(background) if is_loud else readable(mix(color, text_on(background), 0.3), background)
        for background in (pill, dark_pill)
    )
    return Looks(
        severity=color,
        pill=pill,
        pill_text=pill_text,
        button=colors.accent,
        button_text=text_on(colors.accent),
        link=readable(colors.accent, WHITE),
        dark={
            "page": f"background-color: {DARK_PAGE} !important;",
            "card": f"background-color: {DARK_CARD} !important; border-color: {DARK_LINE} !important;",
            "ink": f"color: {DARK_TEXT} !important;",
            "muted": f"color: {DARK_MUTED} !important;",
            "rule": f"border-color: {DARK_LINE} !important;",
            "quote": f"color: {DARK_MUTED} !important; border-color: {DARK_LINE} !important;",
            "code": f"background-color: #262c36 !important; color: {DARK_TEXT} !important;",
            "link": f"color: {readable(colors.accent, DARK_CARD)} !important;",
            "pill": f"background-color: {dark_pill} !important; color: {dark_pill_text} !important;",
        },
    )
