"""What is declared of the events of one type, as far as a path can lead there: its data, and its customer."""

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
    """The schema of the data, and the paths at which it may have the customer."""

    schema: Mapping[str, Any]
    customer: tuple[Path, ...] = ()

    @classmethod
    def declared(cls, event: EventTypeKeys) -> Shape:
        """That of an event type as the YAML has it."""
        return cls(event["data"], build_paths(event.get("customer", [])))

    @classmethod
    def of(cls, event_type: EventType) -> Shape:
        return cls(event_type.schema, event_type.customer)

    @classmethod
    def of_notifications(cls, catalog: Catalog, ids: Iterable[str]) -> list[Shape]:
        """Those of the events that the notifications *ids* are about, by the name of their type."""
        types = {catalog.notifications[id].event_type for id in ids}
        return [cls.of(catalog.events[name]) for name in sorted(types)]

    def data_paths(self, path: Path) -> list[Path]:
        """Where *path* may lead in the data: `event.customer.id` leads to the id of each place of the customer."""
        if path[: len(CUSTOMER)] != CUSTOMER:
            return [path]
        return [(*place, *path[len(CUSTOMER) :]) for place in self.customer]

    def has_customer_at(self, place: Path, documents: Documents) -> bool:
        """Whether an object with an id or a name is declared at *place*."""
        fields = [(*place, name) for name in ("id", "name")]
        return any(data_paths.unknown_step(self.schema, field, documents) is None for field in fields)

    def unknown_step(self, path: Path, documents: Documents) -> Unknown | None:
        """Where *path* leaves what is declared; None: it is fine.

        Nothing is known of a customer whose place is not right, which is reported where `customer` says so.
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
        """*path* below one of the first names, where that is declared: `alert.asset.id` for `asset.id`."""
        first = self.unknown_step(("",), documents)
        longer = ((name, *path) for name in (first.names if first else ()))
        return next((candidate for candidate in longer if self.unknown_step(candidate, documents) is None), None)

    def absent_step(self, path: Path, present: Collection[Path], documents: Documents) -> Path | None:
        """The beginning of *path* that an event may lack, although it has a value at each of *present*."""
        known = [place for known in present for place in self.data_paths(known)]
        absent = [presence.absent_step(self.schema, place, known, documents) for place in self.data_paths(path)]
        if None in absent or not absent:
            return None
        return path if path[: len(CUSTOMER)] == CUSTOMER else absent[0]

    def values_at(self, path: Path, documents: Documents) -> set[Any] | None:
        """The values that are listed at *path*; None: they are not. Empty where *path* is not declared."""
        places = self.data_paths(path)
        return data_paths.union(data_paths.values_at(self.schema, place, documents) for place in places)

    def named_at(self, path: Path, keyword: Literal["type", "format"], documents: Documents) -> set[str]:
        """The types or formats that are named at *path*; empty: none are."""
        return set().union(
            *(data_paths.named_at(self.schema, place, keyword, documents) for place in self.data_paths(path))
        )

    def scalars_at(self, path: Path, documents: Documents) -> set[str]:
        """`string` and `number`, as far as there may be one at *path*, or in the list there."""
        if path[0] == EVENT and path[: len(CUSTOMER)] != CUSTOMER:
            return {"string"}
        if self.unknown_step(path, documents) is not None:
            return set()
        types = self.named_at(path, "type", documents) | self.named_at((*path, "0"), "type", documents)
        types = types - {"null", "array"} or {"string", "number"}
        return {"number" if name == "integer" else name for name in types} & {"string", "number"}
