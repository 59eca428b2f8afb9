"""What is new in a reply or comment: HTML becomes text, and quoted history and signatures are cut.

Mail programs mark what they quote in a few ways: an element of HTML, `>` at the start of a line, or a line above it
("On Monday Ana wrote:"). There is no standard for these lines; the forms below are those of Gmail, Outlook, Apple Mail,
Thunderbird and Yahoo, in English, German, French, Spanish, Italian, Dutch and Portuguese. Where all of a text seems to
be quoted, nothing is cut.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import islice

import nh3

from gateway.messages.filters.texts import excerpt
from gateway.messages.values import MAX_CHARACTERS

MAX_HTML = 2 * MAX_CHARACTERS
"""How many characters of a reply are read; the HTML that a mail program adds may be longer than the text."""
IS_HTML = re.compile(
    r"</?(?:a|b|blockquote|body|br|div|em|font|h[1-6]|head|html|i|img|li|meta|ol|p|pre|span|strong|style|table|td|tr|u|ul)"
    r"(?:\s[^<>]*)?/?>|<!doctype html|&(?:nbsp|amp|lt|gt|quot|#\d{2,5});",
    re.IGNORECASE,
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(("blockquote", "br", "div", *HEADINGS, "hr", "li", "ol", "p", "pre", "table", "tr", "ul"))
EMPTY = frozenset(("br", "hr"))
TAGS = {*BLOCKS, "article", "section", "span", "td"}
"""The HTML tags that are kept, enough to see where a line or a quotation ends. The text inside other tags stays."""
MARKS = {"class", "hidden", "id", "style", "type"}
QUOTE = re.compile(r"\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|OutlookMessageHeader)\b")
REST_IS_QUOTED = re.compile(r"\b(?:divRplyFwdMsg|appendonsend|x_divRplyFwdMsg)\b")
"""Outlook puts an element with this id before the quotation, which is not inside it."""
SIGNATURE = re.compile(r"\b(?:gmail_signature|moz-signature|ms-outlook-mobile-signature|protonmail_signature_block)\b")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?![.\d])", re.IGNORECASE)
NOT_SHOWN = {"iframe", "noscript", "script", "style", "template", "title"}
"""Elements whose content no mail program shows among the text."""
TAG = re.compile(r"(?is)<(script|style|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>")
"""A tag, and what belongs to it, in HTML that is so broken that nothing is left when it is read."""

WROTE = re.compile(
    r"(?:On\s.{5,250}\swrote|Am\s.{5,250}\sschrieb.{0,120}|.{5,150}\sschrieb am\s.{5,120}"
    r"|Le\s.{5,250}\sa \u00e9crit|El\s.{5,250}\sescribi\u00f3|Il\s.{5,250}\sha scritto|Op\s.{5,250}\sschreef.{0,120}"
    r"|Em\s.{5,250}\sescreveu)\s?:$",
    re.IGNORECASE,
)
ORIGINAL = re.compile(
    r"[-_*]{2,}\s*(?:Original (?:Message|Appointment)|Forwarded message|Urspr\u00fcngliche Nachricht|Originalnachricht"
    r"|Weitergeleitete Nachricht|Message d.origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht"
    r"|Mensagem original)\s*[-_*]{2,}",
    re.IGNORECASE,
)
HEADER = re.compile(r"\*?(?:From|Von|De|Da|Van)\s?:\*?\s", re.IGNORECASE)
NEXT_HEADER = re.compile(
    r"\*?(?:Sent|Date|To|Gesendet|Datum|An|Envoy\u00e9|Enviado(?: el)?|Fecha|\u00c0|Para|Inviato|Data|A|Verzonden|Aan"
    r"|Enviad[ao] em)\s?:\*?\s",
    re.IGNORECASE,
)
SENT_FROM = re.compile(
    r"(?:Sent from my|Sent from (?:Mail|Outlook|Yahoo Mail|AOL)|Get Outlook for|Von meinem .{2,40} gesendet"
    r"|Gesendet von|Envoy\u00e9 (?:de|depuis) mon|Enviado (?:desde mi|do meu)|Inviato da(?:l mio)?|Verzonden vanaf mijn"
    r"|Verstuurd vanaf mijn)\b.{0,60}$",
    re.IGNORECASE,
)
SIGNATURE_LINE = "--"
"""The line `-- ` before a signature (RFC 3676, 4.3), without the space at its end."""
LINES_OF_HEADER = 4
MAX_TAGS, MAX_LINES, MAX_MATCHED = 2000, 2000, 400
"""Tags and lines of a reply that are read, and characters of a line that are compared with the forms above."""


def reply(text: str, length: int, note: str) -> str:
    """An excerpt of what is new in *text*, followed by *note* if quoted text was cut."""
    new, is_cut = without_history(text)
    return f"{excerpt(new, length)} ({note})" if is_cut else excerpt(new, length)


def without_history(text: str) -> tuple[str, bool]:
    """What is new in the reply *text*, and whether any quotation was cut."""
    text, is_cut = text[:MAX_HTML], False
    if IS_HTML.search(text):
        reader = _TextOfHtml()
        # Reading tags takes quadratic time; this many take a tenth of a second at most.
        end = next(islice((match.start() for match in re.finditer("<", text)), MAX_TAGS, None), None)
        cleaned = nh3.clean(text[:end], tags=TAGS, clean_content_tags=NOT_SHOWN, attributes={"*": MARKS}, link_rel=None)
        reader.feed(cleaned)
        reader.close()
        new, everything = "".join(reader.new), "".join(reader.everything)
        is_cut = reader.has_quote and bool(new.strip())
        text = next(filter(str.strip, (new, everything)), None) or html.unescape(TAG.sub(" ", text))
    lines = [line.strip() for line in text.replace("\xa0", " ").splitlines()[:MAX_LINES]]
    new_lines, has_quote = _new_lines(lines)
    if not any(new_lines):
        return "\n".join(lines), is_cut
    return "\n".join(new_lines), is_cut or has_quote


def _new_lines(lines: Sequence[str]) -> tuple[list[str], bool]:
    """*lines* without signature and quotations, and whether there was a quotation."""
    new: list[str] = []
    has_quote = False
    place = 0
    while place < len(lines):
        line, after = lines[place][:MAX_MATCHED], _next_text(lines, place + 1)
        # The line above a quotation may be broken in two.
        joined = f"{line} {''.join(lines[place + 1 : place + 2])[:MAX_MATCHED]}"
        is_broken = bool(WROTE.match(joined)) and not WROTE.match(line) and not WROTE.match(after)
        if line.startswith(">"):
            has_quote = True
        elif is_broken or WROTE.match(line):
            has_quote = True
            place += is_broken
            if not _next_text(lines, place + 1).startswith(">"):  # nothing marks where the quote ends
                return new, True
        elif ORIGINAL.match(line) or (HEADER.match(line) and NEXT_HEADER.match(after)):
            return new, True
        elif line == SIGNATURE_LINE or SENT_FROM.match(line):
            # Only a quotation may follow the signature.
            rest = lines[place:]
            return new, has_quote or any(text.startswith(">") or WROTE.match(text[:MAX_MATCHED]) for text in rest)
        else:
            new.append(lines[place])
        place += 1
    return new, has_quote


def _next_text(lines: Sequence[str], start: int) -> str:
    """The next line that is not blank, if it is close."""
    return next((line[:MAX_MATCHED] for line in lines[start : start + LINES_OF_HEADER] if line), "")


class _TextOfHtml(HTMLParser):
    """Collects the text of HTML that nh3 has cleaned, so that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.everything: list[str] = []
        self.new: list[str] = []
        """The text without quotations and signatures."""
        self.has_quote = False
        self._left_out = 0
        """How many elements are open, counted from the first one that is left out."""
        self._hidden = 0
        self._rest_is_quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for _, value in attrs)
        self._write("\n" if tag in BLOCKS else "")
        if REST_IS_QUOTED.search(marks):
            self._rest_is_quoted = self.has_quote = True
        if tag in EMPTY:
            return
        is_quote = tag == "blockquote" or bool(QUOTE.search(marks))
        self.has_quote |= is_quote
        self._left_out += bool(self._left_out or is_quote or SIGNATURE.search(marks))
        is_hidden = bool(HIDDEN.search(marks)) or any(name == "hidden" for name, _ in attrs)
        self._hidden += bool(self._hidden or is_hidden)

    def handle_endtag(self, tag: str) -> None:
        self._left_out -= bool(self._left_out)
        self._hidden -= bool(self._hidden)
        self._write("\n" if tag in BLOCKS else " " if tag == "td" else "")

    def handle_data(self, data: str) -> None:
        # A line break in HTML is a space.
        self._write(data.replace("\n", " "))

    def _write(self, text: str) -> None:
        if not self._hidden:
            self.everything.append(text)
        if not (self._hidden or self._left_out or self._rest_is_quoted):
            self.new.append(text)
