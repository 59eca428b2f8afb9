"""What is declared about the events of one type, as far as paths can lead there: the data and the customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gateway.config.catalog import data_paths, presence
from gateway.config.catalog.build import build_paths
from gateway.config.catalog.data_paths import Documents, Unknown
from gateway.config.catalog.keys import EventTypeKeys
from gateway.model import Catalog, EventType, Path
from gateway.paths import CUSTOMER, EVENT, EVENT_FIELDS


@dataclass(frozen=True, slots=True)
class Shape:
    """The schema of an event type's data, and the paths at which it may have the customer."""

    schema: Mapping[str, Any]
    customer: tuple[Path, ...] = ()

    @classmethod
    def declared(cls, event: EventTypeKeys) -> Shape:
        """The shape of an event type as in the YAML."""
        return cls(event["data"], build_paths(event.get("customer", [])))

    @classmethod
    def of(cls, event_type: EventType) -> Shape:
        return cls(event_type.schema, event_type.customer)

    @classmethod
    def of_notifications(cls, catalog: Catalog, ids: Iterable[str]) -> list[Shape]:
        """The shapes of the events that the notifications *ids* are about, by event type."""
        types = {catalog.notifications[id].event_type for id in ids}
        return [cls.of(catalog.events[name]) for name in sorted(types)]

    def data_paths(self, path: Path) -> list[Path]:
        """The paths in the data that *path* may stand for: `event.customer.id` stands for the id at each path of the
        customer."""
        if path[: len(CUSTOMER)] != CUSTOMER:
            return [path]
        return [(*place, *path[len(CUSTOMER) :]) for place in self.customer]

    def has_customer_at(self, place: Path, documents: Documents) -> bool:
        """Whether an object with an id or a name is declared at *place*."""
        fields = [(*place, name) for name in ("id", "name")]
        return any(data_paths.unknown_step(self.schema, field, documents) is None for field in fields)

    def unknown_step(self, path: Path, documents: Documents) -> Unknown | None:
        """Where *path* leaves what is declared; None if it is declared.

        A customer whose path is wrong counts as undeclared here; the mistake is reported at `customer`.
        """
        paths = self.data_paths(path)
        if not paths:
            return Unknown(1, list(EVENT_FIELDS))
        if paths != [path] and not all(self.has_customer_at(place, documents) for place in self.customer):
            return None
        unknown = [data_paths.unknown_step(self.schema, place, documents) for place in paths]
        if None in unknown:
            return None
        steps_before = len(paths[0]) - len(path)
        first = unknown[0]
        return first and Unknown(max(0, first.place - steps_before), first.names)

    def path_ending_with(self, path: Path, documents: Documents) -> Path | None:
        """*path* prefixed with a top-level name, if the result is declared: `alert.asset.id` for `asset.id`."""
        first = self.unknown_step(("",), documents)
        longer = ((name, *path) for name in (first.names if first else ()))
        return next((candidate for candidate in longer if self.unknown_step(candidate, documents) is None), None)

    def absent_step(self, path: Path, present: Collection[Path], documents: Documents) -> Path | None:
        """The beginning of *path* that an event may lack even if it has a value at every path in *present*."""
        places = [place for other in present for place in self.data_paths(other)]
        absent = [presence.absent_step(self.schema, place, places, documents) for place in self.data_paths(path)]
        if None in absent or not absent:
            return None
        return path if path[: len(CUSTOMER)] == CUSTOMER else absent[0]

    def values_at(self, path: Path, documents: Documents) -> set[Any] | None:
        """The values listed at *path*; None if none are listed. Empty if *path* is not declared."""
        places = self.data_paths(path)
        return data_paths.union(data_paths.values_at(self.schema, place, documents) for place in places)

    def named_at(self, path: Path, keyword: Literal["type", "format"], documents: Documents) -> set[str]:
        """The types or formats given at *path*; empty if there are none."""
        return set().union(
            *(data_paths.named_at(self.schema, place, keyword, documents) for place in self.data_paths(path))
        )

    def scalars_at(self, path: Path, documents: Documents) -> set[str]:
        """Which of `string` and `number` a value at *path*, or an element of a list there, may be."""
        if path[0] == EVENT and path[: len(CUSTOMER)] != CUSTOMER:
            return {"string"}
        if self.unknown_step(path, documents) is not None:
            return set()
        types = self.named_at(path, "type", documents) | self.named_at((*path, "0"), "type", documents)
        types = types - {"null", "array"} or {"string", "number"}
        return {"number" if name == "integer" else name for name in types} & {"string", "number"}
