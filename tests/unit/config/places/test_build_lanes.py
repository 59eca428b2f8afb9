"""When messages to a place are tried again, as the YAML says or the service suggests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway import retry
from gateway.errors import ConfigInvalid
from gateway.sending.services import AppriseServices
from tests.support import builders

ROUTES = """
providers:
  sms: {service: twilio, account_sid: {env: SID}, auth_token: {env: SECRET}, from_phone: "+15550100123"}
  email: {service: inbox, retry: [5s, 1m]}
channels:
  noc: {service: inbox}
  phone: {url: {env: PHONE_URL}}
  once: {service: inbox, retry: never}
people:
  ana: {contacts: {email: ana@example.com, sms: "+15550100199", slack: {service: log, retry: short}}}
routes:
  - {name: r, notify: ["*.*.any"], to: [noc, phone, once]}
"""
ENVIRON = {
    "SID": "AC" + "a" * 32,
    "SECRET": "b" * 32,
    "PHONE_URL": f"vonage://{'a' * 8}:{'b' * 16}@15550100123/15550100199",
}


def test_each_lane_has_its_waits() -> None:
    routes = ROUTES.replace('"*.*.any"', "ticket.changed.any")
    lanes = builders.config(routes, environ=ENVIRON, services=AppriseServices()).lanes
    assert {name: lane.retries for name, lane in lanes.items()} == {
        "provider/sms": retry.SHORT,
        "provider/email": (timedelta(seconds=5), timedelta(minutes=1)),
        "channel/noc": retry.STANDARD,
        "channel/phone": retry.SHORT,
        "channel/once": (),
        "contact/ana/slack": retry.SHORT,
    }


@pytest.mark.parametrize("text", ["shrt", "[5]", "[]", "5s"])
def test_what_is_no_schedule_is_said_so(text: str) -> None:
    routes = f"channels: {{noc: {{service: inbox, retry: {text}}}}}\nfallback: {{to: [noc]}}"
    with pytest.raises(ConfigInvalid) as caught:
        builders.config(routes)
    assert all("channels.noc.retry" in str(one) for one in caught.value.problems)
