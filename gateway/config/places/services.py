"""What the configuration must know of Apprise, without importing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.model import Address


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field that a service takes, in Apprise's own words."""

    name: str
    is_required: bool = False
    is_secret: bool = False
    choices: tuple[str, ...] = ()


class Services(Protocol):
    """The services that messages can go through."""

    def names(self) -> frozenset[str]:
        """All of them: `slack`, `mailtos`, `json`, and the gateway's own `inbox` and `log`."""
        ...

    def fields(self, service: str) -> Mapping[str, FieldSpec]:
        """The fields of *service* by name."""
        ...

    def is_text_message(self, service: str) -> bool:
        """Whether *service* sends to telephones, where a message that comes late does harm."""
        ...

    def meant_by(self, name: str) -> str | None:
        """Apprise's name of the service that people call *name*: `teams` -> `workflows`."""
        ...

    def refusal(self, address: Address) -> str | None:
        """Why Apprise would not take *address*, in its own words and without a secret; None: it would."""
        ...
