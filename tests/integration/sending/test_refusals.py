"""Providers that answer 200 and say no, under their own names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.model import Address, FieldValue, Secret, Target
from gateway.model import FailureReason as Reason
from tests.support.receivers import LOCALHOST, Answer, Authority, HttpReceiver, Request, TlsReceiver
from tests.support.recipients import CASES
from tests.support.refusals import NO, YES, body_of
from tests.support.senders import Build, by, message, to

PHONE = "+15550100001"
CASE_FIELDS = {case.service: case.fields for case in CASES}
PROVIDERS: dict[str, tuple[str, dict[str, FieldValue], str | None]] = {
    "vonage": ("rest.nexmo.com", CASE_FIELDS["vonage"], PHONE),
    "clicksend": ("rest.clicksend.com", CASE_FIELDS["clicksend"], PHONE),
    "dingtalk": ("oapi.dingtalk.com", {"token": Secret("a" * 40)}, None),
    "wecombot": ("qyapi.weixin.qq.com", {"key": Secret("a" * 20)}, None),
    "seven": ("gateway.seven.io", CASE_FIELDS["seven"], PHONE),
    "msg91": ("control.msg91.com", CASE_FIELDS["msg91"], PHONE),
    "join": ("joinjoaomgcd.appspot.com", CASE_FIELDS["join"], "b" * 32),
    "smsmanager": ("http-api.smsmanager.cz", CASE_FIELDS["smsmanager"], PHONE),
    "schan": ("sctapi.ftqq.com", {"token": Secret("SCT123")}, None),
    "tgram": ("api.telegram.org", CASE_FIELDS["tgram"], "12315544"),
    "pover": ("api.pushover.net", CASE_FIELDS["pover"], None),
    "slack": ("slack.com", CASE_FIELDS["slack"], "#general"),
    "zulip": ("org.zulipchat.com", CASE_FIELDS["zulip"], "general"),
    "lark": ("open.larksuite.com", {"token": Secret("abcd-1234")}, None),
    "feishu": ("open.feishu.cn", {"token": Secret("abcd")}, None),
    "pushplus": ("www.pushplus.plus", {"token": Secret("a" * 32)}, None),
    "voipms": ("voip.ms", CASE_FIELDS["voipms"], PHONE),
    "msgbird": ("rest.messagebird.com", CASE_FIELDS["msgbird"], PHONE),
    "postmark": ("api.postmarkapp.com", CASE_FIELDS["postmark"], "a@example.com"),
    "sparkpost": ("api.sparkpost.com", CASE_FIELDS["sparkpost"], "a@example.com"),
    "smtp2go": ("api.smtp2go.com", CASE_FIELDS["smtp2go"], "a@example.com"),
    "ses": ("email.us-east-1.amazonaws.com", CASE_FIELDS["ses"], "a@example.com"),
    "twilio": ("api.twilio.com", CASE_FIELDS["twilio"], PHONE),
    "infobip": ("x.api.infobip.com", CASE_FIELDS["infobip"], PHONE),
    "httpsms": ("api.httpsms.com", CASE_FIELDS["httpsms"], PHONE),
    "gupshup": ("api.gupshup.io", CASE_FIELDS["gupshup"], PHONE),
    "telesign": ("rest-ww.telesign.com", CASE_FIELDS["telesign"], PHONE),
    "cm": ("gw.messaging.cm.com", CASE_FIELDS["cm"], PHONE),
    "wxpusher": ("wxpusher.zjiecode.com", {"token": Secret("AT_appid123"), "targets": ("UID_abc",)}, None),
    "spugpush": ("push.spug.dev", {"token": Secret("a" * 32)}, None),
    "onesignal": ("api.onesignal.com", CASE_FIELDS["onesignal"], "@ana"),
    "fcm": ("fcm.googleapis.com", CASE_FIELDS["fcm"], "device1"),
    "viber": ("chatapi.viber.com", {"token": Secret("abc"), "targets": ("u1",)}, None),
    "pagerduty": (
        "events.pagerduty.com", {"apikey": Secret("k" * 20), "integrationkey": Secret("i" * 20)}, None
    ),
    "prowl": ("api.prowlapp.com", {"apikey": Secret("a" * 40)}, None),
}  # fmt: skip


def target(service: str) -> tuple[str, Target]:
    host, fields, recipient = PROVIDERS[service]
    address = Address(service, fields, recipient=Secret(recipient) if recipient else None)
    return host, Target("noc", "channel/noc", address)


def tried(service: str) -> list[tuple[Any, Reason | None, bool]]:
    """(answer, reason, is permanent) of all that the service may say."""
    refusals = [(answer, reason, is_permanent) for name, answer, reason, is_permanent in NO if name == service]
    hook = "ok"  # what only Slack's hooks say
    return [*refusals, *((answer, None, False) for name, answer in YES if name == service and answer != hook)]


@pytest.mark.parametrize("service", PROVIDERS)
def test_a_no_with_status_200_is_a_no(build: Build, authority: Authority, service: str) -> None:
    host, place = target(service)
    cases = tried(service)
    assert any(reason for _, reason, _ in cases)
    with TlsReceiver(authority, host) as provider:
        sender = build(provider.resolve)
        for number, (answer, reason, is_permanent) in enumerate(cases):
            provider.script(Answer(200, body_of(answer)))
            result = sender.send(place, message(), f"d{number}")
            assert (result.reason, result.is_permanent, result.status) == (reason, is_permanent, 200), answer
            if reason:
                assert "the service answered HTTP 200" in result.detail
        assert len(provider.requests) == len(cases)


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("synology://{at}/token", {"success": False, "error": {"code": 407}}),
        ("bark://{at}/device", {"code": 400}),
        ("rocket://abcdefghijklmnopqr/abcdefghijklmnopqrs@{at}/#general", {"success": False, "error": "no room"}),
    ],
)
def test_a_service_on_a_host_of_ones_own_says_no(build: Build, url: str, answer: Any) -> None:
    with HttpReceiver(Answer(200, body_of(answer))) as receiver:
        assert not build().send(to(url.format(at=f"{LOCALHOST}:{receiver.port}")), message(), "d").is_delivered


def test_a_guess_is_marked_as_one(build: Build) -> None:
    with HttpReceiver(Answer(200, '{"ok": false, "message": "not today"}')) as receiver:
        result = build().send(to(f"json://{LOCALHOST}:{receiver.port}/"), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.REFUSED, False)
    assert result.detail == "the service answered HTTP 200, but its answer seems to say no: ok: False, not today"


def test_a_plugin_that_stumbles_over_the_answer_is_not_tried_ten_times(build: Build, authority: Authority) -> None:
    """VoIP.ms's plugin takes `status` for granted."""
    host, place = target("voipms")
    with TlsReceiver(authority, host, answer=Answer(200, "{}")) as provider:
        result = build(provider.resolve).send(place, message(), "d")
        assert (result.reason, result.is_permanent, result.status) == (Reason.INTERNAL, True, 200)
        assert (
            result.detail == "Apprise's plugin for the service failed with KeyError after the service answered HTTP 200"
        )
        provider.script(Answer(503, "{}", retry_after="7"))
        result = build(provider.resolve).send(place, message(), "d")
        assert (result.reason, result.is_permanent, result.retry_after_s) == (Reason.UNAVAILABLE, False, 7)


