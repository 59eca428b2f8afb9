"""Every key of the YAML is declared in its JSON Schema and once in the code, and is read there."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.conditions.parse import IGNORE_CASE, NESTED
from gateway.config import brand, names, network
from gateway.config.catalog import keys as catalog
from gateway.config.directory.build import PersonKeys
from gateway.config.directory.build_files import ColumnKeys, DirectoryKeys
from gateway.config.mappings import keys as mappings
from gateway.config.places.keys import Kind, names_for
from gateway.config.routes.build import FallbackKeys, RouteKeys, TargetKeys
from gateway.config.schedules import keys as schedules
from gateway.config.secrets import KEYS as SECRET_KEYS
from gateway.config.sections import NAMED, SINGLE
from gateway.config.sources import keys as sources
from gateway.config.translations.keys import (
    TranslatedLinkKeys,
    TranslatedMessageKeys,
    TranslatedPartKeys,
    TranslationKeys,
)
from gateway.model import Operator, Role
from tests.support.pages import ROOT

CONTACT_KINDS = (Kind.SERVICE, Kind.URL, Kind.RECIPIENT)
DECLARED: dict[str, Any] = {
    "catalog": catalog.CatalogKeys,
    "catalog/$defs/category": catalog.CategoryKeys,
    "catalog/else": ["events"],
    "catalog/$defs/event": catalog.EventTypeKeys,
    "catalog/$defs/event/properties/people": list(Role),
    "catalog/$defs/fact": catalog.FactKeys,
    "catalog/$defs/link_with_label": catalog.LinkKeys,
    "catalog/$defs/event/properties/mentions": catalog.MentionKeys,
    "catalog/$defs/message": catalog.MessageKeys,
    "catalog/$defs/message_part": catalog.MessagePartKeys,
    "catalog/$defs/route_message": catalog.MessageKeys,
    "catalog/$defs/notification": catalog.NotificationKeys,
    "catalog/$defs/rollup": catalog.RollupKeys,
    "catalog/$defs/threshold": catalog.ThresholdKeys,
    "catalog/$defs/timer": catalog.TimerKeys,
    "catalog/$defs/trigger_with_condition": catalog.TriggerKeys,
    "condition": NESTED,
    "condition/$defs/comparison": {*Operator, IGNORE_CASE},
    "routes": (*NAMED, *SINGLE, "routes", "directory"),
    "routes/properties/brand": brand.BrandKeys,
    "routes/properties/brand/properties/colors": brand.ColorKeys,
    "routes/properties/fallback": FallbackKeys,
    "routes/properties/network": network.LISTS,
    "routes/$defs/network_rules/items/anyOf/1": network.RuleKeys,
    "routes/$defs/secret": SECRET_KEYS,
    "routes/$defs/source": sources.SourceKeys,
    "routes/$defs/auth": sources.AuthKeys,
    "routes/$defs/auth/properties/basic": sources.BasicKeys,
    "routes/$defs/auth/properties/header": sources.HeaderKeys,
    "routes/$defs/auth/properties/key/anyOf/1": sources.UrlKeyKeys,
    "routes/$defs/auth/properties/signature": sources.SignatureKeys,
    "routes/$defs/reply": sources.ReplyKeys,
    "routes/$defs/mapping": mappings.MappingKeys,
    "routes/$defs/mapping/properties/input": mappings.InputKeys,
    "routes/$defs/mapping/properties/dedupe/anyOf/1": mappings.DedupeKeys,
    "routes/$defs/mapping_rule": mappings.RuleKeys,
    "routes/$defs/emit": mappings.EmitKeys,
    "routes/$defs/value": mappings.ValueKeys,
    "routes/$defs/mapping_example": mappings.ExampleKeys,
    "routes/$defs/expected_event": mappings.ExpectKeys,
    "routes/$defs/provider": names_for(Kind.PROVIDER),
    "routes/$defs/channel": {*names_for(Kind.SERVICE), *names_for(Kind.URL)},
    # A contact may also be the reference to a secret itself.
    "routes/$defs/contact/anyOf/1": {*SECRET_KEYS, *(name for kind in CONTACT_KINDS for name in names_for(kind))},
    "routes/$defs/person": PersonKeys,
    "routes/$defs/directory_file": DirectoryKeys,
    "routes/$defs/directory_file/properties/columns": ColumnKeys,
    "routes/$defs/route": RouteKeys,
    "routes/$defs/rotation_target": TargetKeys,
    "routes/$defs/lookup_target": TargetKeys,
    "routes/$defs/calendar": schedules.CalendarKeys,
    "routes/$defs/schedule": schedules.ScheduleKeys,
    "routes/$defs/rotation": schedules.RotationKeys,
    "routes/$defs/layer": schedules.LayerKeys,
    "routes/$defs/layer/properties/turn/anyOf/1": schedules.TurnKeys,
    "routes/$defs/override": schedules.OverrideKeys,
    "routes/$defs/lookup": schedules.LookupKeys,
    "translation": TranslationKeys,
    "translation/$defs/message": TranslatedMessageKeys,
    "translation/$defs/parts": TranslatedPartKeys,
    "translation/$defs/link": TranslatedLinkKeys,
}
"""By place in the schemas: the declaration of the keys that an object has there."""
ONLY_CHECKED = {"version"}
"""The schema allows one value, so that nobody has to read it."""
CONFIG = Path(names.__file__).parent
READS_SCHEMAS = {"check_schemas.py"}
"""What is read there is JSON Schema, not YAML."""
KINDS_OF_CONTACT = {"email"}
"""Names that users give, of which one has a meaning."""


def objects_in(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, keys) of every object that *schema* describes; a condition such as `if` describes none."""
    if isinstance(schema, dict):
        if "properties" in schema and not place.endswith("/if"):
            yield place, schema["properties"]
        for key, part in schema.items():
            yield from objects_in(part, f"{place}/{key}")
    elif isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from objects_in(part, f"{place}/{number}")


