from __future__ import annotations

from urllib.parse import quote

from gateway.model import Address, Secret
from gateway.sending.redaction import HIDDEN, redact, secrets_of

CANARY = 'c4n4ry/p@ss w%rd"#1'


def test_a_secret_is_hidden_however_it_is_written() -> None:
    secrets = secrets_of(Address("mailtos", {"host": "h.example", "password": Secret(CANARY)}))
    for way in (CANARY, quote(CANARY, safe=""), quote(CANARY), CANARY.replace('"', '\\"')):
        assert redact(f"got {way} here", secrets) == f"got {HIDDEN} here"


def test_the_parts_of_a_secret_url_are_hidden() -> None:
    url = "jsons://user:hunter22@hooks.example.com/T0KENABC/part?key=s3cretvalue"
    secrets = secrets_of(Address(url=Secret(url)))
    text = redact("user hunter22 at hooks.example.com with T0KENABC and s3cretvalue", secrets)
    assert text == f"user {HIDDEN} at {HIDDEN} with {HIDDEN} and {HIDDEN}"


def test_a_recipient_is_hidden() -> None:
    secrets = secrets_of(Address("mailtos", {}, recipient=Secret("ana@example.com")))
    assert redact("550 <ana@example.com> unknown", secrets) == f"550 <{HIDDEN}> unknown"


def test_a_longer_secret_is_hidden_before_a_shorter_one_inside_it() -> None:
    secrets = secrets_of(Address("x", {"a": Secret("abc"), "b": (Secret("abcdef"), "plain")}))
    assert redact("abcdef abc plain", secrets) == f"{HIDDEN} {HIDDEN} plain"


def test_a_detail_is_one_printable_line_of_300_characters() -> None:
    text = redact("a\r\n\x1b[31mb\x00\u202e" + "x" * 400, ())
    assert text.isprintable()
    assert text.startswith("a [31mb")
    assert len(text) == 300
