"""Services that take recipients: the fields of an address, with valid and invalid recipients for each."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model import FieldValue, Secret

UUID = "11111111-1111-1111-1111-111111111111"
HEX = "a" * 32

Fields = dict[str, FieldValue]


@dataclass(frozen=True)
class Case:
    service: str
    fields: Fields
    right: tuple[str, ...]
    wrong: tuple[str, ...]


PHONES = ("+15550100001", "+1 (555) 010-0002")
NO_PHONES = ("12", "abcd", "+1555010000199999", "+15550100001,+15550100002", "+15550100001 +15550100002")
EMAILS = ("ana@example.com", "o'neil@example.com", "a+b.c@sub.example.com", "x@xn--bcher-kva.example")
NO_EMAILS = (
    "b@@example",
    "nobody",
    "a@example.com,b@example.com",
    "ana@exam ple.com",
    "ana example.com",
    "@example.com",
)


def phones(service: str, fields: Fields) -> Case:
    return Case(service, fields, PHONES, NO_PHONES)


def emails(service: str, fields: Fields) -> Case:
    return Case(service, fields, EMAILS, NO_EMAILS)


CASES = (
    phones("twilio", {"account_sid": "AC" + HEX, "auth_token": Secret(HEX), "from_phone": "+15550100123"}),
    phones("vonage", {"apikey": Secret("a" * 8), "secret": Secret("b" * 16), "from_phone": "15550100123"}),
    phones("plivo", {"auth_id": Secret("a" * 25), "token": Secret("b" * 40), "source": "15550100123"}),
    phones("sinch", {"service_plan_id": Secret(HEX), "api_token": Secret(HEX), "from_phone": "15550100123"}),
    phones("msg91", {"template": Secret("t" * 20), "authkey": Secret("k" * 20)}),
    phones("clicksend", {"user": "u", "apikey": Secret("key")}),
    phones("seven", {"apikey": Secret("key")}),
    phones("telnyx", {"apikey": Secret("key"), "from_phone": "+15550100123"}),
    phones("infobip", {"apikey": Secret("key"), "host": "x.api.infobip.com"}),
    phones("kavenegar", {"apikey": Secret("a" * 20)}),
    phones("d7sms", {"token": Secret("token1")}),
    phones("smsmanager", {"apikey": Secret("key1")}),
    phones("httpsms", {"apikey": Secret("a" * 20), "from_phone": "15550100123"}),
    phones("msgbird", {"apikey": Secret("a" * 25), "source": "15550100123"}),
    phones("voipms", {"email": "u@example.com", "password": Secret("pw"), "from_phone": "15550100123"}),
    phones("signal", {"host": "signal.example.com", "from_phone": "+15550100123"}),
    phones("whatsapp", {"token": Secret("a" * 20), "from_phone_id": "1234567"}),
    phones("octopush", {"api_login": "u@example.com", "api_key": Secret("key1")}),
    phones("cm", {"token": UUID, "source": "gateway"}),
    phones("smstunnel", {"apikey": Secret("abcdef")}),
    phones("telesign", {"customer_id": "abc", "apikey": Secret("key")}),
    phones("kaleyra", {"sid": "abc", "apikey": Secret("key"), "sender": "gateway"}),
    phones("gupshup", {"app": "abc", "apikey": Secret("key"), "source": "15550100123"}),
    Case(
        "mobilemessage",
        {"user": "u", "password": Secret("p"), "sender": "gateway"},
        ("+61412345678", "+61 412 345 679"),
        NO_PHONES,
    ),
    Case(
        "bulksms",
        {"token_id": Secret("id"), "token_secret": Secret("se")},
        (*PHONES, "@group"),
        ("12", "+1555010000199999", "@group one"),
    ),
    Case(
        "sns",
        {"access_key_id": "AKIA1", "secret_access_key": Secret("s"), "region": "us-east-1"},
        (*PHONES, "#topic"),
        ("#to pic", "#to.pic", "+1555010000199999"),
    ),
    emails("mailto", {"host": "smtp.example.com", "from": "bot@example.com"}),
    emails("mailtos", {"host": "smtp.example.com", "user": "bot@example.com", "password": Secret("p")}),
    emails("sendgrid", {"apikey": Secret("key1"), "from_email": "bot@example.com"}),
    emails("mailgun", {"apikey": Secret(f"{HEX}-aaaaaaaa-bbbbbbbb"), "host": "example.com", "user": "bot"}),
    emails("postmark", {"apikey": UUID, "from_email": "bot@example.com"}),
    emails("brevo", {"apikey": Secret("key-1"), "from_email": "bot@example.com"}),
    emails("resend", {"apikey": Secret("key_1"), "from_addr": "bot@example.com"}),
    emails("mailersend", {"apikey": Secret("mlsn.key1"), "from_email": "bot@example.com"}),
    emails("sparkpost", {"apikey": Secret(HEX), "host": "example.com", "user": "bot"}),
    emails("smtp2go", {"apikey": Secret(HEX), "host": "example.com", "user": "bot"}),
    emails(
        "ses",
        {
            "from_email": "bot@example.com",
            "access_key_id": "AKIA1",
            "secret_access_key": Secret("s"),
            "region": "us-east-1",
        },
    ),
    emails("o365", {"source": "bot@example.com", "tenant": UUID, "client_id": UUID, "secret": Secret("abcd")}),
    emails("groundmail", {"apikey": Secret("key1"), "from_addr": "bot@example.com"}),
    Case(
        "slack",
        {"access_token": Secret("xoxb-1234-1234-4ddb")},
        ("#general", "random", "@ana", "+C123456", "#chan:1234.56", "o'neil@example.com"),
        ("not a channel!!", "#a,#b", "#a #b"),
    ),
    Case(
        "tgram",
        {"bot_token": Secret("123456789:abc_DEF-hijklmnop")},
        ("12315544", "-100123456", "@channel_1", "12315544:7"),
        ("not a chat!", "@a b", "1231,5544", "%$"),
    ),
    Case("ntfys", {"host": "ntfy.example"}, ("alerts", "a_b-c"), ("bad.topic", "two topics", "a,b", "x" * 65)),
    Case(
        "mmosts",
        {"host": "mm.example.com", "token": Secret("abcdefghijklmnopqrstuvwxyz")},
        ("#town-square", "ops"),
        ("town square", "#a,#b", "$!garbag3^"),
    ),
    Case(
        "rockets",
        {"host": "rc.example.com", "user": "u", "password": Secret("p")},
        ("#general", "ROOM1"),
        ("#gen eral", "#a,#b"),
    ),
    Case("pover", {"user_key": Secret("u" * 30), "token": Secret("t" * 30)}, ("phone-1",), ("my phone", "x" * 26)),
    Case("pbul", {"accesstoken": Secret("a.b")}, ("device", "#channel", "o'neil@example.com"), ("my device", "#a,#b")),
    Case(
        "zulip",
        {"botname": "bot", "organization": "org", "token": Secret("a" * 32)},
        ("general", "ana@example.com"),
        ("general chat", "a,b"),
    ),
    Case("webex", {"access_token": Secret("a" * 70)}, ("Y2lzY29zcGFyazovL3VzL1JPT00vYWJj",), ("a room", "a,b")),
    Case("line", {"token": Secret("tokenabc")}, ("U1234",), ("two users", "U1,U2")),
    Case(
        "matrixs",
        {"host": "m.example.com", "user": "bot", "password": Secret("p")},
        ("#room", "!id:m.example.com"),
        ("#two rooms", "#a,#b"),
    ),
    Case("revolt", {"bot_token": Secret("a" * 20)}, ("01ABC",), ("two channels", "a,b")),
    Case("mastodons", {"host": "m.example.com", "token": Secret("abcd")}, ("@ana",), ("@a b", "@a,@b")),
    Case("join", {"apikey": Secret("a" * 32)}, ("b" * 32, "group.all"), ("My Device", "a,b")),
    Case(
        "onesignal",
        {"app": Secret(UUID), "apikey": Secret("key")},
        ("@ana", "#segment", UUID, "ana@example.com"),
        ("two users",),
    ),
    Case("opsgenie", {"apikey": Secret("key")}, ("#team", "@ana", "*schedule"), ("two teams",)),
    Case("xmatters", {"host": "x.xmatters.com", "apikey": Secret("key"), "integration_id": UUID}, ("ana",), ("a,b",)),
    Case("fcm", {"apikey": Secret("key"), "mode": "legacy"}, ("device1", "#topic"), ("two devices", "#a,#b")),
    Case("ircs", {"host": "irc.example.com", "user": "bot"}, ("#ops", "@ana"), ("#two rooms",)),
    Case("instagram", {"token": Secret("abc")}, ("12345",), ("ana", "1 2")),
    Case("onebot", {"host": "bot.example.com"}, ("@12345", "#678"), ("@ana", "1 2")),
    Case("bale", {"token": Secret("1234567890:abc_DEF-hijklmnopqrstuvwxyz012345")}, ("12345",), ("1 2",)),
)  # fmt: skip
