"""What the configuration puts into mails: the brand, and where answers go."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from tests.support.builders import config

ROUTES = """
sources: {psa: {events: ["ticket.*"], tokens: ["sha256:%s"], reply_to: %s}}
channels: {noc: {service: log}}
routes: [{name: all, notify: [ticket.changed.any], to: [noc]}]
brand: {name: %s, footer: %s}
"""


def routes(reply_to: str = "a@b.example", name: str = "Summit", footer: str = "Main Street") -> str:
    return ROUTES % ("0" * 64, reply_to, name, footer)


@pytest.mark.parametrize("address", ["a@b.example", "o'neil+desk@xn--mnchen-3ya.example", "a.b@localhost"])
def test_answers_go_to_one_address(address: str) -> None:
    assert config(routes(address)).sources["psa"].reply_to == address


@pytest.mark.parametrize(
    "address",
    [
        '"Ana <a@b.example>"', '"a@b.example, c@d.example"', '"a@b.example\\r\\nBcc: x@y.example"', '"a@b.example\\n"',
        "a..b@c.example", ".a@b.example", "a@b..c", "a@.", "a@-b.example", '"a b@c.example"', "a", '"@b.example"',
        "mailto:a@b.example", '"\\u00e4@b.example"', '""', f"{'a' * 250}@b.example",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_reported(address: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config(routes(address))
    assert [problem.path for problem in caught.value.problems] == ["sources.psa.reply_to"]


def test_the_texts_of_a_brand_are_one_clean_line() -> None:
    brand = config(routes(name='"Sum\\u202emit\\r\\nBcc: x"', footer='"Main\\0\\nStreet"')).brand
    assert (brand.name, brand.footer) == ("Summit Bcc: x", "Main Street")
