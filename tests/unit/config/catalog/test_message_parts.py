"""Parts of a message that no reader would ever see."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from gateway.model import Problem
from tests.support.builders import CATALOG, config

ROUTES = """
channels: {noc: {service: log}}
routes: [{name: all, notify: [ticket.changed.any], to: [noc]%s}]
"""


def warnings(part: str) -> list[Problem]:
    catalog = CATALOG.replace("message: {", f"message: {{{part}, ")
    return list(config(ROUTES % "", catalog).warnings)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "/tickets/7", "https://x.example/ {{ ticket.id }}", "x.example/{{ ticket.id }}"]
)
def test_a_link_that_can_be_none_is_a_warning(link: str) -> None:
    message = "no message shows this link, since it is no web or mail address"
    for part, path in ((f'link: "{link}"', "link"), (f'link: {{url: "{link}"}}', "link.url")):
        (problem,) = warnings(part)
        assert (problem.path, problem.message) == (f"events.ticket.changed.message.{path}", message)
    (of_route,) = config(ROUTES % f', message: {{link: "{link}"}}').warnings
    assert (of_route.path, of_route.message) == ("routes[0].message.link", message)


@pytest.mark.parametrize(
    "link",
    [
        "https://x.example/{{ ticket.id }}{% if ticket.id == 7 %}?a=b{% endif %}",
        "https://{{ ticket.id }}.example/",
        " {{ ticket.id }}",
        "mailto:a@x.example",
        "",
    ],
)
def test_a_link_that_depends_on_its_values_is_not(link: str) -> None:
    assert warnings(f'link: "{link}"') == []


@pytest.mark.parametrize("facts", ['{" ": x}', '{"": x}', '[{label: " ", value: x}]', f"{{{'L' * 61}: x}}"])
def test_a_fact_has_a_label_that_can_be_read(facts: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        warnings(f"facts: {facts}")
    assert "a label of 1 to 60 characters" in f"{caught.value.problems[0]}"
