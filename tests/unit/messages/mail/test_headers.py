"""The headers of mails: conversations, automatic answers, filters, importance."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from email.header import decode_header, make_header

from gateway.messages.mail.headers import headers_of
from gateway.model import Brand, Message, Severity

MESSAGE = Message(
    "title", "", Severity.INFO, source="psa", subject="58210443", subject_kind="ticket.id",
    category="purchase_order", category_title="Purchase Order",
)  # fmt: skip


def headers(**changes: object) -> dict[str, str]:
    return headers_of(replace(MESSAGE, **changes), "bot@example.com")  # type: ignore[arg-type] # each test names fields


def test_mails_about_one_subject_refer_to_one_message_that_does_not_exist() -> None:
    first, second = headers(title="It breaks", category="sla"), headers(title="It works", category="tickets")
    for name in ("References", "In-Reply-To", "Thread-Index"):
        assert first[name] == second[name]
    assert first["References"] == first["In-Reply-To"]
    assert first["References"].endswith("@example.com>")
    assert len(b64decode(first["Thread-Index"])) == 22


def test_other_subjects_kinds_and_sources_are_other_conversations() -> None:
    others = [headers(), headers(subject="7"), headers(subject_kind="invoice.id"), headers(source="rmm")]
    assert len({other["References"] for other in others}) == len(others)
    assert len({other["Thread-Index"] for other in others}) == len(others)


def test_a_message_without_a_subject_is_a_conversation_by_itself() -> None:
    assert not {"References", "In-Reply-To", "Thread-Index"} & headers(subject=None).keys()


def test_a_mail_says_that_a_program_wrote_it() -> None:
    assert headers()["Auto-Submitted"] == "auto-generated"
    assert headers()["X-Auto-Response-Suppress"] == "All"


def test_the_list_is_the_category() -> None:
    assert headers()["List-Id"] == "Purchase Order <purchase-order.notifications.example.com>"
    hostile = headers(category="a b\r\nX: y", category_title='Ti,ck"ets\r\nX: y')["List-Id"]
    assert hostile == '"Ti,ck\\"ets X: y" <a-b-x-y.notifications.example.com>'
    assert headers(category_title="Aufträge " * 30)["List-Id"].isascii()


def test_the_brand_is_the_name_of_the_sender() -> None:
    assert "From" not in headers()
    assert headers(brand=Brand("Summit, Inc.\r\nBcc: x"))["From"] == '"Summit, Inc. Bcc: x" <bot@example.com>'
    assert headers(brand=Brand("J\u00fcrgen"))["From"] == "=?utf-8?q?J=C3=BCrgen?= <bot@example.com>"


def test_a_sender_beyond_ascii_keeps_the_header_that_it_has() -> None:
    assert "From" not in headers_of(replace(MESSAGE, brand=Brand("Summit")), "b\u00f8t@example.com")


def test_only_what_is_urgent_is_important() -> None:
    importance = {severity: headers(severity=severity).get("Importance") for severity in Severity}
    assert importance == {
        Severity.INFO: None, Severity.SUCCESS: None, Severity.WARNING: None,
        Severity.ERROR: "high", Severity.CRITICAL: "high",
    }  # fmt: skip


def test_every_header_is_ascii_in_short_lines() -> None:
    message = replace(
        MESSAGE,
        title="\u4f60" * 500,
        subject="\r\nBcc: x\u2028\U0001f600",
        source="\n",
        category_title="\n" * 99 + "\u4f60",
    )
    for name, value in headers_of(message, "bot@example.com", "help@example.com").items():
        assert value.isascii(), name
        assert "\r" not in value, name
        first, *others = f"{name}: {value}".split("\n")
        assert all(line[0] == " " and line.strip() for line in others), name
        assert max(map(len, (first, *others))) < 300, name
    subject = headers_of(message, "bot@example.com")["Subject"]
    assert max(map(len, subject.split("\n"))) <= 76
    assert str(make_header(decode_header(subject))) == "\u4f60" * 199 + "\u2026"


def test_a_subject_that_looks_encoded_is_shown_as_it_is() -> None:
    title = "=?utf-8?q?Bcc=3A_x?= (1)"
    subject = headers(title=title)["Subject"]
    assert str(make_header(decode_header(subject))) == title


def test_headers_are_ascii_for_a_sender_whose_domain_is_not() -> None:
    written = headers_of(MESSAGE, "bot@m\u00fcnchen.example")
    assert written["References"].endswith("@xn--mnchen-3ya.example>")
    assert all(value.isascii() for value in written.values())
