"""Converts the markup of services to HTML that runs no code, whatever an event says."""

from __future__ import annotations

import re
from html import escape, unescape

import nh3
from markupsafe import Markup

from gateway.messages import markup

SLACK_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
SLACK_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
SLACK_BOLD, SLACK_ITALIC = re.compile(r"\*([^*\n]+)\*"), re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)")
SLACK_QUOTE = re.compile(r"^&gt; ?(.*)$", re.MULTILINE)
WEB_ADDRESS = re.compile(r"https?://[^\s<>()]+")
DARK_STYLES = re.compile(r"@media \(prefers-color-scheme: dark\)")
TAGS = {"b", "strong", "i", "em", "u", "s", "code", "pre", "blockquote", "a", "br"}
"""The tags that Telegram and Pushover accept."""


def markdown(text: str) -> Markup:
    return Markup(markup.write(markup.parse(text), markup.Markup.HTML))  # noqa: S704 - the writer escapes


def mrkdwn(text: str) -> Markup:
    """Slack's mrkdwn as HTML; everything that is not a link, bold, italic or a quotation is text."""
    pieces: list[str] = []
    text, end = SLACK_DATE.sub(r"\1", text), 0
    for link in SLACK_LINK.finditer(text):
        pieces.append(_emphasized(text[end : link.start()]))
        label = unescape(link[2] or link[1])
        pieces.append(f'<a href="{escape(unescape(link[1]))}">{escape(label)}</a>')
        end = link.end()
    return Markup("".join([*pieces, _emphasized(text[end:])]))  # noqa: S704 - every piece is escaped


def _emphasized(text: str) -> str:
    written = SLACK_ITALIC.sub(r"<i>\1</i>", SLACK_BOLD.sub(r"<b>\1</b>", escape(unescape(text))))
    return SLACK_QUOTE.sub(r"<q>\1</q>", written).replace("</q>\n", "</q>")


def simple_html(text: str) -> Markup:
    """The HTML of a service that accepts few tags, such as Telegram."""
    cleaned = nh3.clean(text, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return Markup(cleaned)  # noqa: S704 - nh3 leaves nothing that runs


def linked(text: str) -> Markup:
    """Plain *text* with web addresses made into links, as phones show it."""
    pieces: list[str] = []
    end = 0
    for match in WEB_ADDRESS.finditer(text):
        address = escape(match[0])
        pieces += (escape(text[end : match.start()]), f'<a href="{address}">{address}</a>')
        end = match.end()
    return Markup("".join([*pieces, escape(text[end:])]))  # noqa: S704 - every piece is escaped


def in_scheme(mail: str, scheme: str) -> str:
    """The HTML *mail* in the light or dark *scheme*, whatever the reader's browser prefers."""
    return DARK_STYLES.sub("@media all" if scheme == "dark" else "@media not all", mail, count=1)