@pytest.mark.parametrize(
    ("code", "reason", "is_permanent"),
    [
        (21211, Reason.REJECTED, True),
        (21610, Reason.REJECTED, True),
        (20003, Reason.UNAUTHORIZED, True),
        (30001, Reason.THROTTLED, False),
        (99999, Reason.REJECTED, True),
    ],
)
def test_twilios_code_says_more_than_its_status(
    build: Build, authority: Authority, code: int, reason: Reason, is_permanent: bool
) -> None:
    host, place = target("twilio")
    with TlsReceiver(authority, host, answer=Answer(400, json.dumps({"code": code, "message": "no"}))) as provider:
        result = build(provider.resolve).send(place, message(), "d")
    assert (result.reason, result.is_permanent, result.status) == (reason, is_permanent, 400)


# ------------------------------------------------------------------ when to come back


@pytest.mark.parametrize(
    ("service", "answer", "waits_s"),
    [
        ("tgram", Answer(429, '{"ok": false, "error_code": 429, "parameters": {"retry_after": 35}}'), 35),
        ("tgram", Answer(200, '{"ok": false, "error_code": 429, "parameters": {"retry_after": 35}}'), 35),
        ("slack", Answer(200, '{"ok": false, "error": "ratelimited"}', retry_after="12"), 12),
        ("twilio", Answer(429, "{}", retry_after="0"), None),
        ("twilio", Answer(429, "{}", retry_after="Mon, 23 Nov 2020 20:00:00 GMT"), None),
        ("twilio", Answer(503, "{}", retry_after="0.25"), 0.25),
        ("pagerduty", Answer(429, "{}", headers={"X-RateLimit-Reset-After": "3.5"}), 3.5),
        ("zulip", Answer(429, '{"code": "RATE_LIMIT_HIT", "retry-after": 28.5}'), 28.5),
    ],
)
def test_a_provider_says_when_to_come_back(
    build: Build, authority: Authority, service: str, answer: Answer, waits_s: float | None
) -> None:
    host, place = target(service)
    with TlsReceiver(authority, host, answer=answer) as provider:
        result = build(provider.resolve).send(place, message(), "d")
    assert (result.retry_after_s, result.is_permanent) == (waits_s, False)
    assert result.reason in (Reason.THROTTLED, Reason.UNAVAILABLE)


