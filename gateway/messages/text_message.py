"""A message as an SMS: in the GSM alphabet if possible, without repetitions, and always with its link.

A text in this alphabet has 160 characters in one part. A single character outside it, such as a curly quote, makes all
characters 16 bits wide, which leaves room for 70.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from gateway.messages import markup
from gateway.messages.escaping import one_line
from gateway.messages.markup import Markup
from gateway.messages.measure import GSM, GSM_EXTENSION, gsm_length, is_gsm, utf16_length
from gateway.messages.severity import SeverityMark, marked
from gateway.model import Message

MAX_PARTS = 3
GSM_PART, UNICODE_PART = 153, 67
"""Characters in each part of several (3GPP TS 23.040, 9.2.3.24.1)."""
ELLIPSIS = "..."
"""Three dots: the ellipsis character is not in the alphabet and would cost more than half of the room."""
MIN_TEXT = 60
"""The room that a link must leave for the text; a longer link is left out."""

PLAIN: Mapping[str, str] = {
    "\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u2009": " ",
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u2032": "'", "\u00b4": "'", "`": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u00b7": "-",
    "\u2022": "-", "\u2026": "...", "\u2192": "->", "\u2190": "<-", "\u00d7": "x", "\u00f7": "/", "\t": " ",
    "\u0141": "L", "\u0142": "l", "\u0110": "D", "\u0111": "d", "\u0131": "i", "\u0152": "OE", "\u0153": "oe",
    "\u00de": "Th", "\u00fe": "th", "\u00d0": "D", "\u00f0": "d", "\u1e9e": "SS", "\u00a9": "(c)", "\u00ae": "(R)",
    "\u2122": "(TM)", "\u2116": "No.", "\u00ba": "o", "\u00aa": "a", "\u00b0": " deg", "\u20b9": "Rs", "\u20ba": "TL",
}  # fmt: skip
"""Replacements for characters outside the alphabet; accented letters are replaced by plain ones."""


def write(message: Message, mark: SeverityMark) -> str:
    """A text of at most three parts: the short line of *message*, or everything that it says, and its link."""
    first = marked(message.short or one_line(message.title), message.severity, mark)
    lines = [first]
    if not message.short:
        document = (
            line for line in markup.parse(message.body) if line is not markup.BLANK
        )  # they cost as much as text
        body = markup.write(tuple(document), Markup.TEXT)
        repeats_title = body.casefold().startswith(one_line(message.title).casefold())
        rest = body[len(one_line(message.title)) :].lstrip(" .\n") if repeats_title else body
        facts = (f"{fact.label}: {markup.write(markup.parse(fact.value), Markup.TEXT)}" for fact in message.facts)
        lines += [line for line in (rest, *facts) if line]
    url = message.link.url if message.link else ""
    # What follows is cut off in any case, so its characters do not matter.
    text = unicodedata.normalize("NFC", "\n".join(lines))
    beginning, rest = text[: MAX_PARTS * GSM_PART], text[MAX_PARTS * GSM_PART :]
    if is_gsm(plain := in_gsm(beginning)):
        beginning = plain

    fits_gsm = is_gsm(beginning + url)
    measure = gsm_length if fits_gsm else utf16_length
    limit = MAX_PARTS * (GSM_PART if fits_gsm else UNICODE_PART)
    room = limit - (measure(url) + 1 if url else 0)
    if room < MIN_TEXT:
        url, room = "", limit
    text = markup.fit(markup.literal(beginning + rest), Markup.TEXT, room, measure=measure, ellipsis=ELLIPSIS)
    return "\n".join(part for part in (text, url) if part)


def in_gsm(text: str) -> str:
    """*text* with characters outside the GSM alphabet replaced by plain ones where possible."""
    if is_gsm(text):
        return text
    return "".join(
        character
        if character in GSM or character in GSM_EXTENSION
        else PLAIN.get(character) or _without_accents(character)
        for character in unicodedata.normalize("NFC", text)
    )


def _without_accents(character: str) -> str:
    letters = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    return "".join(letters) if letters and GSM.issuperset(letters) else character
