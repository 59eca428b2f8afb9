"""The limits of cards by the services' documentation, counted as the services count, and that a card mentions nobody.

The numbers are written here again instead of being imported from the builders, so a limit that is wrong in one of the
two places fails a test. `tests/data/adaptive_cards` has Microsoft's schema of Adaptive Cards, under its licence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from gateway.messages.cards import CardKind

SCHEMA = Path(__file__).parents[1] / "data" / "adaptive_cards" / "schema-1.4.json"
Faults = Iterator[str]
LIVE_MENTION = re.compile(r"<[@#!](?!date\^)|<at>|(?<![\w.+-])@(?:everyone|here|channel|all)\b", re.IGNORECASE)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def texts(value: Any) -> Iterator[str]:
    """All texts anywhere in *value*."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inside in value.values():
            yield from texts(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from texts(inside)


def length(name: str, text: Any, most: int, count: Callable[[str], int] = utf16, least: int = 1) -> Faults:
    if not isinstance(text, str) or not least <= count(text) <= most or text != text.strip("\x00"):
        yield f"{name}: {str(text)[:40]!r} has {count(str(text))}, allowed are {least} to {most}"


def number(name: str, items: list[Any], most: int) -> Faults:
    if not 1 <= len(items) <= most:
        yield f"{name}: {len(items)} items, allowed are 1 to {most}"


def web(name: str, url: str, most: int) -> Faults:
    yield from length(name, url, most)
    if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname or " " in url:
        yield f"{name}: not a web address"


# ------------------------------------------------------------------ Slack


def slack(payload: Mapping[str, Any]) -> Faults:
    yield from length("text", payload["text"], 4000)
    blocks = [*payload.get("blocks", ()), *(block for one in payload["attachments"] for block in one["blocks"])]
    yield from number("blocks", blocks, 50)
    for block in blocks:
        yield from SLACK_BLOCKS[block["type"]](block)
    total = sum(utf16(text) for block in blocks for text in texts(block))
    if total > 13_000:
        yield f"msg_blocks_too_long: {total}"
    for attachment in payload["attachments"]:
        if not re.fullmatch("#[0-9a-f]{6}", attachment["color"]):
            yield "color"


def slack_text(name: str, text: Mapping[str, Any], most: int, kind: str | None = None) -> Faults:
    if text["type"] not in ("plain_text", "mrkdwn") or (kind and text["type"] != kind):
        yield f"{name}: type {text['type']}"
    yield from length(name, text["text"], most)


def slack_section(block: Mapping[str, Any]) -> Faults:
    if "text" in block:
        yield from slack_text("section", block["text"], 3000)
    else:
        yield from number("fields", block["fields"], 10)
        for field in block["fields"]:
            yield from slack_text("field", field, 2000)


def slack_context(block: Mapping[str, Any]) -> Faults:
    yield from number("context", block["elements"], 10)
    for element in block["elements"]:
        yield from slack_text("context", element, 3000)


def slack_actions(block: Mapping[str, Any]) -> Faults:
    yield from number("actions", block["elements"], 25)
    for button in block["elements"]:
        yield from slack_text("button", button["text"], 75, "plain_text")
        yield from web("button", button["url"], 3000)


SLACK_BLOCKS: Mapping[str, Callable[[Mapping[str, Any]], Faults]] = {
    "header": lambda block: slack_text("header", block["text"], 150, "plain_text"),
    "section": slack_section,
    "context": slack_context,
    "actions": slack_actions,
}

# ------------------------------------------------------------------ Teams


@cache
def card_validator() -> jsonschema_rs.Draft6Validator:
    return jsonschema_rs.Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def teams(payload: Mapping[str, Any]) -> Faults:
    if len(json.dumps(payload)) > 28 * 1024:
        yield "Request Entity too large"
    (attachment,) = payload["attachments"]
    if (payload["type"], attachment["contentType"]) != ("message", "application/vnd.microsoft.card.adaptive"):
        yield "no card"
    content = dict(attachment["content"])
    if content.pop("msteams") != {"width": "Full"}:  # what Teams adds to the schema
        yield "msteams"
    for error in card_validator().iter_errors(content):
        yield f"{error.instance_path}: {error.message[:200]}"
    for text in texts(content["body"]):
        if not text.strip() or "{{DATE(" in text:
            yield f"text {text[:40]!r}"


# ------------------------------------------------------------------ Discord


def discord(payload: Mapping[str, Any]) -> Faults:
    yield from length("content", payload["content"], 2000, least=0)
    yield from number("embeds", payload["embeds"], 10)
    total = 0
    for embed in payload["embeds"]:
        parts = [("title", embed["title"], 256), ("footer", embed["footer"]["text"], 2048)]
        parts += [("name", field["name"], 256) for field in embed["fields"]]
        parts += [("value", field["value"], 1024) for field in embed["fields"]]
        for name, text, most in parts:
            yield from length(name, text, most)
            if not text.strip():
                yield f"{name} is blank"
        yield from length("description", embed["description"], 4096, least=0)
        if len(embed["fields"]) > 25:
            yield "fields"
        if "url" in embed:
            yield from web("url", embed["url"], 2048)
            if "." not in (urlsplit(embed["url"]).hostname or ""):
                yield "url: Not a well formed URL"
        total += sum(utf16(text) for _, text, _ in parts) + utf16(embed["description"])
    if total > 6000:
        yield f"Embed size exceeds maximum size of 6000: {total}"
    if payload["allowed_mentions"] != {"parse": []} and not payload["content"]:
        yield "allowed_mentions"


# ------------------------------------------------------------------ Telegram, ntfy, Pushover, Gotify

TELEGRAM_TAGS = {"a", "b", "strong", "i", "em", "u", "s", "code", "pre", "blockquote", "tg-spoiler"}


class TelegramHtml(HTMLParser):
    """Refuses what `parse_mode: HTML` refuses: other tags, tags that do not nest, entities that do not exist."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TELEGRAM_TAGS:
            self.faults.append(f'Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f'Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text += data


def telegram(payload: Mapping[str, Any]) -> Faults:
    parser = TelegramHtml()
    if payload["parse_mode"] == "HTML":
        parser.feed(payload["text"])
        parser.close()
        yield from parser.faults
        if parser.open:
            yield f"Can't find end tag of {parser.open}"
        if re.search(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);)", payload["text"]):
            yield "entity"
    yield from length("text", parser.text or payload["text"], 4096)
    for row in payload.get("reply_markup", {}).get("inline_keyboard", ()):
        for button in row:
            yield from length("button", button["text"], 64)
            yield from web("button", button["url"], 2048)
            if "." not in (urlsplit(button["url"]).hostname or ""):
                yield "BUTTON_URL_INVALID"


def ntfy(payload: Mapping[str, Any]) -> Faults:
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > 8192:
        yield "41303 JSON body too large"
    yield from length("message", payload["message"], 4096, lambda text: len(text.encode()))
    if payload.get("priority", 3) not in range(1, 6):
        yield "40007 priority invalid"
    if len(payload.get("actions", ())) > 3:
        yield "40018 actions invalid"
    for action in payload.get("actions", ()):
        yield from length("label", action["label"], 100)
        yield from web("action", action["url"], 2000)


def pushover(payload: Mapping[str, Any]) -> Faults:
    yield from length("message", payload["message"], 1024, len)
    yield from length("title", payload["title"], 250, len)
    if payload["priority"] not in ("-2", "-1", "0", "1"):
        yield "priority"
    if "url" in payload:
        yield from web("url", payload["url"], 512)
        yield from length("url_title", payload["url_title"], 100, len)


def gotify(payload: Mapping[str, Any]) -> Faults:
    yield from length("message", payload["message"], 32_768)
    if payload["priority"] not in range(11):
        yield "priority"


CHECKS: Mapping[CardKind, Callable[[Mapping[str, Any]], Faults]] = {
    CardKind.SLACK: slack,
    CardKind.TEAMS: teams,
    CardKind.DISCORD: discord,
    CardKind.TELEGRAM: telegram,
    CardKind.NTFY: ntfy,
    CardKind.PUSHOVER: pushover,
    CardKind.GOTIFY: gotify,
}


def faults(kind: CardKind, payload: Mapping[str, Any]) -> list[str]:
    """Why the service would refuse *payload*, or whom it would call; empty when it takes it."""
    found = list(CHECKS[kind](payload))
    if kind in (CardKind.SLACK, CardKind.TEAMS, CardKind.DISCORD):
        calls = [text for text in texts(payload) if LIVE_MENTION.search(text)]
        found += [f"calls somebody: {text[:80]!r}" for text in calls if text != payload.get("content")]
    return found
