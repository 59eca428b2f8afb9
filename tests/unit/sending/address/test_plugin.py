from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import InvalidAddress
from gateway.model import Address, FieldValue, Secret
from gateway.sending.address.options import NOT_OFFERED
from gateway.sending.address.plugin import plugin_for
from gateway.sending.services import AppriseServices

AWKWARD = "p@ss/w%41rd#1?x=y z&k;l:m,n+o"
HEX = "a" * 32
SERVICES = AppriseServices()

ADDRESSES: list[tuple[str, dict[str, FieldValue], str | None, dict[str, Any]]] = [
    (
        "slack",
        {"token_a": "T1JJ3T3L2", "token_b": "A1BRTD4JD", "token_c": Secret("TIiajkdnl")},
        None,
        {"token_c": "TIiajkdnl"},
    ),
    ("slack", {"access_token": Secret("xoxb-1234-1234-4ddbc191d40e")}, "#general", {"channels": ["#general"]}),
    ("slack", {"access_token": Secret("xoxb-1234-1234-4ddb"), "targets": ("#a", "@b")}, None, {"mode": "bot"}),
    (
        "mailtos",
        {"host": "smtp.example.com", "user": "bot@example.com", "password": Secret(AWKWARD)},
        "ana@example.com",
        {
            "password": AWKWARD,
            "user": "bot@example.com",
            "smtp_host": "smtp.example.com",
            "from_addr": ("Notification Gateway", "bot@example.com"),
            "targets": [(False, "ana@example.com")],
            "port": 587,
            "secure_mode": "starttls",
        },
    ),
    (
        "mailtos",
        {"host": "h.example.com", "user": "bot@example.com", "port": 465},
        "a+b@c.example",
        {"secure_mode": "ssl"},
    ),
    (
        "mailto",
        {"host": "h.example.com", "from": "Bot <bot@x.example>", "user": "me"},
        "a@c.example",
        {"secure_mode": "insecure"},
    ),
    (
        "twilio",
        {"account_sid": "AC" + HEX, "auth_token": Secret(HEX), "from_phone": "+15550100123"},
        "+1 (555) 010-0199",
        {"source": "+15550100123", "targets": [("T", "+15550100199")]},
    ),
    (
        "workflows",
        {"host": "x.logic.azure.com", "workflow": "wf-1", "signature": Secret("sig_1-2"), "ver": "2022-03-01"},
        None,
        {"workflow": "wf-1", "signature": "sig_1-2", "api_version": "2022-03-01"},
    ),
    ("discord", {"webhook_id": "123456", "webhook_token": Secret("abc-DEF_1")}, None, {"webhook_token": "abc-DEF_1"}),
    (
        "tgram",
        {"bot_token": Secret("123456789:abc_DEF-hijklmnop")},
        "12315544",
        {"bot_token": "123456789:abc_DEF-hijklmnop"},
    ),
    (
        "json",
        {"host": "h.example.com", "port": 8443, "user": "u:x", "password": Secret(AWKWARD)},
        None,
        {"user": "u:x", "password": AWKWARD},
    ),
    ("jsons", {"host": "h.example.com", "path": "/a b/c"}, None, {"fullpath": "/a%20b/c", "secure": True}),
    (
        "json",
        {"host": "h.example.com", "port": 8080, "user": "u", "password": Secret("p"), "path": "a/b"},
        None,
        {"fullpath": "/a/b"},
    ),
    ("xml", {"host": "h.example.com"}, None, {"secure": False}),
    ("form", {"host": "h.example.com", "method": "PUT"}, None, {"method": "PUT"}),
    ("mmosts", {"host": "h.example.com", "token": Secret("abcdef123"), "channel": "ops"}, None, {"token": "abcdef123"}),
    ("pover", {"user_key": Secret("u" * 30), "token": Secret("t" * 30)}, None, {"token": "t" * 30}),
    ("opsgenie", {"apikey": Secret("abc-123"), "targets": ("#team",)}, None, {"apikey": "abc-123"}),
    (
        "pagerduty",
        {"apikey": Secret("k" * 20), "integrationkey": Secret("i" * 20), "source": "a/b c"},
        None,
        {"source": "a/b c"},
    ),
    (
        "msg91",
        {"template": Secret("t" * 20), "authkey": Secret("k" * 20)},
        "+15550100199",
        {"targets": ["15550100199"]},
    ),
    (
        "sns",
        {"access_key_id": "AKIA1", "secret_access_key": Secret("ab/cd+ef==%2F"), "region": "us-east-1"},
        "+15550100199",
        {"aws_secret_access_key": "ab/cd+ef==%2F"},
    ),
    ("ntfy", {"topic": "alerts"}, None, {"mode": "cloud", "topics": ["alerts"]}),
    (
        "ntfys",
        {"host": "n.example.com", "token": Secret("tk_abc"), "targets": "alerts"},
        None,
        {"mode": "private", "token": "tk_abc"},
    ),
    (
        "gotifys",
        {"host": "g.example.com", "token": Secret("Abc.def"), "path": "sub"},
        None,
        {"token": "Abc.def", "fullpath": "/sub/"},
    ),
    (
        "matrixs",
        {"host": "m.example.com", "user": "bot", "password": Secret(AWKWARD)},
        "!room:m.example.com",
        {"password": AWKWARD},
    ),
    (
        "azure",
        {
            "source": "bot@example.com",
            "tenant": "11111111-1111-1111-1111-111111111111",
            "client_id": "22222222-2222-2222-2222-222222222222",
            "secret": Secret(AWKWARD),
        },
        "ana@example.com",
        {"secret": AWKWARD},
    ),
]


