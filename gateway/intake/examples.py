"""Tries the examples of mappings, for `gateway check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from gateway.conditions.values import is_equal
from gateway.config.files import DataFiles
from gateway.config.mappings.build import SHIPPED
from gateway.errors import ConfigUnreadable
from gateway.intake.inputs import Unreadable, read_body
from gateway.intake.trial import Trial, try_mapping
from gateway.mapping.focus import Focus, parts_to_map
from gateway.mapping.known import unknown_paths
from gateway.model import Config, Level, MappingExample, Payload, Problem, Source, SourceMapping
from gateway.paths import format_path
from gateway.quoting import quote
from gateway.times import moment_of

MAX_BYTES = 16 * 1024 * 1024
UNMAPPED, IGNORED = "unmapped", "ignored"


def check_examples(config: Config, folder: Path, now: datetime) -> Iterator[Problem]:
    """Examples that do not give what they expect, and paths in rules that no example has.

    *folder* is the configuration folder.
    """
    for source in config.sources.values():
        if source.mapping and source.mapping.examples:
            yield from _check_mapping(source.mapping, source, config, folder, now)


def _check_mapping(
    mapping: SourceMapping, source: Source, config: Config, folder: Path, now: datetime
) -> Iterator[Problem]:
    foci: list[Focus] = []
    reached: set[str] = set()
    for example in mapping.examples:
        name = example.file or "this example"
        try:
            payload = _payload(example, mapping, folder)
        except Unreadable as exc:
            if example.expects != UNMAPPED:
                yield Problem(example.place, "", f"{name} cannot be read: {exc}")
            continue
        except ConfigUnreadable as exc:
            yield Problem(example.place, "", str(exc))
            continue
        foci += parts_to_map(mapping, payload)
        trials = list(try_mapping(mapping, source, config, payload, now))
        reached |= {trial.outcome.rule.name for trial in trials if trial.outcome.rule}
        for difference in differences(example, trials):
            yield Problem(example.place, "", f"{name}: {difference}")
    for rule in mapping.rules:
        if rule.place.file.startswith(f"{SHIPPED}/"):  # tests of the program check these
            continue
        for place, path, hint in unknown_paths(rule, foci, is_shown=rule.name in reached):
            message = f"no example has {quote(format_path(path))}"
            yield Problem(place, "", message, hint or "add an example that has it", Level.WARNING)


def _payload(example: MappingExample, mapping: SourceMapping, folder: Path) -> Payload:
    """Raises: Unreadable, ConfigUnreadable."""
    body = example.body
    if example.file is not None:
        is_shipped = example.place.file.startswith(f"{SHIPPED}/")
        root = Path(str(files("gateway.config.mappings"))) if is_shipped else folder
        beside = example.place.file.rpartition("/")[0]
        body = DataFiles(root).read(f"{beside}/{example.file}")
    elif isinstance(body, str):
        body = body.encode("utf-8")
    if isinstance(body, bytes):
        content_type = example.headers.get("content-type")
        body = read_body(body, mapping.format, content_type, example.headers.get("content-encoding"), MAX_BYTES)
    return Payload(body, example.headers, example.query, example.path)


def differences(example: MappingExample, trials: list[Trial]) -> Iterator[str]:
    """The differences between what *example* expects and the result, as sentences."""
    events = [event for trial in trials for _, event in trial.events]
    expected = example.expects
    if isinstance(expected, str):
        if events or any((IGNORED if trial.ignored else UNMAPPED) != expected for trial in trials):
            yield f"expected {expected}, but it is {_describe(trials)}"
        return
    if len(events) != len(expected):
        count = "1 event" if len(expected) == 1 else f"{len(expected)} events"
        yield f"expected {count}, but it is {_describe(trials)}"
        return
    for number, (part, event) in enumerate(zip(expected, events, strict=True)):
        prefix = f"event {number + 1}: " if len(events) > 1 else ""
        document = {
            "type": event.type,
            "id": event.id,
            "subject": event.subject,
            "time": event.time.isoformat(),
            "severity": event.severity.value,
            "data": event.data,
        }
        for difference in _differences(part, document, ""):
            yield prefix + difference


def _describe(trials: list[Trial]) -> str:
    """`unmapped (no rule matches)`, `event rmm_alert.created by rule 'new' and ignored by rule 'noise'`."""
    parts = []
    for trial in trials:
        rule = trial.outcome.rule
        if rule is None:
            parts.append("unmapped (no rule matches)")
        elif rule.ignore:
            parts.append(f"ignored by rule {quote(rule.name)}")
        elif trial.faults:
            faults = (
                f"{fault.place.file}:{fault.place.line} {fault.pointer}: {fault.message}" for fault in trial.faults
            )
            parts.append(f"unmapped ({'; '.join(faults)})")
        else:
            parts.append(" and ".join(f"{event.type} by rule {quote(rule.name)}" for _, event in trial.events))
    return ", ".join(dict.fromkeys(parts))


def _differences(expected: Any, actual: Any, path: str) -> Iterator[str]:
    """The places where *actual* lacks a part of *expected* or has a different value."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key, part in expected.items():
            below = f"{path}.{key}" if path else str(key)
            if actual.get(key) is None and part is not None:
                yield f"{below} is missing, expected {quote(part)}"
            else:
                yield from _differences(part, actual.get(key), below)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (part, element) in enumerate(zip(expected, actual, strict=True)):
            yield from _differences(part, element, f"{path}.{number}")
    else:
        if path == "time":  # the same moment may be written with another offset
            expected, actual = moment_of(expected, UTC) or expected, moment_of(actual, UTC) or actual
        if not is_equal(actual, expected):
            yield f"{path} is {quote(actual)}, expected {quote(expected)}"