@pytest.mark.parametrize(("body", "waits_s"), [('{"retry_after": 0.742}', 0.742), ('{"retry_after": 0}', None)])
def test_discord_counts_seconds_in_the_body(build: Build, authority: Authority, body: str, waits_s: float) -> None:
    channel = by("discord", {"webhook_id": "123456", "webhook_token": Secret("abc-DEF_1")})
    with TlsReceiver(authority, "discord.com", answer=Answer(429, body)) as discord:
        assert build(discord.resolve).send(channel, message(), "d").retry_after_s == waits_s


def test_revolt_counts_milliseconds(build: Build, authority: Authority) -> None:
    channel = by("revolt", {"bot_token": Secret("a" * 20)}, "01ABC")
    with TlsReceiver(authority, "api.revolt.chat", answer=Answer(429, '{"retry_after": 1500}')) as revolt:
        assert build(revolt.resolve).send(channel, message(), "d").retry_after_s == 1.5


# ------------------------------------------------------------------ several requests for one message


def test_the_request_that_failed_last_decides(build: Build) -> None:
    """Matrix first looks for a file that most servers do not have; that 404 says nothing of the message."""

    def matrix(request: Request) -> Answer:
        if "well-known" in request.path:
            return Answer(404, "{}")
        if "login" in request.path:
            return Answer(200, '{"access_token": "t", "user_id": "@bot:h", "home_server": "h"}')
        return Answer(503, '{"errcode": "M_UNKNOWN"}')

    with HttpReceiver(matrix) as server:
        place = to(f"matrix://bot:secret@{LOCALHOST}:{server.port}/!room:h.example?mode=off&e2ee=no")
        result = build().send(place, message(), "d")
    assert (result.reason, result.is_permanent, result.status) == (Reason.UNAVAILABLE, False, 503)


def test_a_login_that_succeeds_does_not_hide_a_refused_message(build: Build) -> None:
    def rocket(request: Request) -> Answer:
        if request.path.endswith("/login"):
            return Answer(200, '{"status": "success", "data": {"authToken": "t", "userId": "u"}}')
        if request.path.endswith("/logout"):
            return Answer(200, '{"status": "success"}')
        return Answer(200, '{"success": false, "errorType": "error-room-not-found"}')

    with HttpReceiver(rocket) as server:
        result = build().send(to(f"rocket://u:p@{LOCALHOST}:{server.port}/#room"), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.NOT_FOUND, True)
