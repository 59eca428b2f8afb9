"""A place with several recipients has a part for each: its name is stable and shows no address."""

from __future__ import annotations

import re

import pytest

from gateway.config.places import build
from gateway.model import Target
from gateway.routing.plan import plan
from gateway.sending.services import AppriseServices
from tests.support.builders import config, event

NUMBERS = ("+15550100001", "+15550100002", "+15550100003")
TOKEN = "0123456789abcdef0123456789abcdef"
TWILIO = f'service: twilio, account_sid: AC{TOKEN}, auth_token: {{env: TW}}, from_phone: "+15550100123"'


def sms(*numbers: str) -> Target:
    listed = ", ".join(f'"{number}"' for number in numbers)
    routes = f"channels: {{sms: {{{TWILIO}, targets: [{listed}]}}}}"
    return config(routes, environ={"TW": TOKEN}, services=AppriseServices()).channels["sms"]


def test_a_place_with_one_recipient_is_one_target() -> None:
    one = sms(NUMBERS[0])

    assert one.receivers == (one,)
    assert one.name == "sms"


def test_each_of_several_recipients_is_a_target_in_the_lane_of_the_place() -> None:
    parts = sms(*NUMBERS).receivers

    assert [part.lane for part in parts] == ["channel/sms"] * 3
    assert [part.address.recipient.reveal() for part in parts if part.address.recipient] == list(NUMBERS)


def test_the_names_follow_the_recipients_and_not_their_order() -> None:
    names, changed = (
        {part.address.recipient.reveal(): part.name for part in sms(*numbers).receivers if part.address.recipient}
        for numbers in (NUMBERS, NUMBERS[:0:-1])
    )

    assert changed == {number: names[number] for number in NUMBERS[1:]}
    assert all(re.fullmatch(r"sms/[0-9a-f]{6}", name) for name in names.values())


def test_recipients_whose_short_names_are_alike_get_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PART_DIGITS", 0)

    assert len({part.name for part in sms(*NUMBERS).receivers}) == 3


def test_a_contact_that_is_a_place_of_its_own_has_parts_too() -> None:
    routes = f"""
    people: {{ana: {{contacts: {{sms: {{{TWILIO}, targets: ["+15550100001", "+15550100002"], outside: true}}}}}}}}
    routes: [{{name: all, notify: [ticket.changed.any], to: [ana]}}]
    """
    found = config(routes, environ={"TW": TOKEN}, services=AppriseServices())
    planned = plan(event({"ticket": {"id": 7}}), found).deliveries

    assert len(planned) == 2
    assert all(re.fullmatch(r"ana/sms/[0-9a-f]{6}", delivery.target) for delivery in planned)
    assert all(found.targets[delivery.target].is_outside for delivery in planned)
    assert "ana/sms" not in found.targets
