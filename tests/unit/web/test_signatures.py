"""Signatures, by the examples that the vendors publish and by what attackers try."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from gateway.config.sources.build_auth import PRESETS, parse_signed, signing_key
from gateway.model import Secret, Signature
from gateway.web.signatures import is_signed

NOW = datetime(2026, 11, 27, tzinfo=UTC)
BODY = b'{"id": 7}'


def shown(signature: Signature, key: bytes, headers: Mapping[str, str], body: bytes, now: datetime = NOW) -> bool:
    return is_signed(signature, [key], {name.lower(): value for name, value in headers.items()}.get, body, now)


def base64_hmac(key: bytes, body: bytes, algorithm: str = "sha256") -> str:
    return base64.b64encode(hmac.new(key, body, algorithm).digest()).decode()


def test_github_signs_the_body() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries, "Testing the validation"."""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers, key = {"X-Hub-Signature-256": f"sha256={digest}"}, b"It's a Secret to Everybody"
    assert shown(PRESETS["github"], key, headers, b"Hello, World!")
    assert not shown(PRESETS["github"], key, headers, b"Hello, World")
    assert not shown(PRESETS["github"], b"It's a secret", headers, b"Hello, World!")
    assert not shown(PRESETS["github"], key, {"X-Hub-Signature-256": digest}, b"Hello, World!")


# The reference vector of https://www.standardwebhooks.com.
STANDARD_KEY = signing_key(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "standard-webhooks")
STANDARD_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD_TIME = datetime.fromtimestamp(1614265330, UTC)


