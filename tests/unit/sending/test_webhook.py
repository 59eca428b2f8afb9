"""Webhooks that carry the event, and their signatures."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.model import Address, FieldValue, Message, Reason, Secret, Severity
from gateway.sending.services import AppriseServices
from gateway.sending.webhook import EventContent, WebhookRequest, event_body, webhook_options
from tests.support import builders

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas/webhook.schema.json").read_text())
SERVICES = AppriseServices()
KEY = b64encode(b"k" * 24).decode()


def refusal(**fields: FieldValue) -> str | None:
    return SERVICES.refusal(Address(str(fields.pop("service", "json")), {"host": "h.example", **fields}))


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the reference libraries of Standard Webhooks."""
    options = webhook_options(Address("json", {"signing_secret": Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}))
    request = WebhookRequest("msg_p5jXN8AQM9LWM0D4loKWxJek", options.keys)
    headers = request.headers(b'{"test": 2432232314}', datetime.fromtimestamp(1614265330, UTC))
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_sign_while_a_receiver_changes_from_one_to_the_other() -> None:
    secrets = (Secret(f"whsec_{KEY}"), Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    keys = webhook_options(Address("json", {"signing_secret": secrets})).keys
    signatures = WebhookRequest("d", keys).headers(b"{}", datetime.now(UTC))["webhook-signature"].split(" ")
    assert len(set(signatures)) == 2
    assert all(signature.startswith("v1,") for signature in signatures)


def test_without_a_secret_nothing_is_signed() -> None:
    assert WebhookRequest("d").headers(b"", datetime.now(UTC)).keys() == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("data", [{"ticket": {"id": 7, "title": "Dr\u00fccker <b>"}}, {}, {"number": 10**30}])
@pytest.mark.parametrize("subject", ["ticket/7", None])
def test_the_body_is_what_the_schema_says(data: dict[str, Any], subject: str | None) -> None:
    content = EventContent(builders.event(data, subject=subject), (Reason("ticket.changed.any", "noc", "route noc"),))
    body = event_body(content, Message("Title", "**b**", Severity.ERROR), "noc", "dlv-1")
    document = json.loads(body)
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert document["data"] == data
    assert (document["subject"], document["delivery"]) == (subject, {"id": "dlv-1", "target": "noc"})
    assert document["reasons"] == [{"notification": "ticket.changed.any", "route": "noc", "text": "route noc"}]
    assert document.keys() == SCHEMA["properties"].keys() == set(SCHEMA["required"])


@pytest.mark.parametrize("format", ["event", "Event", "text", "markdown"])
def test_the_formats_of_a_webhook_are_taken(format: str) -> None:
    assert refusal(format=format) is None
    assert refusal(service="jsons", format=format, signing_secret=Secret(f"whsec_{KEY}")) is None


@pytest.mark.parametrize("service", ["xml", "form", "xmls", "forms"])
def test_the_event_needs_json(service: str) -> None:
    assert refusal(service=service, format="event") == "the format 'event' needs the service 'json' or 'jsons'"
    assert refusal(service=service, signing_secret=Secret(f"whsec_{KEY}")) is None


@pytest.mark.parametrize(
    "secret", [KEY, "whsec_short", "whsec_" + b64encode(b"k" * 23).decode(), "whsec_" + "k" * 200, "whsec_!!"]
)
def test_a_signing_secret_has_the_form_of_the_specification(secret: str) -> None:
    reason = refusal(signing_secret=Secret(secret))
    assert reason == "the signing secret is not whsec_ and 24 to 64 bytes in base64"


def test_a_whole_url_may_ask_for_the_event() -> None:
    address = Address(url=Secret(f"jsons://h.example/x?format=event&signing_secret=whsec_{KEY}"))
    assert SERVICES.refusal(address) is None
    options = webhook_options(address)
    assert (options.carries_event, options.keys) == (True, (b"k" * 24,))


def test_the_configuration_knows_the_fields() -> None:
    fields = SERVICES.fields("jsons")
    assert fields["signing_secret"].is_secret
    assert "event" in fields["format"].choices
    assert "event" not in SERVICES.fields("xml")["format"].choices
