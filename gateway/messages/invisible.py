"""Characters that nobody sees. Texts of people keep those that join letters and emoji; all others are taken out.

An invisible character can turn a text around, hide what it says, or tell two equal-looking texts apart, so only those
stay without which a text of a living language or an emoji falls apart.
"""

from __future__ import annotations

import re
import unicodedata

WORD_JOINER = "\u2060"
"""Stands between `@` and a name where a service would take it for a mention. Only the gateway itself puts it there."""
ZERO_WIDTH_NON_JOINER = "\u200c"
ZERO_WIDTH_JOINER = "\u200d"
MONGOLIAN_VOWEL_SEPARATOR = "\u180e"

LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What some reader, if not every one, takes for the end of a line."""
SUBDIVISION_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
"""The flag of England, Scotland or Wales: a black flag, then the region in invisible letters (UTS #51, ED-14a)."""
CONTROL_AND_FORMAT = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U00013430-\U0001345f\U0001bca0-\U0001bcaf\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
PRIVATE_AND_SURROGATES = "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks by their category, but empty."""
VARIATION_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
SUSPECT = re.compile(f"{SUBDIVISION_FLAG}|[{CONTROL_AND_FORMAT}{PRIVATE_AND_SURROGATES}{FILLERS}{VARIATION_SELECTORS}]")
IS_SELECTOR = re.compile(f"[{VARIATION_SELECTORS}]")
USES_JOINERS = re.compile(
    "[\u0590-\u1097\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
"""Scripts whose letters change their form by their neighbours: Arabic, Syriac, those of India and around, Mongolian."""


def printable(text: str) -> str:
    r"""*text* without control, direction and other invisible characters; tabs stay, and line breaks become `\n`."""
    if text.isascii() and text.isprintable():
        return text
    text = LINE_BREAK.sub("\n", text)
    return SUSPECT.sub(_keep_if_needed, text)


def _keep_if_needed(match: re.Match[str]) -> str:
    character = match[0]
    before = match.string[max(0, match.start() - 1) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if len(character) > 1:
        return character  # the flag of a part of a country
    # A joiner counts only beside what it joins: elsewhere it is a way to make two different texts look alike.
    if character in (ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER, MONGOLIAN_VOWEL_SEPARATOR):
        is_joiner = character == ZERO_WIDTH_JOINER
        joins = (
            USES_JOINERS.match(before)
            or (is_joiner and USES_JOINERS.match(after))
            or (is_joiner and _is_emoji(before) and _is_emoji(after))
        )
        return character if joins else ""
    if IS_SELECTOR.match(character):
        return character if before.strip() and not SUSPECT.match(before) else ""
    return ""


def _is_emoji(character: str) -> bool:
    """Whether *character* may be a part of a joined emoji: a symbol, an arrow, a skin tone, or "shown as an emoji"."""
    return character in ("\ufe0f", "\u2194") or (
        character > "\u20ff" and unicodedata.category(character) in ("So", "Sk")
    )