@pytest.mark.parametrize(
    ("headers", "is_right"),
    [
        ({}, True),
        ({"webhook-signature": "v1,AAAA v1a,BBBB v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, True),
        ({"webhook-signature": "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, False),
        ({"webhook-signature": "v1," + "AAAA v1," * 200 + "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, False),
        ({"webhook-signature": ""}, False),
        ({"webhook-signature": "v1,\ufffd"}, False),
        ({"webhook-id": "msg_other"}, False),
        ({"webhook-timestamp": "1614265331"}, False),
        ({"webhook-timestamp": "now"}, False),
    ],
)
def test_standard_webhooks_sign_id_time_and_body(headers: Mapping[str, str], is_right: bool) -> None:
    preset, sent = PRESETS["standard-webhooks"], {**STANDARD_HEADERS, **headers}
    assert shown(preset, STANDARD_KEY, sent, STANDARD_BODY, STANDARD_TIME) is is_right


@pytest.mark.parametrize(("offset_s", "is_right"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_a_signed_time_is_recent(offset_s: int, is_right: bool) -> None:
    now = STANDARD_TIME + timedelta(seconds=offset_s)
    assert shown(PRESETS["standard-webhooks"], STANDARD_KEY, STANDARD_HEADERS, STANDARD_BODY, now) is is_right


@pytest.mark.parametrize("text", ["253402300800000", "999999999999999"])
def test_a_time_that_no_date_can_hold_is_not_recent(text: str) -> None:
    """Such a time is beyond the year 9999, where Python's dates end."""
    signed = b".".join((STANDARD_HEADERS["webhook-id"].encode(), text.encode(), STANDARD_BODY))
    signature = f"v1,{base64_hmac(STANDARD_KEY, signed)}"
    headers = {**STANDARD_HEADERS, "webhook-timestamp": text, "webhook-signature": signature}
    assert not shown(PRESETS["standard-webhooks"], STANDARD_KEY, headers, STANDARD_BODY, STANDARD_TIME)


def test_a_body_that_was_written_again_is_not_the_signed_one() -> None:
    assert not shown(
        PRESETS["standard-webhooks"], STANDARD_KEY, STANDARD_HEADERS, b'{"test":2432232314}', STANDARD_TIME
    )


def test_a_header_that_is_signed_must_be_there() -> None:
    headers = {name: value for name, value in STANDARD_HEADERS.items() if name != "webhook-id"}
    body = b".1614265330." + STANDARD_BODY
    headers["webhook-signature"] = f"v1,{base64_hmac(STANDARD_KEY, body)}"
    assert not shown(PRESETS["standard-webhooks"], STANDARD_KEY, headers, STANDARD_BODY, STANDARD_TIME)


def test_autotask_signs_with_sha1_in_base64() -> None:
    headers = {"X-Hook-Signature": f"sha1={base64_hmac(b'key', BODY, 'sha1')}"}
    assert shown(PRESETS["autotask"], b"key", headers, BODY)
    assert not shown(PRESETS["autotask"], b"key", headers, BODY + b" ")


def test_zammad_signs_with_sha1_in_hex() -> None:
    headers = {"X-Hub-Signature": f"sha1={hmac.new(b'key', BODY, 'sha1').hexdigest()}"}
    assert shown(PRESETS["zammad"], b"key", headers, BODY)
    assert not shown(PRESETS["zammad"], b"yek", headers, BODY)


@pytest.mark.parametrize(
    ("caller", "signature"),
    [("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="), ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")],
)
def test_twilio_signs_the_url_and_the_sorted_fields(caller: str, signature: str) -> None:
    """The examples of Twilio's documentation, old and new."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    fields = {"To": "+18005551212", "CallSid": "CA1234567890ABCDE", "Caller": caller, "Digits": "1234", "From": caller}
    twilio = replace(PRESETS["twilio"], signed=parse_signed(f"{url}{{form}}"))
    headers, body = {"X-Twilio-Signature": signature}, urlencode(fields).encode()
    assert shown(twilio, b"12345", headers, body)
    assert not shown(twilio, b"12345", headers, urlencode({**fields, "Digits": "1235"}).encode())
    elsewhere = replace(twilio, signed=parse_signed(f"{url}3{{form}}"))
    assert not shown(elsewhere, b"12345", headers, body)


@pytest.mark.parametrize("body", [b"\xff=1", b"a=1&" * 2_000])
def test_what_is_no_form_is_not_signed_as_one(body: bytes) -> None:
    digest = base64_hmac(b"key", b"", "sha1")
    assert not shown(PRESETS["twilio"], b"key", {"X-Twilio-Signature": digest}, body)


def test_the_key_of_connectwise_is_hashed() -> None:
    key = signing_key(Secret("signing key"), "connectwise")
    assert key == hashlib.sha256(b"signing key").digest()
    headers = {"x-content-signature": base64_hmac(key, BODY)}
    assert shown(PRESETS["connectwise"], key, headers, BODY)


def test_slack_signs_version_time_and_body() -> None:
    """The example of https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = Signature(
        "x-slack-signature",
        prefix="v0=",
        signed=parse_signed("v0:{header.X-Slack-Request-Timestamp}:{body}"),
        timestamp=parse_signed("{header.X-Slack-Request-Timestamp}")[0],
    )
    headers = {
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "X-Slack-Request-Timestamp": "1531420618",
    }
    now = datetime.fromtimestamp(1531420618, UTC)
    assert shown(signature, b"8f742231b10e8888abcd99yyyzzz85a5", headers, body, now)
    assert not shown(signature, b"8f742231b10e8888abcd99yyyzzz85a5", headers, body, NOW)


def test_a_time_within_the_signature_as_stripe_has_it() -> None:
    signature = Signature(
        "stripe-signature",
        prefix="v1=",
        signed=parse_signed("{field.t}.{body}"),
        timestamp=parse_signed("{field.t}")[0],
    )
    at = int(NOW.timestamp())
    digest = hmac.new(b"key", f"{at}.".encode() + BODY, "sha256").hexdigest()
    assert shown(signature, b"key", {"Stripe-Signature": f"t={at},v0=abc,v1={digest}"}, BODY)
    assert not shown(signature, b"key", {"Stripe-Signature": f"t={at + 1},v1={digest}"}, BODY)
    assert not shown(signature, b"key", {"Stripe-Signature": f"v1={digest}"}, BODY)


@pytest.mark.parametrize("text", ["", "{body", "{bodies}", "{header.}", "a}b"])
def test_what_is_signed_is_written_in_known_parts(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_signed(text)
