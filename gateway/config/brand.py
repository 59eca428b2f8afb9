"""The section `brand`: how messages look. Its JSON Schema checks the form of colours and URLs."""

from __future__ import annotations

from typing import TypedDict

from gateway.config.sections import Entry
from gateway.messages.escaping import one_line
from gateway.model import Brand, Colors

MAX_FOOTER = 500
"""As the schema has it."""


class ColorKeys(TypedDict, total=False):
    """The keys of the colours in the YAML; see `config.catalog.keys`."""

    accent: str
    info: str
    success: str
    warning: str
    error: str
    critical: str


class BrandKeys(TypedDict, total=False):
    """The keys of the section; see `config.catalog.keys`."""

    name: str
    url: str
    logo: str
    logo_dark: str
    logo_height: int
    footer: str
    colors: ColorKeys


def build_brand(entry: Entry | None) -> Brand:
    """The brand that *entry* describes, with defaults for what it does not say."""
    value: BrandKeys = entry.value if entry else {}
    defaults = Brand()
    colors: ColorKeys = value.get("colors", {})
    return Brand(
        name=one_line(value.get("name", defaults.name)),
        url=value.get("url", defaults.url),
        logo=value.get("logo", defaults.logo),
        logo_dark=value.get("logo_dark", defaults.logo_dark),
        logo_height=value.get("logo_height", defaults.logo_height),
        footer=one_line(value.get("footer", defaults.footer), MAX_FOOTER),
        colors=Colors(
            accent=colors.get("accent", defaults.colors.accent),
            info=colors.get("info", defaults.colors.info),
            success=colors.get("success", defaults.colors.success),
            warning=colors.get("warning", defaults.colors.warning),
            error=colors.get("error", defaults.colors.error),
            critical=colors.get("critical", defaults.colors.critical),
        ),
    )
