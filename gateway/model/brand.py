"""How messages look: the name, colours and logo of the company that sends them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model.catalogue import Severity


@dataclass(frozen=True, slots=True)
class Colors:
    """Colours as `#rrggbb`: of buttons and links, and of each severity."""

    accent: str = "#1d4ed8"
    info: str = "#2563eb"
    success: str = "#15803d"
    warning: str = "#d97706"
    error: str = "#dc2626"
    critical: str = "#9f1239"

    def of(self, severity: Severity) -> str:
        return str(getattr(self, severity.value))


DEFAULT_COLORS = Colors()


@dataclass(frozen=True, slots=True)
class Brand:
    name: str = "Notification Gateway"
    url: str = ""
    """Where a click on the name or the logo leads."""
    logo: str = ""
    """The https URL of a picture; empty: the name is shown instead."""
    logo_dark: str = ""
    """The picture for dark mode; empty: the same picture."""
    logo_height: int = 32
    """Pixels."""
    footer: str = ""
    """A line at the end of each mail, such as the postal address that some countries require."""
    colors: Colors = DEFAULT_COLORS


DEFAULT_BRAND = Brand()
