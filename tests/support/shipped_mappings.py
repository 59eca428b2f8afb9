"""A configuration in which every shipped mapping has a source, and the payloads that are shipped beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gateway.config.mappings import build
from gateway.model import Config
from tests.support.builders import config
from tests.support.pages import ROOT

FOLDER = Path(build.__file__).parent / build.SHIPPED
NAMES = tuple(build.shipped_names())
KEY = "0123456789abcdef0123456789abcdef"
SOURCES = "sources:\n" + "".join(
    f"  {name}: {{events: ['*'], auth: [{{key: {{secret: {{env: SENDER_KEY}}}}}}], mapping: {name}}}\n"
    for name in NAMES
)
ENVIRON = {"SENDER_KEY": KEY}
PEOPLE = """
providers:
  email: {service: inbox}
people:
  ana: {name: Ana Lopez, identities: ["syncro:1834", ana@msp.example], contacts: {email: ana@msp.example}}
  bob: {name: Bob Singh, identities: ["syncro:1839", bob@msp.example], contacts: {email: bob@msp.example}}
  cara: {name: Cara Whitfield, identities: ["syncro:1850"], contacts: {email: cara@msp.example}}
"""
ROUTES = """
channels:
  desk: {service: inbox}
  noc: {service: inbox}
  billing: {service: inbox}
  sales: {service: inbox}
routes:
  - {name: mine, notify: ["*.mine", "*.mentioned", "*.public_mine", "*.hidden_mine"], to: [audience], via: [email]}
  - {name: desk, notify: [ticket.*.any, ticket.*.public_any, ticket.*.hidden_any, appointment.created.any], to: [desk]}
  - {name: noc, notify: [rmm_alert.*], to: [noc]}
  - {name: billing, notify: ["invoice.*.any", "estimate.*.any", payment.made.any], to: [billing]}
  - {name: sales, notify: [customer.created.any, lead.created.any], to: [sales]}
"""


@cache
def shipped_config() -> Config:
    catalog = (ROOT / "catalog.yaml").read_text("utf-8")
    return config({"sources.yaml": SOURCES, "people.yaml": PEOPLE, "routes.yaml": ROUTES}, catalog, ENVIRON)


def payload_files(name: str) -> list[Path]:
    """The bodies that are shipped as examples of the mapping *name*."""
    return sorted((FOLDER / "examples" / name).iterdir())
