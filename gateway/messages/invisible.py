"""Removes invisible characters from texts, except where a living language or an emoji needs them.

An invisible character can reverse the order in which a text is shown, hide a part of it, or make two different texts
look the same. A few are needed nevertheless: without them, some scripts are misspelt, and one emoji becomes two.
"""

from __future__ import annotations

import re
import unicodedata

WORD_JOINER = "\u2060"
"""Written by the gateway between `@` and a name, so that no service reads a mention. It is removed from events."""
ZERO_WIDTH_NON_JOINER = "\u200c"
ZERO_WIDTH_JOINER = "\u200d"
MONGOLIAN_VOWEL_SEPARATOR = "\u180e"

LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Everything but `\\n` that some program takes for the end of a line."""
SUBDIVISION_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
"""The flag of England, Scotland or Wales: a black flag followed by invisible letters (UTS #51, ED-14a)."""
CONTROL_AND_FORMAT = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U00013430-\U0001345f\U0001bca0-\U0001bcaf\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
PRIVATE_AND_SURROGATES = "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks according to Unicode, but they show nothing."""
VARIATION_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
SUSPECT = re.compile(f"{SUBDIVISION_FLAG}|[{CONTROL_AND_FORMAT}{PRIVATE_AND_SURROGATES}{FILLERS}{VARIATION_SELECTORS}]")
"""An invisible character, or a whole flag, which contains some and so is tried first."""
SELECTOR = re.compile(f"[{VARIATION_SELECTORS}]")
JOINING_LETTER = re.compile(
    "[\u0590-\u1097\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
"""A letter of a script in which neighbouring letters change each other's form: Arabic, Syriac, Mongolian, Indian
scripts."""


def printable(text: str) -> str:
    r"""*text* without control, direction and other invisible characters; tabs stay, and line breaks become `\n`."""
    if text.isascii() and text.isprintable():
        return text
    text = LINE_BREAK.sub("\n", text)
    return SUSPECT.sub(_keep_if_needed, text)


def _keep_if_needed(match: re.Match[str]) -> str:
    """The replacement for a match of SUSPECT: the match itself if the characters beside it need
    it, otherwise nothing."""
    character = match[0]
    before = match.string[max(0, match.start() - 1) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if len(character) > 1:
        return character  # the only match of several characters is a flag
    # A joiner is kept only beside what it joins. Before a letter only the zero-width joiner has an effect: it gives the
    # letter its joined form, while a non-joiner at the start of a word has nothing to separate.
    if character in (ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER, MONGOLIAN_VOWEL_SEPARATOR):
        is_joiner = character == ZERO_WIDTH_JOINER
        joins = (
            JOINING_LETTER.match(before)
            or (is_joiner and JOINING_LETTER.match(after))
            or (is_joiner and _is_emoji(before) and _is_emoji(after))
        )
        return character if joins else ""
    # A variation selector chooses a form of the character before it, which must be visible.
    if SELECTOR.match(character):
        return character if before.strip() and not SUSPECT.match(before) else ""
    return ""


def _is_emoji(character: str) -> bool:
    """Whether *character* can be beside a joiner in an emoji: a symbol, arrow, skin tone, or the emoji selector."""
    return character in ("\ufe0f", "\u2194") or (
        character > "\u20ff" and unicodedata.category(character) in ("So", "Sk")
    )
