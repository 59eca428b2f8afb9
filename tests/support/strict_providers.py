"""Receivers that refuse what a provider refuses: a message over its limit, counted as the provider counts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.messages.cards import CardKind
from gateway.model import FieldValue, Secret
from tests.support.receivers import Answer, Request
from tests.support.strict_cards import faults as card_faults

TAG = re.compile(r"<[^>]*>")


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Provider:
    service: str
    host: str
    fields: Mapping[str, FieldValue]
    lengths: Callable[[Request], Mapping[str, tuple[int, int]]]
    """What of a request is counted -> its length and the limit."""
    text: Callable[[Request], str]
    """The text that a reader gets."""
    recipient: str | None = None
    accepts: Answer = field(default_factory=lambda: Answer(200, "{}"))
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.service

    def answer(self, request: Request) -> Answer:
        """413 with what is too long, unless the request is no message or everything keeps to its limit."""
        if not self.is_message(request):
            return self.accepts
        too_long = [name for name, (length, limit) in self.lengths(request).items() if length > limit]
        return Answer(413, f"too long: {too_long}") if too_long else self.accepts

    def is_message(self, request: Request) -> bool:
        return self.service != "matrixs" or "/send/" in request.path


def card_lengths(kind: CardKind) -> Callable[[Request], Mapping[str, tuple[int, int]]]:
    """Each reason why the service would refuse a card counts as one that is too long."""
    return lambda request: dict.fromkeys(card_faults(kind, request.json()), (1, 0))


def discord_text(request: Request) -> str:
    return str(request.json()["content"])


def slack_text(request: Request) -> str:
    return str(request.json()["attachments"][0]["text"])


def teams_text(request: Request) -> str:
    return str(request.json()["attachments"][0]["content"]["body"][-1]["text"])


def parsed_html(text: str) -> str:
    return html.unescape(TAG.sub("", text))


def dingtalk_text(request: Request) -> str:
    return str(request.json()["markdown"]["text"])


def feishu_text(request: Request) -> str:
    return str(request.json()["card"]["elements"][0]["text"]["content"])


def slack_block(request: Request, kind: str) -> str:
    """The text of the block of a kind; Slack counts it with the escapes in it."""
    blocks = request.json()["attachments"][0]["blocks"]
    return next((str(block["text"]["text"]) for block in blocks if block["type"] == kind), "")


def slack_lengths(request: Request) -> Mapping[str, tuple[int, int]]:
    header, section = slack_block(request, "header"), slack_block(request, "section")
    return {"header": (utf16(header), 150), "section": (utf16(section), 3000)}


SLACK: dict[str, FieldValue] = {
    "token_a": Secret("T1JJ3T3L2"),
    "token_b": Secret("A1BRTD4JD"),
    "token_c": Secret("TIiajkdnlazkcOXrIdevi7FQ"),
}
ZOOM: dict[str, FieldValue] = {"webhook_id": "abc-123", "token": Secret("t" * 20)}


def zoom_card(request: Request) -> tuple[str, str]:
    content = request.json()["content"]
    return content.get("head", {}).get("text", ""), str(content["body"][0]["text"])


TWILIO = {"account_sid": "AC" + "a" * 32, "auth_token": Secret("b" * 32), "from_phone": "+15550100123"}


def slack_card_text(request: Request) -> str:
    return next(str(block["text"]["text"]) for block in request.json()["attachments"][0]["blocks"] if "text" in block)


PROVIDERS = [
    Provider(
        "discord",
        "discord.com",
        {"webhook_id": "123456", "webhook_token": Secret("abc-DEF_1")},
        card_lengths(CardKind.DISCORD),
        lambda request: str(request.json()["embeds"][0]["description"]),
        accepts=Answer(200, '{"id": "1", "type": 0, "content": ""}'),
        name="discord card",
    ),
    Provider(
        "slack",
        "hooks.slack.com",
        SLACK,
        card_lengths(CardKind.SLACK),
        slack_card_text,
        accepts=Answer(200, "ok"),
        name="slack card",
    ),
    Provider(
        "workflows",
        "prod-1.logic.azure.com",
        {"host": "prod-1.logic.azure.com", "workflow": "wf1", "signature": Secret("s1g-_n")},
        card_lengths(CardKind.TEAMS),
        lambda request: str(request.json()["attachments"][0]["content"]["body"][1]["text"]),
        accepts=Answer(202, ""),
        name="teams card",
    ),
    Provider(
        "discord",
        "discord.com",
        {"webhook_id": "123456", "webhook_token": Secret("abc-DEF_1"), "ping": "@everyone", "format": "text"},
        lambda request: {"content": (utf16(discord_text(request)), 2000)},
        discord_text,
        accepts=Answer(204, ""),
        name="discord with ping",
    ),
    Provider(
        "discord",
        "discord.com",
        {"webhook_id": "123456", "webhook_token": Secret("abc-DEF_1"), "format": "markdown"},
        lambda request: {
            "description": (utf16(request.json()["embeds"][0]["description"]), 4096),
            "title": (utf16(request.json()["embeds"][0]["title"]), 256),
        },
        lambda request: str(request.json()["embeds"][0]["description"]),
        accepts=Answer(204, ""),
        name="discord embed",
    ),
    Provider(
        "tgram",
        "api.telegram.org",
        {"bot_token": Secret("123456789:abcdefg_hijklmnop"), "targets": "12315544"},
        card_lengths(CardKind.TELEGRAM),
        lambda request: parsed_html(request.json()["text"]),
        accepts=Answer(200, '{"ok": true, "result": {"message_id": 1}}'),
    ),
    Provider(
        "ntfys",
        "ntfy.example",
        {"host": "ntfy.example", "targets": "alerts"},
        card_lengths(CardKind.NTFY),
        lambda request: str(request.json()["message"]),
    ),
    Provider(
        "pover",
        "api.pushover.net",
        {"user_key": Secret("u" * 30), "token": Secret("a" * 30)},
        lambda request: {
            "message": (len(request.form()["message"]), 1024),
            "title": (len(request.form()["title"]), 250),
        },
        lambda request: parsed_html(request.form()["message"]),
        accepts=Answer(200, '{"status": 1, "request": "r"}'),
    ),
    Provider(
        "zulip",
        "org.zulipchat.com",
        {"botname": "bot", "organization": "org", "token": Secret("a" * 32), "targets": "general"},
        lambda request: {
            "content": (len(request.form()["content"]), 10_000),
            "topic": (len(request.form()["topic"]), 60),
        },
        lambda request: request.form()["content"],
        accepts=Answer(200, '{"result": "success"}'),
    ),
    Provider(
        "wxteams",
        "api.ciscospark.com",
        {"token": Secret("a" * 80)},
        lambda request: {"markdown": (len(request.json()["markdown"].encode()), 7439)},
        lambda request: str(request.json()["markdown"]),
    ),
    Provider(
        "gchat",
        "chat.googleapis.com",
        {"workspace": Secret("space"), "webhook_key": Secret("key"), "webhook_token": Secret("token")},
        lambda request: {"message": (len(request.json()["text"].encode()) + 200, 32_000)},
        lambda request: str(request.json()["text"]),
    ),
    Provider(
        "mmosts",
        "mattermost.example",
        {"host": "mattermost.example", "token": Secret("a" * 26)},
        lambda request: {"text": (len(request.json()["text"]), 16_383)},
        lambda request: str(request.json()["text"]),
        accepts=Answer(200, "ok"),
    ),
    Provider(
        "rockets",
        "rocket.example",
        {"host": "rocket.example", "webhook": Secret("a" * 24 + "/" + "b" * 24), "targets": "#general"},
        lambda request: {"text": (utf16(request.json()["text"]), 5000)},
        lambda request: str(request.json()["text"]),
        accepts=Answer(200, '{"success": true}'),
    ),
    Provider(
        "matrixs",
        "matrix.example",
        {"host": "matrix.example", "token": Secret("syt_abc"), "targets": "!room:matrix.example", "e2ee": "no"},
        lambda request: {"event": (len(request.body), 65_536)},
        lambda request: parsed_html(request.json()["formatted_body"]),
        accepts=Answer(
            200,
            '{"room_id": "!room:matrix.example", "event_id": "$e", "user_id": "@bot:matrix.example", '
            '"joined_rooms": ["!room:matrix.example"], "device_id": "D", "m.homeserver": {"base_url": "https://matrix.example"}}',
        ),
    ),
    Provider(
        "twilio",
        "api.twilio.com",
        TWILIO,
        lambda request: {"Body": (len(request.form()["Body"]), 1600), "parts": (utf16(request.form()["Body"]), 459)},
        lambda request: request.form()["Body"],
        recipient="+15550100199",
        accepts=Answer(201, "{}"),
    ),
    Provider(
        "dingtalk",
        "oapi.dingtalk.com",
        {"token": Secret("a" * 32)},
        lambda request: {"request": (len(request.body), 20_000)},
        dingtalk_text,
        accepts=Answer(200, '{"errcode": 0}'),
    ),
    Provider(
        "feishu",
        "open.feishu.cn",
        {"token": Secret("a" * 36)},
        lambda request: {"request": (len(request.body), 20_480)},
        feishu_text,
        accepts=Answer(200, '{"code": 0}'),
    ),
    Provider(
        "lark",
        "open.larksuite.com",
        {"token": Secret("a" * 36)},
        lambda request: {"request": (len(request.body), 20_480)},
        feishu_text,
        accepts=Answer(200, '{"code": 0}'),
    ),
    Provider(
        "nctalks",
        "cloud.example",
        {"host": "cloud.example", "user": "bot", "password": Secret("secret"), "targets": "room"},
        lambda request: {"message": (utf16(request.json()["message"]), 32_000)},
        lambda request: str(request.json()["message"]),
        accepts=Answer(201, "{}"),
    ),
    Provider(
        "fluxer",
        "api.fluxer.app",
        {"webhook_id": "123456789012", "webhook_token": Secret("abcDEF1abcDEF1abcDEF1")},
        lambda request: {"content": (utf16(discord_text(request)), 2000)},
        discord_text,
        accepts=Answer(204, ""),
    ),
    Provider(
        "guilded",
        "media.guilded.gg",
        {"webhook_id": "123456", "webhook_token": Secret("abcDEF1")},
        lambda request: {"content": (utf16(discord_text(request)), 2000)},
        discord_text,
        accepts=Answer(204, ""),
    ),
    Provider(
        "ryver",
        "org.ryver.com",
        {"organization": "org", "token": Secret("a" * 15)},
        lambda request: {"body": (len(request.json()["body"]), 8000)},
        lambda request: str(request.json()["body"]),
    ),
    Provider(
        "slack",
        "hooks.slack.com",
        {**SLACK, "blocks": "yes", "format": "markdown"},
        slack_lengths,
        lambda request: slack_block(request, "section"),
        accepts=Answer(200, "ok"),
        name="slack blocks",
    ),
    Provider(
        "zoom",
        "inbots.zoom.us",
        {**ZOOM, "mode": "full"},
        lambda request: {
            "head": (utf16(zoom_card(request)[0]), 250),
            "message": (sum(map(utf16, zoom_card(request))), 4000),
        },
        lambda request: zoom_card(request)[1],
        name="zoom full",
    ),
    Provider(
        "zoom",
        "inbots.zoom.us",
        {**ZOOM, "mode": "simple"},
        lambda request: {"message": (utf16(request.body.decode()), 4000)},
        lambda request: request.body.decode(),
        name="zoom simple",
    ),
    Provider(
        "fluxer",
        "api.fluxer.app",
        {"webhook_id": "123456789012", "webhook_token": Secret("abcDEF1abcDEF1abcDEF1"), "format": "markdown"},
        lambda request: {
            "description": (utf16(request.json()["embeds"][0]["description"]), 4096),
            "title": (utf16(request.json()["embeds"][0].get("title", "")), 256),
        },
        lambda request: str(request.json()["embeds"][0]["description"]),
        accepts=Answer(204, ""),
        name="fluxer embed",
    ),
    Provider(
        "guilded",
        "media.guilded.gg",
        {"webhook_id": "123456", "webhook_token": Secret("abcDEF1"), "format": "markdown"},
        lambda request: {
            "description": (utf16(request.json()["embeds"][0]["description"]), 2048),
            "title": (utf16(request.json()["embeds"][0]["title"]), 256),
        },
        lambda request: str(request.json()["embeds"][0]["description"]),
        accepts=Answer(204, ""),
        name="guilded embed",
    ),
    Provider(
        "dingtalk",
        "oapi.dingtalk.com",
        {"token": Secret("a" * 32), "format": "text"},
        lambda request: {"request": (len(request.body), 20_000)},
        lambda request: str(request.json()["text"]["content"]),
        accepts=Answer(200, '{"errcode": 0}'),
        name="dingtalk text",
    ),
    Provider(
        "feishu",
        "open.feishu.cn",
        {"token": Secret("a" * 36), "format": "text"},
        lambda request: {"request": (len(request.body), 20_480)},
        lambda request: str(request.json()["content"]["text"]),
        accepts=Answer(200, '{"code": 0}'),
        name="feishu text",
    ),
    Provider(
        "tgram",
        "api.telegram.org",
        {"bot_token": Secret("123456789:abcdefg_hijklmnop"), "targets": "12315544", "format": "text"},
        card_lengths(CardKind.TELEGRAM),
        lambda request: parsed_html(request.json()["text"]),
        accepts=Answer(200, '{"ok": true, "result": {"message_id": 1}}'),
        name="tgram text",
    ),
]
