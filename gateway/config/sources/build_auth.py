"""Builds the `auth` of a source from YAML that has been checked: how a sender authenticates."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from gateway.config.secrets import SecretStore, is_secret
from gateway.config.sources.keys import AuthKeys, SignatureKeys, SourceKeys
from gateway.durations import parse_duration
from gateway.model import Basic, Credential, DocumentPath, HeaderSecret, Secret, Signature, SignedPart, UrlKey
from gateway.times import moment_of

HASHED = "sha256:"
"""The prefix of a secret that the YAML holds only as a hash."""
KINDS = ("bearer", "basic", "header", "key", "signature")
STANDARD_WEBHOOKS = "standard-webhooks"
CONNECTWISE = "connectwise"
TWILIO = "twilio"
WHSEC = "whsec_"
"""The prefix of a Standard Webhooks key, which is base64."""
PRESETS = {
    # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    STANDARD_WEBHOOKS: Signature(
        "webhook-signature",
        encoding="base64",
        prefix="v1,",
        signed=(
            SignedPart("header", "webhook-id"),
            SignedPart("text", "."),
            SignedPart("header", "webhook-timestamp"),
            SignedPart("text", "."),
            SignedPart("body"),
        ),
        timestamp=SignedPart("header", "webhook-timestamp"),
    ),
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    "github": Signature("x-hub-signature-256", prefix="sha256="),
    # https://developer.connectwise.com/Best_Practices/PSA_Callbacks
    CONNECTWISE: Signature("x-content-signature", encoding="base64"),
    # https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/Webhooks/SecretKeyPayloadVerification.htm
    "autotask": Signature("x-hook-signature", algorithm="sha1", encoding="base64", prefix="sha1="),
    # https://admin-docs.zammad.org/en/latest/manage/webhook/payload.html
    "zammad": Signature("x-hub-signature", algorithm="sha1", prefix="sha1="),
    # https://www.twilio.com/docs/usage/security; the URL that precedes the fields is written in `signed`
    TWILIO: Signature("x-twilio-signature", algorithm="sha1", encoding="base64", signed=(SignedPart("form"),)),
}
PART = re.compile(r"\{(body|form|header\.[A-Za-z0-9-]+|field\.[A-Za-z0-9_-]+)\}|([^{}]+)")


def bearer_tokens(source: SourceKeys) -> Iterator[tuple[DocumentPath, Any, str | None]]:
    """(its place, token as the YAML has it, when it expires) of each in `tokens` and `auth`."""
    for number, token in enumerate(source.get("tokens", ())):
        yield ("tokens", number), token, None
    for number, entry in enumerate(source.get("auth", ())):
        for index, token in enumerate(entry.get("bearer", ())):
            yield ("auth", number, "bearer", index), token, entry.get("expires")


def build_credential(entry: AuthKeys, secrets: SecretStore) -> Credential | None:
    """None for bearer tokens, which are looked up before the source is known. Raises: SecretMissing, ValueError."""
    expires = parse_expiry(entry["expires"]) if "expires" in entry else None
    if "basic" in entry:
        user, password = entry["basic"]["user"], entry["basic"]["password"]
        return Basic(sha256(f"{user}:{secrets.resolve(password).reveal()}".encode()).hexdigest(), expires)
    if "header" in entry:
        return HeaderSecret(entry["header"]["name"].lower(), hash_of(entry["header"]["secret"], secrets), expires)
    if "key" in entry:
        key = entry["key"]
        if isinstance(key, str) or is_secret(key):
            return UrlKey(hash_of(key, secrets), expires=expires)
        if "secret" not in key:
            raise ValueError("expected the key as {secret: {env: NAME}, parameter: ...}")
        return UrlKey(hash_of(key["secret"], secrets), key.get("parameter", "key"), expires)
    if "signature" in entry:
        return replace(build_signature(entry["signature"], secrets), expires=expires)
    return None


def build_signature(value: SignatureKeys, secrets: SecretStore) -> Signature:
    """The signature in *value*; its preset supplies the parts that *value* does not give.

    Raises: SecretMissing, ValueError.
    """
    signature = PRESETS[value["preset"]] if "preset" in value else Signature("")
    references: Any = value.get("secret", [])
    keys = tuple(
        signing_key(secrets.resolve(reference), value.get("preset"))
        for reference in (references if isinstance(references, list) else [references])
    )
    changes: dict[str, Any] = {name: value[name] for name in ("algorithm", "encoding", "prefix") if name in value}
    if "header" in value:
        changes["header"] = value["header"].lower()
    if "signed" in value:
        changes["signed"] = parse_signed(value["signed"])
    if "timestamp" in value:
        changes["timestamp"] = parse_signed(value["timestamp"])[0]
    if "tolerance" in value:
        changes["tolerance"] = parse_duration(value["tolerance"])
    signature = replace(signature, keys=keys, key_host=value.get("host", "").lower(), **changes)
    if signature.timestamp is not None and signature.timestamp not in signature.signed:
        raise ValueError("`signed` does not include the timestamp, so anybody could change it")
    return signature


def signing_key(secret: Secret, preset: str | None) -> bytes:
    """The bytes of the HMAC key. Raises: ValueError if the *preset* requires base64 and *secret* is not."""
    if preset == CONNECTWISE:
        return sha256(secret.reveal().encode()).digest()
    if preset != STANDARD_WEBHOOKS:
        return secret.reveal().encode()
    try:
        return base64.b64decode(secret.reveal().removeprefix(WHSEC), validate=True)
    except binascii.Error:
        raise ValueError("expected a Standard Webhooks secret: whsec_ and base64") from None


def parse_signed(text: str) -> tuple[SignedPart, ...]:
    """The parts of a text such as `{header.x-time}.{body}`. Raises: ValueError."""
    parts, end = [], 0
    for match in PART.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        kind, _, name = (match[1] or "").partition(".")
        if match[2] is not None:
            parts.append(SignedPart("text", match[2]))
        else:
            parts.append(SignedPart(kind, name.lower() if kind == "header" else name))  # type: ignore[arg-type] # by PART
    if end != len(text) or not parts:
        raise ValueError("expected texts and {body}, {form}, {header.NAME} or {field.NAME}")
    return tuple(parts)


def parse_expiry(text: str) -> datetime:
    """The moment in UTC; a date means the beginning of that day. Raises: ValueError."""
    moment = moment_of(text, UTC)
    if moment is None:
        raise ValueError("expected a date or a time with its offset, such as 2027-03-01")
    return moment


def hash_of(secret: Any, secrets: SecretStore) -> str:
    """The SHA-256 of *secret* in hex. The YAML holds the hash, or a reference to the secret. Raises: SecretMissing."""
    if isinstance(secret, str):
        return secret.removeprefix(HASHED)
    return sha256(secrets.resolve(secret).reveal().encode()).hexdigest()