@pytest.mark.parametrize(("service", "fields", "recipient", "expected"), ADDRESSES)
def test_fields_reach_the_plugin_as_they_are(
    service: str, fields: dict[str, FieldValue], recipient: str | None, expected: dict[str, Any]
) -> None:
    plugin = plugin_for(Address(service, fields, recipient=Secret(recipient) if recipient else None))
    assert {name: getattr(plugin, name) for name in expected} == expected


def test_every_field_is_known_to_the_configuration() -> None:
    for service, fields, _, _ in ADDRESSES:
        assert fields.keys() <= SERVICES.fields(service).keys()


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "mailtos://bot:p%40ss%2Fw%25rd%231@smtp.example.com/ana@example.com?from=bot@example.com",
        "jsons://user:pass@h.example.com/path?format=markdown",
    ],
)
def test_a_whole_url_is_taken(url: str) -> None:
    assert SERVICES.refusal(Address(url=Secret(url))) is None


def test_a_plugin_tries_once_at_once_checked_and_not_redirected() -> None:
    plugin = plugin_for(Address(url=Secret("jsons://h.example.com/")))
    assert (plugin.retry, plugin.optional, plugin.redirects, plugin.verify_certificate) == (0, False, False, True)
    assert plugin.request_rate_per_sec == 0
    assert plugin.throttle(wait=3600) is None
    assert plugin.image_url("info", 72) is None


@pytest.mark.parametrize(
    "option",
    [
        "verify=no",
        "redirect=yes",
        "retry=3",
        "wait=9",
        "optional=yes",
        "overflow=split",
        "store=yes",
        "rto=900",
        "cto=9",
        "VERIFY=no",
    ],
)
def test_an_option_that_weakens_a_promise_is_refused(option: str) -> None:
    name = option.partition("=")[0]
    assert (
        f"the option {name.lower()!r}"
        in str(SERVICES.refusal(Address(url=Secret(f"json://h.example.com/?{option}")))).lower()
    )
    assert SERVICES.refusal(Address("json", {"host": "h.example.com", name.lower(): "yes"}))
    assert name not in SERVICES.fields("json")


@pytest.mark.parametrize(
    "url",
    [
        "ntfy://topic?attach=http://169.254.169.254/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz?template=/etc/passwd",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz?verify=no",
        "mailtos://u:p@h.example.com?pgppub=/etc/passwd",
        "syslog://", "dbus://", "windows://", "macosx://", "file:///etc/passwd", "gnome://",
        "include:///etc/apprise.yml", "nothing://x", "no url", "json://h.example.com/\r\nX: y", "",
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(url: str) -> None:
    assert SERVICES.refusal(Address(url=Secret(url)))


@pytest.mark.parametrize("service", sorted(NOT_OFFERED))
def test_a_local_service_is_not_offered(service: str) -> None:
    assert service not in SERVICES.names()


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.example, evil@x.example",
        "a@b.example;c@d.example",
        "a@b.example c@d.example",
        "a@b.example\r\nBcc: e@x.example",
        "a@b@c",
    ],
)
def test_a_contact_is_one_address(recipient: str) -> None:
    address = Address("mailtos", {"host": "h.example.com", "user": "bot@example.com"}, recipient=Secret(recipient))
    assert SERVICES.refusal(address) == "a contact is one address, without a comma, a blank or a line break"


@pytest.mark.parametrize(
    ("service", "fields", "recipient"),
    [
        ("mailtos", {"host": "h.example.com", "user": "bot@example.com"}, "c4n4ry-nobody"),
        ("twilio", {"account_sid": "AC" + HEX, "auth_token": Secret(HEX), "from_phone": "+15550100123"}, "c4n4ry"),
    ],
)
def test_a_contact_that_apprise_drops_is_refused_and_not_sent_to_the_sender(
    service: str, fields: dict[str, FieldValue], recipient: str
) -> None:
    refusal = SERVICES.refusal(Address(service, fields, recipient=Secret(recipient)))
    assert refusal is not None
    assert "c4n4ry" not in refusal


def test_a_service_without_recipients_takes_none() -> None:
    refusal = SERVICES.refusal(Address("json", {"host": "h.example.com"}, recipient=Secret("ana")))
    assert refusal == "json does not take a recipient together with these fields"


def test_a_missing_field_is_named() -> None:
    assert SERVICES.refusal(Address("workflows", {"host": "h.example.com", "workflow": "wf"})) == "missing: signature"


def test_apprises_own_reason_is_given_without_the_secret() -> None:
    fields: dict[str, FieldValue] = {"host": "h.example.com", "workflow": "wf", "signature": Secret("c4n4ry !")}
    refusal = SERVICES.refusal(Address("workflows", fields))
    assert refusal == "An invalid Signature (***) was specified"


def test_a_host_is_a_host() -> None:
    assert SERVICES.refusal(Address("json", {"host": "h.example.com/x?y"})) == "the field 'host' is no host name"


def test_a_line_break_in_a_field_is_refused() -> None:
    with pytest.raises(InvalidAddress, match="line break"):
        plugin_for(
            Address("mailtos", {"host": "h.example.com", "user": "a@b.example", "name": "x\r\nBcc: e@x.example"})
        )


def test_the_gateways_own_services_are_offered() -> None:
    assert {"inbox", "log", "slack", "mailtos", "twilio", "workflows", "json"} <= SERVICES.names()
    assert SERVICES.refusal(Address("inbox")) is None


def test_secret_fields_are_known_and_identifiers_are_none() -> None:
    fields = SERVICES.fields("twilio")
    assert fields["auth_token"].is_secret
    assert fields["token"].is_secret
    assert not fields["account_sid"].is_secret
    assert not fields["from_phone"].is_secret
    assert not SERVICES.fields("workflows")["workflow"].is_secret
