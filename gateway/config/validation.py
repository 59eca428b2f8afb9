"""JSON Schema 2020-12: a fast answer whether a document is valid, a slow one that says why not.

jsonschema-rs judges, jsonschema explains. References are looked up among the documents given and
nowhere else: nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import uses_netloc, uses_relative

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gateway.config.hints import nearest

BASE = "gateway:///schemas/"
"""URI of the folder `schemas/`, for references between documents."""
uses_relative.append("gateway")  # else urljoin, and with it jsonschema, leaves a relative reference as it is
uses_netloc.append("gateway")

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Schemas:
    """The schema documents by their path below `schemas/`, ready to be referred to."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.documents = documents
        uris = {BASE + path: document for path, document in documents.items()}
        self._fast = jsonschema_rs.Registry(list(uris.items()))
        resources = [(uri, Resource.from_contents(one, DRAFT202012)) for uri, one in uris.items()]
        self._slow: Registry[Any] = Registry().with_resources(resources)

    def validator(self, schema: Mapping[str, Any], name: str) -> Validator:
        """A validator of *schema*, whose relative references start in `schemas/`; *name* makes its URI."""
        return Validator({"$schema": DRAFT, "$id": f"{BASE}{name}", **schema}, self._fast, self._slow)


class Validator:
    """One schema, compiled."""

    def __init__(self, schema: Mapping[str, Any], fast: Any, slow: Registry[Any]) -> None:
        self._schema = schema
        self._slow_registry = slow
        self._fast = jsonschema_rs.Draft202012Validator(dict(schema), registry=fast)

    def is_valid(self, document: Any) -> bool:
        return bool(self._fast.is_valid(document))

    def errors(self, document: Any, most: int | None = None) -> Iterable[ValidationError]:
        """What is wrong with *document*, in its order, the first *most* found; nothing when it is valid."""
        if self.is_valid(document):
            return []
        found = islice(self._slow.iter_errors(document), most)
        return sorted(found, key=lambda error: [str(step) for step in error.absolute_path])

    @cached_property
    def _slow(self) -> Draft202012Validator:
        return Draft202012Validator(dict(self._schema), registry=self._slow_registry)


def explain(error: ValidationError) -> tuple[tuple[str | int, ...], str, list[str]]:
    """(path, message for a person, names that would have been right) of the most telling part of *error*."""
    error = _most_telling(error)
    path = tuple(error.absolute_path)
    value: Any = error.validator_value
    instance: Any = error.instance
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        unknown = next(key for key in instance if key not in known)
        return (*path, unknown), f"unknown key {unknown!r}", known
    if error.validator == "required":
        missing = next(key for key in value if key not in instance)
        slips = nearest(missing, instance.keys() - schema.get("properties", {}).keys(), most=1)
        if slips:
            return (*path, slips[0]), f"unknown key {slips[0]!r}", [missing]
        return path, f"{missing!r} is missing", []
    if error.validator == "enum":
        return path, f"{_show(instance)} is none of {', '.join(map(_show, value))}", [str(one) for one in value]
    return path, _mismatch(str(error.validator), value, instance, schema) or error.message[:200], []


def _mismatch(keyword: str, value: Any, instance: Any, schema: Mapping[str, Any]) -> str | None:
    """What a value should have been; a schema says it for people in its `$comment`."""
    comment = schema.get("$comment")
    match keyword:
        case "const":
            return f"expected {_show(value)}"
        case "type":
            return f"expected {comment or _types(value)}, got {_kind(instance)}"
        case "minItems" | "minProperties":
            return "expected at least one entry"
        case "minLength":
            return "expected a text, got an empty one"
        case _ if comment:
            return f"{_show(instance)}: expected {comment}"
        case "pattern":
            return f"{_show(instance)} does not look like {value}"
    return None


def _most_telling(error: ValidationError) -> ValidationError:
    """The error inside an anyOf/oneOf whose branch fits the kind of the value; else the error itself."""
    while error.validator in ("anyOf", "oneOf") and error.context:
        depth = len(error.absolute_path)
        deeper = [one for one in error.context if one.validator != "type" or len(one.absolute_path) > depth]
        by_branch = {one.schema_path[0]: one for one in deeper}
        if len(by_branch) != 1:
            break
        error = max(deeper, key=lambda one: len(one.absolute_path))
    if error.validator == "propertyNames" and error.context:
        error = error.context[0]
    return error


KINDS = {str: "text", bool: "true/false", int: "a number", float: "a number", list: "a list", dict: "a map"}
TYPE_NAMES = {"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
TYPE_NAMES |= {"array": "a list", "object": "a map", "null": "nothing"}


def _kind(value: Any) -> str:
    return "nothing" if value is None else KINDS.get(type(value), type(value).__name__)


def _types(value: str | list[str]) -> str:
    return " or ".join(TYPE_NAMES[one] for one in ([value] if isinstance(value, str) else value))


def _show(value: Any) -> str:
    if isinstance(value, list | dict):
        return _kind(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}\u2026"
