"""The `auth` of sources: what is built of it, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from gateway.errors import ConfigInvalid
from gateway.model import Basic, HeaderSecret, Rate, Reply, Signature, SignedPart, UrlKey
from tests.support.builders import config

HASH = "0" * 64
SECRET_HASH = sha256(b"s3cret").hexdigest()
ENVIRON = {"SECRET": "s3cret", "WHSEC": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}


def problems(yaml: str) -> list[str]:
    """What is wrong with the files of a configuration that has *yaml*, as texts."""
    with pytest.raises(ConfigInvalid) as invalid:
        config(yaml, environ=ENVIRON)
    return [str(problem) for problem in invalid.value.problems]


def source(yaml: str) -> str:
    return f"sources:\n  psa: {{events: ['*'], {yaml}}}\n"


def test_each_kind_of_credential() -> None:
    yaml = source(
        f"""auth: [{{bearer: ["sha256:{HASH}"], expires: "2027-03-01"}},
        {{basic: {{user: u, password: {{env: SECRET}}}}}},
        {{header: {{name: X-Key, secret: {{env: SECRET}}}}}}, {{key: {{secret: "sha256:{HASH}", parameter: token}}}},
        {{signature: {{preset: github, secret: [{{env: SECRET}}, {{env: WHSEC}}]}}}},
        {{signature: {{secret: {{env: SECRET}}, header: X-Sig, algorithm: sha1, encoding: base64, prefix: "v0=",
          signed: "v0:{{header.X-Time}}:{{body}}", timestamp: "{{header.X-Time}}", tolerance: 1m}}}}],
        tokens: [{{env: SECRET}}], allow_from: [192.0.2.0/24], quota: 10/m, reply: {{success: 200, overload: 429}}"""
    )
    psa = config(yaml, environ=ENVIRON).sources["psa"]
    secret = SECRET_HASH
    assert psa.token_hashes == {HASH, secret}
    assert psa.token_expiries == {HASH: datetime(2027, 3, 1, tzinfo=UTC)}
    assert psa.credentials == (
        Basic(sha256(b"u:s3cret").hexdigest()),
        HeaderSecret("x-key", secret),
        UrlKey(HASH, "token"),
        Signature("x-hub-signature-256", (b"s3cret", ENVIRON["WHSEC"].encode()), prefix="sha256="),
        Signature(
            "x-sig",
            (b"s3cret",),
            "sha1",
            "base64",
            "v0=",
            (
                SignedPart("text", "v0:"),
                SignedPart("header", "x-time"),
                SignedPart("text", ":"),
                SignedPart("body"),
            ),
            SignedPart("header", "x-time"),
            timedelta(minutes=1),
        ),
    )
    assert (psa.quota, psa.reply) == (Rate(10, 60.0), Reply(200, 200, 429))
    assert [str(network) for network in psa.allow_from] == ["192.0.2.0/24"]
    assert "s3cret" not in repr(psa)


@pytest.mark.parametrize(
    "key", ["{env: SECRET}", "{secret: {env: SECRET}}", f"'sha256:{sha256(b's3cret').hexdigest()}'"]
)
def test_a_key_may_be_written_short(key: str) -> None:
    (credential,) = config(source(f"auth: [{{key: {key}}}]"), environ=ENVIRON).sources["psa"].credentials
    assert credential == UrlKey(SECRET_HASH, "key")


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("scopes: [admin]", "has no `auth`"),
        ("auth: [{expires: '2027-01-01'}]", "expected one of bearer"),
        (f"auth: [{{bearer: ['sha256:{HASH}'], key: {{secret: 'sha256:{HASH}'}}}}]", "expected one of bearer"),
        (f"auth: [{{bearer: ['sha256:{HASH}'], expires: tomorrow}}]", "expected a date"),
        ("auth: [{key: {secret: {env: NOT_SET}}}]", "NOT_SET is not set"),
        ("auth: [{key: {secret: plain}}]", "expected sha256"),
        ("auth: [{key: {env: SECRET, parameter: token}}]", "expected the key as"),
        ("auth: [{header: X-Token, secret: {env: SECRET}}]", "{name: X-Token, secret: {env: NAME}}"),
        ("auth: [{signature: github}]", "{preset: github, secret: {env: NAME}}"),
        ("auth: [{signature: {preset: github}}]", "expected `secret`"),
        ("auth: [{signature: {preset: connectwise}}]", "expected `host`"),
        ("auth: [{signature: {preset: twilio, secret: {env: SECRET}}}]", "/v1/in/SOURCE{form}"),
        ("auth: [{signature: {preset: github, secret: {env: SECRET}, host: a.example}}]", "belongs to the preset"),
        ("auth: [{signature: {secret: {env: SECRET}}}]", "expected `preset`"),
        ("auth: [{signature: {preset: githup, secret: {env: SECRET}}}]", "did you mean 'github'"),
        (
            "auth: [{signature: {preset: standard-webhooks, secret: {env: SECRET}}}]",
            "expected a Standard Webhooks secret",
        ),
        ("auth: [{signature: {header: X, secret: {env: SECRET}, signed: '{boddy}'}}]", "expected texts"),
        ("auth: [{signature: {header: X, secret: {env: SECRET}, timestamp: '{header.X-T}'}}]", "anybody could change"),
        (f"tokens: ['sha256:{HASH}'], allow_from: [192.0.2.1/24]", "is not a network"),
        (f"tokens: ['sha256:{HASH}'], reply: {{body: {{id: '{{{{ id'}}}}", "reply.body.id"),
        (f"tokens: ['sha256:{HASH}'], reply: {{success: 500}}", "reply.success"),
        (f"tokens: ['sha256:{HASH}'], quota: many", "a rate like"),
    ],
)
def test_what_is_wrong_is_said(yaml: str, message: str) -> None:
    texts = problems(source(yaml))
    assert any(message in text for text in texts), texts
    assert not any("s3cret" in text for text in texts)


def test_two_sources_cannot_have_the_same_token() -> None:
    yaml = source(f"tokens: ['sha256:{HASH}']") + f"  rmm: {{events: ['*'], auth: [{{bearer: ['sha256:{HASH}']}}]}}\n"
    assert any("has the same token" in problem for problem in problems(yaml))
