"""Builds the mappings of sources from the YAML: a source's own rules, and those of the mapping that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gateway.conditions.index import index_conditions
from gateway.config.form import conform
from gateway.config.mappings.keys import ExampleKeys, MappingKeys
from gateway.config.mappings.known import Known
from gateway.config.mappings.reach import hidden_rules
from gateway.config.mappings.rules import read_rule
from gateway.config.mappings.values import ValueReader
from gateway.config.names import Names
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections, listed, listed_at
from gateway.durations import parse_duration
from gateway.model import Catalog, Dedupe, Level, MappingExample, MappingRule, Path, Problem, SourceMapping, has_errors
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.validation.validator import Schemas
from gateway.yaml.document import Document
from gateway.yaml.reader import read

SHIPPED = "shipped"
"""The folder of the shipped mappings, beside this module."""
MAKES_A_MAPPING = ("mapping", "extends", "input", "rules")
"""A source with one of these keys has a mapping."""


def build_mappings(
    sections: Sections, catalog: Catalog, schemas: Schemas, timetable: Timetable
) -> tuple[dict[str, SourceMapping], list[Problem]]:
    """The mapping of each source that has one, and the problems of these and of mappings that no source names."""
    known = Known(catalog, schemas.documents, sections, timetable, sections.zone, {})
    reader = _MappingReader(known, schemas, {}, [])
    # Shared mappings are also read by themselves, so that their problems are reported even if no source names them.
    for entry in sections.mappings.values():
        reader.read(entry)
    mappings, event_types = {}, Names(catalog.events)
    for name, entry in sections.sources.items():
        keys = [key for key in MappingKeys.__annotations__ if key in entry.value]
        if "mapping" in entry.value and keys:
            message = f"`mapping` takes the mapping as it is, so {quote(keys[0])} has no place beside it"
            reader.problems.append(entry.problem((keys[0],), message, "write `extends` instead of `mapping`", key=True))
        elif any(key in entry.value for key in MAKES_A_MAPPING):
            mappings[name] = reader.read(entry)
            allowed = event_types.expand(*entry.value.get("events", ()))
            emitted = [(rule, pattern.type) for rule in mappings[name].rules for pattern in rule.emit]
            for rule, type in emitted:
                if type not in allowed:
                    message = f"{quote(type)} is not among the source's events, but rule {quote(rule.name)} emits it"
                    hint = f"add it to `events` ({rule.place})"
                    reader.problems.append(entry.problem(("events",), message, hint, key=True))
    return mappings, list(dict.fromkeys(reader.problems))  # a value that many rules use is reported once


@dataclass
class _MappingReader:
    """Reads mappings, each shared mapping only once, and collects their problems."""

    known: Known
    schemas: Schemas
    rules_by_name: dict[str, tuple[MappingRule, ...]]
    """The rules of named mappings, without those of the mappings that they extend."""
    problems: list[Problem]

    def read(self, entry: Entry) -> SourceMapping:
        """The mapping of *entry*, a source or an entry of `mappings`."""
        # From the entry itself to what it extends last: of everything that several layers have, the nearest one counts.
        # Only the rules of all layers count, those of the nearest one first.
        layers = self._layers(entry)
        values = {
            name: layer.below("values", name) for layer in reversed(layers) for name in layer.value.get("values", ())
        }
        rules = tuple(rule for place, layer in enumerate(layers) for rule in self._rules(layer, layers[:place], values))
        first: dict[str, tuple[Entry, Any]] = {}
        for layer in layers:
            for key in ("input", "otherwise", "dedupe"):
                if key in layer.value:
                    first.setdefault(key, (layer, layer.value[key]))
        reads: MappingKeys = {}
        if "input" in first:
            reads["input"] = first["input"][1]
        paths = self._values(first["input"][0] if "input" in first else entry)
        format_and_paths = reads.get("input", {})
        each = paths.path(("input", "each"), format_and_paths["each"]) if "each" in format_and_paths else None
        json_in = [
            paths.path(("input", "json_in", number), text)
            for number, text in enumerate(format_and_paths.get("json_in", ()))
        ]
        self.problems += paths.problems
        # With `mapping`, an entry has none of its own, and that mapping's examples are its examples.
        examples_of = layers[:2] if "mapping" in entry.value else layers[:1]
        return SourceMapping(
            rules=rules,
            index=index_conditions([rule.when for rule in rules]),
            zone=self.known.zone,
            format=format_and_paths.get("format", "json"),  # type: ignore[arg-type] # the schema lists them
            each=_in_body(each) if each else None,
            json_in=tuple(_in_body(path) for path in json_in if path),
            otherwise=first["otherwise"][1] if "otherwise" in first else "keep",
            dedupe=self._dedupe(first["dedupe"][0]) if "dedupe" in first else Dedupe(),
            examples=tuple(example for layer in examples_of for example in _examples(layer)),
        )

    def _values(self, entry: Entry) -> ValueReader:
        return ValueReader(entry, self.known.sections, self.known.timetable, self.known.zone)

    def _layers(self, entry: Entry) -> list[Entry]:
        """*entry*, the mapping that it extends, the one that this extends in turn, and so on."""
        layers = [entry]
        while True:
            last = layers[-1]
            key = "mapping" if "mapping" in last.value else "extends"
            name = last.value.get(key)
            if name is None:
                return layers
            if any(layer.name == name and layer.path[0] == "mappings" for layer in layers):
                self.problems.append(last.problem((key,), f"the mapping {quote(name)} extends itself"))
                return layers
            extended = self.known.sections.mappings.get(name) or read_shipped(name, self.schemas)
            if extended is None:
                if not self.known.sections.knows("mappings", name):
                    names = [*self.known.sections.mappings, *shipped_names()]
                    hint = did_you_mean(name, names) or f"there are {', '.join(sorted(names)[:12])}"
                    self.problems.append(last.problem((key,), f"unknown mapping {quote(name)}", hint))
                return layers
            layers.append(extended)

    def _rules(self, layer: Entry, before: list[Entry], values: Mapping[str, Entry]) -> tuple[MappingRule, ...]:
        """The rules of *layer*, which the layers *before* it extend, perhaps with different *values*."""
        is_shared = layer.path[0] == "mappings" and not any("values" in other.value for other in before)
        if is_shared and layer.name in self.rules_by_name:
            return self.rules_by_name[layer.name]
        rules = []
        for number, value in enumerate(layer.value.get("rules", ())):
            name = value.get("name", f"rule {number + 1}")
            entry = Entry(name, value, layer.document, (*layer.path, "rules", number))
            rules.append(read_rule(entry, replace(self.known, values=values), self.problems))
        for hidden, cause in hidden_rules(rules):
            number = rules.index(hidden)
            message = (
                f"this rule can never match: rule {quote(cause.name)} on line {cause.place.line} takes all its payloads"
            )
            hint = "put it before that rule, or remove it"
            self.problems.append(layer.problem(("rules", number), message, hint, level=Level.WARNING))
        if is_shared:
            self.rules_by_name[layer.name] = tuple(rules)
        return tuple(rules)

    def _dedupe(self, layer: Entry) -> Dedupe:
        value = layer.value["dedupe"]
        text, place = (value, ("dedupe",)) if isinstance(value, str) else (value.get("for"), ("dedupe", "for"))
        window = Dedupe().window
        if text is not None:
            try:
                window = parse_duration(text)
            except ValueError as exc:
                self.problems.append(layer.problem(place, f"expected {exc}"))
        if isinstance(value, str):
            return Dedupe(window)
        reader = self._values(layer)
        below = layer.below("dedupe")
        by = [reader.path(("dedupe", *at), text) for at, text in listed_at(below, "by")]
        self.problems += reader.problems
        # Whoever writes `by` wants duplicates to be found, so that a window of zero cannot be meant.
        return Dedupe(window if window > timedelta() else Dedupe().window, tuple(path for path in by if path))


def _in_body(path: Path) -> Path:
    """A path that starts in the body, even if it was written with `body.` before it."""
    return path[1:] if path[:1] == ("body",) else path


def _examples(layer: Entry) -> Iterator[MappingExample]:
    for number, value in enumerate(layer.value.get("examples", ())):
        keys: ExampleKeys = value
        written: Any = keys["expect"]
        expects: Any = written if isinstance(written, str) else tuple(event for _, event in listed(written))
        yield MappingExample(
            place=layer.document.at(*layer.path, "examples", number),
            expects=expects,
            body=keys.get("body"),
            file=keys.get("file"),
            headers={name.lower(): text for name, text in keys.get("headers", {}).items()},
            query=keys.get("query", {}),
            path=tuple(part for part in keys.get("path", "").split("/") if part),
        )


# ------------------------------------------------------------------ mappings that come with the program


def shipped_names() -> list[str]:
    folder = files(__package__) / SHIPPED
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def read_shipped(name: str, schemas: Schemas) -> Entry | None:
    """The shipped mapping *name*; None if there is none."""
    if name not in shipped_names():
        return None
    document, _ = conform(_shipped_document(name), schemas)
    if document is None:
        raise AssertionError(f"the shipped mapping {name} does not fit its schema")
    return Entry(name, document.value["mappings"][name], document, ("mappings", name))


@lru_cache(maxsize=64)
def _shipped_document(name: str) -> Document:
    text = (files(__package__) / SHIPPED / f"{name}.yaml").read_bytes()
    document, problems = read(text, f"{SHIPPED}/{name}.yaml")
    if document is None or has_errors(problems):
        raise AssertionError(problems)
    return document
