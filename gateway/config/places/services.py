"""What the configuration has to know about Apprise, without importing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.config.secrets import is_secret
from gateway.model import Address
from gateway.suggestions import did_you_mean


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a service, by Apprise's name."""

    name: str
    is_required: bool = False
    is_secret: bool = False
    choices: tuple[str, ...] = ()

    def faults_of(self, value: Any) -> Iterator[tuple[str, str | None]]:
        """What is wrong with *value* as the value of this field in the YAML, and what to do."""
        values = value if isinstance(value, list) else [value]
        if self.is_secret and not all(map(is_secret, values)):
            yield "a secret must not be in the YAML", f"write {{env: NAME}} for {self.name}"
            return
        choices = {choice.casefold() for choice in self.choices}
        for text in values:
            if choices and isinstance(text, str) and text.casefold() not in choices:
                yield f"expected one of {', '.join(self.choices)}", did_you_mean(text, self.choices)


@dataclass(frozen=True, slots=True)
class RecipientFault:
    """A recipient to which Apprise would not send as the configuration asks."""

    field: str
    """The field that contains it: `targets`, `cc`. Empty if it is a contact's own address or part of a whole URL."""
    number: int | None
    """Its index in the field's list; None if the field is not a list."""
    message: str
    """What would happen to it, without its text."""


class Services(Protocol):
    """The services that messages can go through."""

    def names(self) -> frozenset[str]:
        """All names: `slack`, `mailtos`, `json`, and the gateway's own `inbox` and `log`."""
        ...

    def fields(self, service: str) -> Mapping[str, FieldSpec]:
        """The fields of *service* by name."""
        ...

    def message_names(self) -> frozenset[str]:
        """The names that `for` in a message may use besides kinds of contact: services, their common
        names, and `sms`."""
        ...

    def is_text_message(self, service: str) -> bool:
        """Whether *service* sends to phones, where a message that comes late does harm."""
        ...

    def meant_by(self, name: str) -> str | None:
        """Apprise's name for the service that people call *name*: `teams` -> `workflows`."""
        ...

    def refusal(self, address: Address) -> str | None:
        """Why Apprise would not accept *address*, in its own words and without a secret; None if it would."""
        ...

    def recipient_faults(self, address: Address) -> Sequence[RecipientFault]:
        """The recipients of *address* that would not get exactly what they should; empty if `refusal` says more."""
        ...

    def recipients(self, address: Address) -> tuple[str, ...]:
        """The different recipients in *address*; empty if there are none, or if all share one message."""
        ...

    def narrow(self, address: Address, recipient: str) -> Address:
        """*address* for *recipient* alone, one of its `recipients`."""
        ...
