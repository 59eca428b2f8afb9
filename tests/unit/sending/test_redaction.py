from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest

from gateway.model import Address, Secret
from gateway.sending.redaction import HIDDEN, redact, secrets_of

CANARY = "c4n4ry/p@ss wörd\"'&<%rd#1"
SECRETS = secrets_of(Address("mailtos", {"host": "h.example", "user": "bot", "password": Secret(CANARY)}))

WAYS = {
    "as it is": CANARY,
    "percent": quote(CANARY),
    "percent, all of it": quote(CANARY, safe=""),
    "percent, in lower case": quote(CANARY, safe="").lower(),
    "percent, twice": quote(quote(CANARY, safe=""), safe=""),
    "a form": quote_plus(CANARY),
    "JSON": json.dumps(CANARY)[1:-1],
    "JSON as it is": json.dumps(CANARY, ensure_ascii=False)[1:-1],
    "JSON of PHP": json.dumps(CANARY)[1:-1].replace("/", "\\/"),
    "HTML": html.escape(CANARY),
    "HTML of others": html.escape(CANARY).replace("&#x27;", "&#39;"),
    "HTML without quotes": html.escape(CANARY, quote=False),
    "upper case": CANARY.upper(),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_secret_is_hidden_however_it_is_written(way: str) -> None:
    assert redact(f"got {way} here", SECRETS) == f"got {HIDDEN} here"


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "b", "bo", "bot", "bot:", "a longer user:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
def test_a_secret_inside_of_base64_is_hidden_with_the_word_around_it(encode: object, before: str, after: str) -> None:
    text = encode((before + CANARY + after).encode()).decode()  # type: ignore[operator]
    assert redact(f"got {text} here", SECRETS) == f"got {HIDDEN} here"
    assert redact(f"got {text.rstrip('=')} here", SECRETS) == f"got {HIDDEN} here"


@pytest.mark.parametrize(
    "text",
    [
        "you sent Authorization: Basic dXNlcjpvdGhlcg== to us",
        '{"headers": {"Authorization": "Bearer abc.def.ghi"}}',
        "authorization=Token%20abc",
        "wrong: Basic dXNlcjpwdw",
    ],
)
def test_who_a_request_says_it_is_never_comes_back(text: str) -> None:
    shown = redact(text, ())
    assert HIDDEN in shown
    assert not any(secret in shown for secret in ("dXNlcjp", "abc"))


@pytest.mark.parametrize("text", ["basic authentication required", "Basic plan exceeded", "the bearer is unknown"])
def test_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert redact(text, ()) == text


@pytest.mark.parametrize("length", range(280, 320))
def test_a_secret_at_the_end_of_what_is_shown_is_hidden_before_it_is_cut(length: int) -> None:
    shown = redact("x" * (length - 5) + " " + CANARY * 3, SECRETS)
    assert len(shown) <= 300
    assert "c4n" not in shown


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("x", "a text with x", "a text with x"),
        ("pw", "the password pw is not in pwd", "the password *** is not in pwd"),
        ("abc", "abc abcd (abc)", "*** abcd (***)"),
        ("abcd", "abcdef", "***ef"),
    ],
)
def test_a_short_secret_is_hidden_where_it_is_a_word(secret: str, text: str, shown: str) -> None:
    assert redact(text, secrets_of(Address("x", {"a": Secret(secret)}))) == shown


def test_the_parts_of_a_secret_url_are_hidden() -> None:
    url = "jsons://user:hunter22@hooks.example.com/T0KENABC/part?key=s3cretvalue"
    secrets = secrets_of(Address(url=Secret(url)))
    text = redact("user hunter22 at hooks.example.com with T0KENABC and s3cretvalue", secrets)
    assert text == f"user {HIDDEN} at {HIDDEN} with {HIDDEN} and {HIDDEN}"


@pytest.mark.parametrize("shown", ["+15550100199", "15550100199", "+1 555-010-0199", "1 (555) 010 0199"])
def test_a_telephone_number_is_hidden_however_it_is_punctuated(shown: str) -> None:
    secrets = secrets_of(Address("twilio", {}, recipient=Secret("+1 (555) 010-0199")))
    assert redact(f"The number {shown} is not valid", secrets) == f"The number {HIDDEN} is not valid"


def test_a_recipient_is_hidden() -> None:
    secrets = secrets_of(Address("mailtos", {}, recipient=Secret("Ana@Example.com")))
    assert redact("550 <ana@example.com> unknown", secrets) == f"550 <{HIDDEN}> unknown"


def test_a_recipient_of_the_yaml_is_hidden_too() -> None:
    assert redact("550 <a@b.example>", secrets_of(Address("mailtos", {}), ("a@b.example",))) == f"550 <{HIDDEN}>"


def test_a_longer_secret_is_hidden_before_a_shorter_one_inside_it() -> None:
    secrets = secrets_of(Address("x", {"a": Secret("abcd"), "b": (Secret("abcdefg"), "plain")}))
    assert redact("abcdefg abcd plain", secrets) == f"{HIDDEN} {HIDDEN} plain"


def test_a_detail_is_one_printable_line_of_300_characters() -> None:
    text = redact("a\r\n\x1b[31mb\x00\u202e" + "x" * 400, ())
    assert text.isprintable()
    assert text.startswith("a [31mb")
    assert len(text) == 300


@pytest.mark.parametrize(
    "text", ["A" * 65_536, "QUFB" * 16_384, "basic " * 10_000, "authorization: " * 4_000, " " * 65_536]
)
def test_a_body_of_any_form_is_redacted_in_time(text: str) -> None:
    """A provider could keep a worker busy with a body that makes the search quadratic: this would take minutes."""
    assert len(redact(text, SECRETS)) <= 300
