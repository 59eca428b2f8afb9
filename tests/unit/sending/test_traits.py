"""The table of service traits beside what Apprise knows of the same services."""

from __future__ import annotations

import pytest

from gateway.sending import apprise_api
from gateway.sending.services import AppriseServices
from gateway.sending.traits import SERVICES_BY_OTHER_NAME, TRAITS, ServiceTraits, traits_of

SERVICES = AppriseServices()
NO_TELEPHONES = {"dingtalk"}
"""Services that take a telephone number, but only to mention somebody in a room."""


@pytest.mark.parametrize("service", sorted(TRAITS))
def test_every_row_is_of_a_service_that_is_offered(service: str) -> None:
    assert service in SERVICES.names()


def test_whoever_takes_telephone_numbers_is_a_text_message_service() -> None:
    """A service that Apprise adds must not be tried for a day, nor have mentions, because nobody gave it a row."""
    missing = [
        service
        for service in sorted(SERVICES.names() - {"inbox", "log"} - NO_TELEPHONES)
        if any("phone" in token for token in apprise_api.describe(service)["tokens"])
        and not traits_of(service).is_text_message
    ]
    assert missing == []


def test_a_service_without_a_row_is_a_chat() -> None:
    assert traits_of("guilded") == ServiceTraits()


@pytest.mark.parametrize(("name", "service"), [("teams", "workflows"), ("email", "mailtos"), ("sms", "twilio")])
def test_people_have_other_names_for_services(name: str, service: str) -> None:
    assert SERVICES.meant_by(name) == SERVICES_BY_OTHER_NAME[name] == service
    assert name not in SERVICES.names()
