"""What the rules of a mapping may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.conditions.parse import Terms
from gateway.config.catalog.data_paths import Documents
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections
from gateway.model import (
    Catalog,
)


@dataclass(frozen=True)
class Known:
    """What rules may refer to."""

    catalog: Catalog
    documents: Documents
    sections: Sections
    timetable: Timetable
    zone: ZoneInfo
    values: Mapping[str, Entry]
    """Named values, which any `emit` may use."""

    @property
    def terms(self) -> Terms:
        return Terms(self.timetable.schedules, self.catalog.states)
