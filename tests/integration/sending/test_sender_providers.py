"""What arrives at providers that answer under their own names, and at a mail server."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.messages.escaping import escape
from gateway.messages.invisible import WORD_JOINER
from gateway.model import Colors, Fact, FieldValue, Message, MessageLink, Secret, Severity, Target
from gateway.model import FailureReason as Reason
from gateway.sending.sender import Sender
from tests.support.receivers import LOCALHOST, Answer, Authority, Mailbox, TlsReceiver, refused_port
from tests.support.senders import Build, by, message, to

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
HOSTILE = "3 < 5 & *a* _b_ [x](http://evil) <!channel> <@U1> @everyone <at>x</at> <script>"
BODY = f"**Disk** of {escape(HOSTILE)}\n\n[Open](https://psa.example/t/1?a=b&c=d)\n\n*assigned to you*"
PASSWORD = "p@ss/w%41rd#1?x=y z"


def twilio(recipient: str = "+1 555 010 0199") -> Target:
    fields: dict[str, FieldValue] = {
        "account_sid": "AC" + "a" * 32,
        "auth_token": Secret("b" * 32),
        "from_phone": "+15550100123",
    }
    return by("twilio", fields, recipient, "ana/sms")


WHOLE = Message(
    "A <b> @here",
    f"**Disk** of {escape(HOSTILE)}",
    Severity.CRITICAL,
    facts=(Fact("Due", "in **15 min**"), Fact("Free", escape("3 < 5 GB"))),
    link=MessageLink("Open ticket #7", "https://psa.example/t/1?a=b&c=d"),
    reasons=("because you are assigned",),
    customer="Keller",
    category_title="RMM alerts",
    time=datetime(2026, 11, 24, 16, 41, tzinfo=UTC),
)


def test_slack_gets_a_card_with_the_payload_as_text(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "hooks.slack.com") as slack:
        assert build(slack.resolve).send(to(SLACK), WHOLE, "d").is_delivered
        request = slack.requests[0]
    assert (request.host, request.path) == ("hooks.slack.com", "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    payload = json.loads(request.body.decode().replace(WORD_JOINER, ""))
    assert payload["text"] == "\U0001f6a8 A &lt;b&gt; @here"
    assert payload["blocks"] == [
        {"type": "header", "text": {"type": "plain_text", "text": "\U0001f6a8 A &lt;b&gt; @here", "emoji": False}}
    ]
    (attachment,) = payload["attachments"]
    assert attachment["color"] == Colors().critical
    section, facts, actions, context = attachment["blocks"]
    assert section["text"]["text"] == (
        "*Disk* of 3 &lt; 5 &amp; *a* _b_ [x](http://evil) &lt;!channel&gt; &lt;@U1&gt; @everyone "
        "&lt;at&gt;x&lt;/at&gt; &lt;script&gt;"
    )
    assert [field["text"] for field in facts["fields"]] == ["*Due*\nin *15 min*", "*Free*\n3 &lt; 5 GB"]
    (button,) = actions["elements"]
    assert (button["text"]["text"], button["url"]) == ("Open ticket #7", "https://psa.example/t/1?a=b&c=d")
    assert [element["text"] for element in context["elements"]] == [
        "Critical \u00b7 RMM alerts \u00b7 Keller \u00b7 because you are assigned",
        "<!date^1795538460^{date_short_pretty}, {time}|2026-11-24 16:41 UTC>",
    ]
    assert f"{WORD_JOINER}*{WORD_JOINER}a" in request.json()["attachments"][0]["blocks"][0]["text"]["text"]


def test_an_address_that_asks_for_a_format_gets_text(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "hooks.slack.com") as slack:
        sender = build(slack.resolve)
        for option in ("format=markdown", "blocks=no"):
            assert sender.send(to(f"{SLACK}?{option}"), WHOLE, "d").is_delivered
        attachments = [request.json()["attachments"][0] for request in slack.requests]
    for attachment in attachments:
        assert attachment["text"].startswith("*Disk* of 3 &lt; 5")
        assert "<https://psa.example/t/1?a=b&amp;c=d|Open ticket #7>" in attachment["text"]
        assert "*Due:* in *15 min*" in attachment["text"]


def test_a_bot_of_slack_keeps_its_channel_and_thread(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "slack.com", answer=Answer(200, '{"ok": true}')) as slack:
        target = to("slack://xoxb-1234-1234-abc124/#general:1593702283.000200?footer=no")
        assert build(slack.resolve).send(target, WHOLE, "d").is_delivered
        payload = slack.requests[-1].json()
    assert payload["channel"].lstrip("#") == "general"
    assert payload["thread_ts"] == "1593702283.000200"
    assert payload["blocks"][0]["type"] == "header"


def test_slack_wants_ok_and_says_why_not(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "slack.com", answer=Answer(200, '{"ok":false,"error":"channel_not_found"}')) as slack:
        sender = build(slack.resolve)
        result = sender.send(by("slack", {"access_token": Secret("xoxb-1-2-abc"), "targets": "#x"}), message(), "d")
    assert (result.reason, result.is_permanent, result.status) == (Reason.NOT_FOUND, True, 200)
    assert "channel_not_found" in result.detail


def test_teams_gets_a_card_without_live_mentions(build: Build, authority: Authority) -> None:
    fields: dict[str, FieldValue] = {"host": "prod-1.logic.azure.com", "workflow": "wf1", "signature": Secret("s1g-_n")}
    with TlsReceiver(authority, "prod-1.logic.azure.com", answer=Answer(202, "")) as teams:
        message = replace(WHOLE, title="A <at>x</at> {{DATE(2020-01-01T00:00:00Z)}}")
        assert build(teams.resolve).send(by("workflows", fields), message, "d").is_delivered
        request = teams.requests[0]
    assert request.path == "/workflows/wf1/triggers/manual/paths/invoke"
    assert request.query["sig"] == ["s1g-_n"]
    card = request.json()["attachments"][0]["content"]
    assert card["msteams"] == {"width": "Full"}
    title, body, facts, small_print = card["body"]
    assert (title["type"], title["style"]) == ("Container", "attention")
    assert title["items"][0]["wrap"]
    text = title["items"][0]["text"]
    assert text.replace(WORD_JOINER, "") == "\U0001f6a8 A <at>x</at> {{DATE(2020-01-01T00:00:00Z)}}"
    assert "{{DATE" not in text
    assert not re.search(r"<[A-Za-z/!@]", text + body["text"])
    assert body["text"].startswith("**Disk** of 3 < 5 & \\*a\\* \\_b\\_ \\[x\\](http://evil) ")
    assert facts["facts"] == [{"title": "Due", "value": "in **15 min**"}, {"title": "Free", "value": "3 < 5 GB"}]
    assert small_print["text"] == "Critical \u00b7 RMM alerts \u00b7 Keller \u00b7 because you are assigned"
    (action,) = card["actions"]
    assert action == {"type": "Action.OpenUrl", "title": "Open ticket #7", "url": "https://psa.example/t/1?a=b&c=d"}


def test_a_text_message_is_plain_and_goes_to_one_number(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "api.twilio.com", answer=Answer(201, "{}")) as provider:
        assert build(provider.resolve).send(twilio(), message("Disk full", BODY), "d").is_delivered
        request = provider.requests[0]
    assert request.path == f"/2010-04-01/Accounts/AC{'a' * 32}/Messages.json"
    assert request.form() == {
        "Body": f"ERROR: Disk full\nDisk of {HOSTILE}\nhttps://psa.example/t/1?a=b&c=d\nassigned to you",
        "From": "+15550100123",
        "To": "+15550100199",
    }


def test_a_huge_text_message_is_cut_to_three_parts(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "api.twilio.com", answer=Answer(201, "{}")) as provider:
        assert build(provider.resolve).send(twilio(), message(body="words " * 100_000), "d").is_delivered
        assert len(provider.requests) == 1
        assert len(provider.requests[0].form()["Body"]) <= 459


def test_a_providers_no_is_told_without_the_number(build: Build, authority: Authority) -> None:
    answer = Answer(400, '{"code": 21211, "message": "The number +15550100199 is not valid"}')
    with TlsReceiver(authority, "api.twilio.com", answer=answer) as provider:
        result = build(provider.resolve).send(twilio("+15550100199"), message(), "d")
    assert (result.reason, result.is_permanent, result.status) == (Reason.REJECTED, True, 400)
    assert "The number *** is not valid" in result.detail


def test_discord_pings_nobody_and_does_not_try_again_by_itself(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "discord.com", answer=Answer(204, "")) as discord:
        sender = build(discord.resolve)
        channel = by("discord", {"webhook_id": "123456", "webhook_token": Secret("abc-DEF_1")})
        assert sender.send(channel, WHOLE, "d").is_delivered
        request = discord.requests[0]
        assert request.query["wait"] == ["true"]
        payload = request.json()
        assert payload["allowed_mentions"] == {"parse": []}
        assert payload["content"] == ""
        (embed,) = payload["embeds"]
        assert "@everyone" not in str(embed)
        assert "<@U1>" not in str(embed)
        assert (embed["color"], embed["url"]) == (0x9F1239, "https://psa.example/t/1?a=b&c=d")
        assert embed["description"].endswith("\n\n[Open ticket #7](https://psa.example/t/1?a=b&c=d)")
        assert embed["fields"][0] == {"name": "Due", "value": "in **15 min**", "inline": True}
        assert embed["footer"]["text"] == "Critical \u00b7 RMM alerts \u00b7 Keller \u00b7 because you are assigned"
        assert embed["timestamp"] == "2026-11-24T16:41:00+00:00"
        discord.script(Answer(429, '{"retry_after": 9}', retry_after="9"))
        result = sender.send(channel, message(), "d2")
        assert (result.reason, result.is_permanent, result.retry_after_s) == (Reason.THROTTLED, False, 9)
        assert len(discord.requests) == 2


def test_options_of_a_discord_address_stay(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "discord.com", answer=Answer(204, "")) as discord:
        sender = build(discord.resolve)
        options = "tts=yes&thread=123&avatar_url=https://x.example/a.png&ping=@everyone,<@42>"
        assert sender.send(to(f"discord://bot@123456/abc-DEF_1?{options}"), WHOLE, "d").is_delivered
        assert sender.send(to("discord://123456/abc-DEF_1?flags=4"), WHOLE, "d").is_delivered
        request, without_embeds = discord.requests
    payload = request.json()
    assert request.query == {"thread_id": ["123"], "wait": ["true"]}
    assert (payload["tts"], payload["username"], payload["avatar_url"]) == (True, "bot", "https://x.example/a.png")
    assert payload["content"] == "\U0001f449 @everyone <@42>"
    assert payload["allowed_mentions"] == {"parse": ["everyone", "roles", "users"]}
    assert "embeds" not in without_embeds.json()
    assert "**Due:** in **15 min**" in without_embeds.json()["content"]


def test_telegram_gets_a_button_and_keeps_topic_and_silence(build: Build, authority: Authority) -> None:
    answer = Answer(200, '{"ok": true, "result": {"message_id": 1}}')
    with TlsReceiver(authority, "api.telegram.org", answer=answer) as telegram:
        target = to("tgram://123456789:abcdefg_hijklmnop/12315544:7?silent=yes")
        sender = build(telegram.resolve)
        assert sender.send(target, WHOLE, "d").is_delivered
        local = replace(WHOLE, link=MessageLink("Open", "http://psa/7"))
        assert sender.send(target, local, "d").is_delivered
        payload, without_button = (request.json() for request in telegram.requests)
    assert (payload["disable_notification"], payload["message_thread_id"]) == (True, 7)
    button = {"text": "Open ticket #7", "url": "https://psa.example/t/1?a=b&c=d"}
    assert payload["reply_markup"] == {"inline_keyboard": [[button]]}
    assert "psa.example" not in payload["text"]
    text = payload["text"].replace(WORD_JOINER, "")
    assert text.startswith("<b>\U0001f6a8 A &lt;b&gt; @here</b>\n\n"), "a blank line below the title"
    assert "\n\n<b>Due:</b> in <b>15 min</b>" in text
    assert "reply_markup" not in without_button
    assert '<a href="http://psa/7">Open</a>' in without_button["text"]


# ------------------------------------------------------------------ mail


def mail(host: str, port: int, recipient: str = "ana@example.com", **more: FieldValue) -> Target:
    return by("mailto", {"host": host, "port": port, "from": "bot@example.com", **more}, recipient)


def test_a_mail_has_html_and_text_and_one_stable_id(sender: Sender) -> None:
    with Mailbox() as mailbox:
        for _ in range(2):
            result = sender.send(mail(LOCALHOST, mailbox.port), message("Disk\r\nBcc: evil@x.example", BODY), "d-7")
            assert (result.reason, result.status) == (None, 250)
        first, second = mailbox.mails
    assert (first.sender, first.recipients) == ("bot@example.com", ("ana@example.com",))
    assert first.message["Subject"] == "Disk Bcc: evil@x.example"
    assert first.message["Bcc"] is None
    assert first.message.get_all("Message-ID") == second.message.get_all("Message-ID") == ["<d-7@example.com>"]
    assert f"\nDisk of {HOSTILE}\n\nhttps://psa.example/t/1?a=b&c=d\n" in first.text().replace("\r", "")
    assert "&lt;script&gt;" in first.html()
    assert 'href="https://psa.example/t/1?a=b&amp;c=d"' in first.html()


def test_mails_share_a_connection(sender: Sender) -> None:
    with Mailbox() as mailbox:
        for number in range(5):
            target = mail(LOCALHOST, mailbox.port, f"person{number}@example.com")
            assert sender.send(target, message(), f"d{number}").is_delivered
        assert mailbox.connections == 1
        assert [one.recipients for one in mailbox.mails] == [(f"person{number}@example.com",) for number in range(5)]


def test_a_login_over_starttls_takes_any_password(build: Build, authority: Authority) -> None:
    with Mailbox(user="bot@example.com", password=PASSWORD, context=authority.context("mail.test")) as mailbox:
        sender = build(f"mail.test:587={LOCALHOST}:{mailbox.port}")
        fields: dict[str, FieldValue] = {"host": "mail.test", "user": "bot@example.com", "password": Secret(PASSWORD)}
        assert sender.send(by("mailtos", fields, "ana@example.com"), message(), "d").is_delivered
        assert mailbox.mails[0].message["From"] == "Notification Gateway <bot@example.com>"
        wrong = {**fields, "password": Secret("wrong-c4n4ry")}
        result = sender.send(by("mailtos", wrong, "ana@example.com"), message(), "d")
    assert (result.reason, result.is_permanent, result.status) == (Reason.UNAUTHORIZED, True, 535)
    assert "c4n4ry" not in result.detail


def test_a_mail_server_without_login_is_told_from_a_wrong_certificate(build: Build, authority: Authority) -> None:
    with Mailbox(context=authority.context("other.test")) as mailbox:
        sender = build(f"mail.test:587={LOCALHOST}:{mailbox.port}")
        result = sender.send(by("mailtos", {"host": "mail.test", "user": "b@c.example"}, "a@b.example"), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.TLS, False)


@pytest.mark.parametrize(
    ("reply", "reason", "is_permanent"),
    [
        ("451 4.7.1 greylisted", Reason.UNAVAILABLE, False),
        ("452 4.2.2 mailbox full", Reason.UNAVAILABLE, False),
        ("550 5.1.1 ana@example.com unknown", Reason.REJECTED, True),
        ("554 5.7.1 no spam", Reason.REJECTED, True),
    ],
)
@pytest.mark.parametrize("stage", ["replies", "recipient_replies"])
def test_a_mail_servers_code_decides(
    sender: Sender, reply: str, reason: Reason, is_permanent: bool, stage: str
) -> None:
    with Mailbox() as mailbox:
        getattr(mailbox, stage).append(reply)
        target = mail(LOCALHOST, mailbox.port)
        result = sender.send(target, message(), "d")
        assert (result.reason, result.is_permanent, result.status) == (reason, is_permanent, int(reply[:3]))
        assert "ana@example.com" not in result.detail
        assert sender.send(target, message(), "d").is_delivered
        assert mailbox.connections == 1


def test_a_mail_server_that_is_away_is_retried(sender: Sender) -> None:
    result = sender.send(mail(LOCALHOST, refused_port()), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.CONNECTION, False)


def test_a_restarted_mail_server_costs_no_message(sender: Sender) -> None:
    with Mailbox() as mailbox:
        port = mailbox.port
        assert sender.send(mail(LOCALHOST, port), message(), "d1").is_delivered
    with Mailbox(port=port) as mailbox:
        assert sender.send(mail(LOCALHOST, port), message(), "d2").is_delivered
        assert len(mailbox.mails) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_password_beyond_ascii_logs_in(sender: Sender, mechanism: str) -> None:
    with Mailbox(user="bot@example.com", password="pässwört", mechanism=mechanism) as mailbox:
        fields: dict[str, FieldValue] = {"user": "bot@example.com", "password": Secret("pässwört")}
        assert sender.send(mail(LOCALHOST, mailbox.port, **fields), message(), "d").is_delivered
