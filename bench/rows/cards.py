"""What a card costs beside the text that the same service gets: all but the network, a new message each time."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from gateway.model import Address, Fact, Message, MessageLink, NetworkPolicy, Secret, Severity, Target
from gateway.sending.sender import Sender
from gateway.sending.transport import requests_patch
from gateway.sending.transport.deadline import AttemptTrace
from gateway.sending.transport.network import Connector
from rows.base import Figure, cost_us

MESSAGES = 500
ROUNDS = 3
MESSAGE = Message(
    "SLA breached: #10482 Email not working",
    "The first response to **Keller & Sons Roofing** was due 12 min ago.\n\n> Outlook asks for a password.",
    Severity.CRITICAL,
    facts=(
        Fact("Customer", "Keller & Sons Roofing"),
        Fact("Priority", "P1 - *urgent*"),
        Fact("Assigned to", "Ana Lopez"),
        Fact("Due", "Tue Nov 24, 9:41 AM MST"),
        Fact("Level", "Gold"),
        Fact("Status", "In progress"),
    ),
    link=MessageLink("Open ticket #10482", "https://psa.example.com/tickets/58210443"),
    reasons=("because you are assigned",),
    customer="Keller & Sons Roofing",
    category_title="SLA",
    time=datetime(2026, 11, 24, 16, 41, tzinfo=UTC),
)
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = "workflows://prod-1.logic.azure.com:443/wf1/s1g-_n"
DISCORD = "discord://123456/abc-DEF_1"
PAIRS: Mapping[str, tuple[str, str]] = {
    "slack": (f"{SLACK}?format=markdown", SLACK),
    "teams": (f"{TEAMS}?format=markdown", TEAMS),
    "discord": (f"{DISCORD}?format=text", DISCORD),
}
"""Service -> (an address that gets text, one that gets a card)."""


def cards(divisor: int) -> Sequence[Figure]:
    """Microseconds of a text and of a card, and what a card costs in texts; the better of three rounds of each."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sender = Sender(Path(folder), Connector(1, {}, None, lambda: NetworkPolicy()))
        requests_patch.install(_answer)
        try:
            for service, urls in PAIRS.items():
                times = max(50, MESSAGES // divisor)
                rounds = [[_cost(sender, url, times) for url in urls] for _ in range(ROUNDS)]
                text, card = (min(costs) for costs in zip(*rounds, strict=True))
                figures += [
                    Figure(f"{service}: a text", text, "us"),
                    Figure(f"{service}: a card", card, "us"),
                    Figure(f"{service}: a card costs", card / text, "texts"),
                ]
        finally:
            sender.close()
    return figures


def _cost(sender: Sender, url: str, times: int) -> float:
    target = Target("bench", "channel/bench", Address(url=Secret(url)))

    def send(number: int) -> None:
        title = f"{MESSAGE.title} {number} {url}"  # nothing of another message is remembered
        body = f"{MESSAGE.body} {number} {len(url)}"
        assert sender.send(target, replace(MESSAGE, title=title, body=body), "d").is_delivered

    return cost_us(send, times)


def _answer(trace: AttemptTrace, method: str, url: str, **arguments: Any) -> requests.Response:
    """What a service would answer at once; everything is prepared for the network."""
    requests_patch.prepare(trace, method, url, arguments)
    response = requests.Response()
    response.status_code = 202 if "azure" in url else 200
    response._content = b"ok"  # noqa: SLF001 - as the transport fills it
    trace.note_answer(response.status_code, {}, b"ok", url)
    return response
