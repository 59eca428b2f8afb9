"""Checks people and groups: an identity must belong to one person, and a group must name people."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.directory.build import PersonKeys, person_identities
from gateway.config.names import AUDIENCE, GROUP
from gateway.config.schedules.declared import unknown_timezone
from gateway.config.sections import Entry, Sections
from gateway.messages.filters import locales
from gateway.model import Problem
from gateway.quoting import quote
from gateway.suggestions import did_you_mean


def check_directory(sections: Sections) -> Iterator[Problem]:
    """Problems of people and groups, except for the addresses of contacts."""
    owners: dict[str, Entry] = {}
    for entry in sections.people.values():
        for subpath, identity in person_identities(entry.name, entry.value or PersonKeys()):
            owner = owners.setdefault(identity, entry)
            if owner is not entry:
                # The identity is not quoted, since it may be an address; the place shows it.
                message = f"{quote(owner.name)} has the same identity ({owner.place})"
                is_listed = entry.document.file != owner.document.file and sections.directory
                rule = "an identity belongs to one person" + (", who has one key in all files" if is_listed else "")
                yield entry.problem(subpath, message, rule, key=not subpath)
    members = [(entry, *member) for entry in sections.groups.values() for member in enumerate(entry.value)]
    for entry, number, name in members:
        if unknown := sections.unknown("people", name):
            message, hint = unknown
            if name.removeprefix(GROUP) in sections.groups:
                hint = "a group cannot contain a group: name its people"
            yield entry.problem((number,), message, hint)
    for entry in (*sections.channels.values(), *sections.people.values()):
        # How its readers are used to see days, times and numbers.
        checks = {"timezone": check_timezone, "locale": check_locale}
        for key in checks.keys() & (entry.value or {}).keys():
            yield from checks[key](entry.below(key))
        if entry.name == AUDIENCE:
            message = f"{AUDIENCE!r} is reserved for the people that an event names"
            yield entry.problem((), message, "choose another name", key=True)


def check_timezone(entry: Entry | None) -> Iterator[Problem]:
    """A problem if the timezone database does not have the name."""
    if entry is None:
        return
    try:
        ZoneInfo(entry.value)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        yield entry.problem((), *unknown_timezone(str(entry.value)))


def check_locale(entry: Entry | None) -> Iterator[Problem]:
    """A problem if Babel does not have the locale."""
    if entry is not None and locales.find_locale(entry.value) is None:
        hint = did_you_mean(entry.value, locales.locale_names()) or "use a locale such as en_US, en_GB or de_DE"
        yield entry.problem((), f"unknown locale {quote(entry.value)}", hint)
