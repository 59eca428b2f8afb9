"""Which services wait for HTTP only, by what their plugins import."""

from __future__ import annotations

import pytest

from gateway.sending import apprise_api
from gateway.sending.transport.cooperative import is_cooperative


@pytest.mark.parametrize(
    "service",
    [
        "json", "jsons", "xml", "form", "slack", "discord", "workflows", "twilio", "vonage", "tgram", "ntfy",
        "gotify", "pagerduty", "opsgenie", "webex", "zulip", "rocket", "gchat", "mmost", "sns", "mailgun", "sendgrid",
    ],
)  # fmt: skip
def test_it_waits_for_its_answers_only(service: str) -> None:
    apprise_api.load_plugins()
    assert is_cooperative(apprise_api.registry[service])


@pytest.mark.parametrize(
    "service", ["mailto", "mailtos", "mqtt", "irc", "xmpp", "rsyslog", "smpp", "matrix", "growl", "aprs", "windows"]
)
def test_it_may_wait_for_something_else(service: str) -> None:
    apprise_api.load_plugins()
    assert not is_cooperative(apprise_api.registry[service])