IN_SCHEMAS = {
    place: set(properties)
    for name in ("catalog", "condition", "routes", "translation")
    for place, properties in objects_in(json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8")), name)
}


def names_in(declaration: Any) -> set[str]:
    is_typed = isinstance(declaration, type) and hasattr(declaration, "__total__")
    return set(declaration.__annotations__ if is_typed else map(str, declaration))


def test_every_object_of_the_schemas_has_a_declaration() -> None:
    assert set(DECLARED) == set(IN_SCHEMAS)


@pytest.mark.parametrize("place", sorted(DECLARED))
def test_the_code_declares_the_keys_of_the_schema(place: str) -> None:
    same = [other for other, declaration in DECLARED.items() if declaration is DECLARED[place]]
    assert names_in(DECLARED[place]) == {key for other in same for key in IN_SCHEMAS[other]}


@cache
def texts_in(module: Path) -> frozenset[str]:
    """The texts in the code of *module*, apart from those that only declare keys."""
    texts = set()
    waiting: list[ast.AST] = [ast.parse(module.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "TypedDict"):
            waiting += ast.iter_child_nodes(node)
    return frozenset(texts)


@pytest.mark.parametrize("declaration", {value: None for value in DECLARED.values() if isinstance(value, type)})
def test_the_code_reads_each_key_that_it_declares(declaration: type) -> None:
    """In the folder of the declaration, or beside the phases that all have in common. A source may hold a mapping."""
    declaring = Path(str(sys.modules[declaration.__module__].__file__))
    modules = {*declaring.parent.glob("*.py"), *CONFIG.glob("*.py"), *CONFIG.glob("mappings/*.py")}
    assert names_in(declaration) - ONLY_CHECKED <= frozenset().union(*map(texts_in, modules))


def keys_read_in(module: Path) -> Iterator[str]:
    """The texts by which *module* reads maps: `value["key"]`, `value.get("key")` and `"key" in value`."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        match node:
            case (
                ast.Subscript(slice=ast.Constant(value=str(key)))
                | ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_])
                | ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()])
            ):
                yield key


@pytest.mark.parametrize("folder", ["catalog", "directory", "mappings", "places", "routes", "schedules", "sources"])
def test_the_code_reads_no_key_that_is_not_declared(folder: str) -> None:
    """mypy shows it of the functions that build, kind by kind; this includes what checks."""
    modules = [*(CONFIG / folder).glob("build*.py"), *(CONFIG / folder).glob("check*.py")]
    read = {key for module in modules if module.name not in READS_SCHEMAS for key in keys_read_in(module)}
    assert read <= KINDS_OF_CONTACT.union(*map(names_in, DECLARED.values()))
