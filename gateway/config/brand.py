"""The section `brand`: how messages look. Its JSON Schema checks the form of colours and URLs."""

from __future__ import annotations

from typing import TypedDict

from gateway.config.sections import Entry
from gateway.model import Brand, Colors


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
    """The usual looks where the section says nothing."""
    value: BrandKeys = entry.value if entry else {}
    usual = Brand()
    given: ColorKeys = value.get("colors", {})
    return Brand(
        name=value.get("name", usual.name),
        url=value.get("url", usual.url),
        logo=value.get("logo", usual.logo),
        logo_dark=value.get("logo_dark", usual.logo_dark),
        logo_height=value.get("logo_height", usual.logo_height),
        footer=value.get("footer", usual.footer),
        colors=Colors(
            accent=given.get("accent", usual.colors.accent),
            info=given.get("info", usual.colors.info),
            success=given.get("success", usual.colors.success),
            warning=given.get("warning", usual.colors.warning),
            error=given.get("error", usual.colors.error),
            critical=given.get("critical", usual.colors.critical),
        ),
    )
