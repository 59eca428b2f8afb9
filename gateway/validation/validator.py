"""JSON Schema 2020-12: decides quickly whether a document is valid, and more slowly says why not.

jsonschema-rs decides, jsonschema explains; both match patterns in linear time. References are resolved only among the
given documents, and nothing is ever fetched. Formats are those of `formats`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import quote, uses_netloc, uses_relative

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from gateway.validation.formats import CHECKER, FORMATS, only_asserted

BASE = "gateway:///schemas/"
"""URI of the folder `schemas/`, for references between documents."""
uses_relative.append("gateway")  # without these two, urljoin and jsonschema leave a relative reference unchanged
uses_netloc.append("gateway")

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PATTERNS = jsonschema_rs.RegexOptions()
"""An engine without look-around and back-references, whose time is linear in the length of the text."""


class InvalidSchema(ValueError):
    """A schema is invalid: it is not a JSON Schema, or one of its references does not resolve."""


class Schemas:
    """The schema documents, by their path relative to `schemas/`, ready for references. Raises: InvalidSchema."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.documents = documents
        uris = {BASE + path: only_asserted(document) for path, document in documents.items()}
        try:
            self._fast = jsonschema_rs.Registry(list(uris.items()), retriever=_fetch_nothing)
        except (ValueError, jsonschema_rs.ReferencingError) as exc:
            raise InvalidSchema(_first_line(exc)) from exc
        resources = [(uri, DRAFT202012.create_resource(_undeclared(document))) for uri, document in uris.items()]
        self._slow: Registry[Any] = Registry().with_resources(resources)
        self._of_files: dict[str, Validator] = {}

    def validator(self, schema: Mapping[str, Any], name: str) -> Validator:
        """A validator for *schema*, whose relative references start in `schemas/`; *name* forms its URI.

        Raises: InvalidSchema.
        """
        return Validator(only_asserted(with_uri(schema, name)), self._fast, self._slow)

    def validator_of_file(self, name: str) -> Validator:
        """A validator of the schema in the file *name*, which is compiled once."""
        if name not in self._of_files:
            self._of_files[name] = self.validator({"$ref": name}, f"check-{name}")
        return self._of_files[name]


def with_uri(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """*schema* as a document of its own in the folder `schemas/`, wherever it is embedded.

    Its `#/$defs/...` then refer to itself, and its relative references start in the folder.
    """
    return {"$id": f"{BASE}{quote(name)}", **_undeclared(schema)}


def _undeclared(schema: Mapping[str, Any]) -> dict[str, Any]:
    """*schema* without `$schema`, which would make jsonschema switch to its own validator and Python's patterns."""
    return {keyword: value for keyword, value in schema.items() if keyword != "$schema"}


class Validator:
    """One schema, compiled."""

    def __init__(self, schema: Mapping[str, Any], fast: Any, slow: Registry[Any]) -> None:
        self._schema = schema
        self._slow_registry = slow
        try:
            self._fast = jsonschema_rs.Draft202012Validator(
                dict(schema),
                registry=fast,
                retriever=_fetch_nothing,
                pattern_options=PATTERNS,
                validate_formats=True,
                formats=dict(FORMATS),
            )
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as exc:
            raise InvalidSchema(_first_line(exc)) from exc

    def is_valid(self, document: Any) -> bool:
        return bool(self._fast.is_valid(document))

    def errors(self, document: Any, max_errors: int | None = None) -> Sequence[ValidationError]:
        """What is wrong with *document*, sorted by path, at most *max_errors*; empty if it is valid.

        Also empty if a schema refers to itself endlessly: only `is_valid` says whether the document is valid.
        """
        if self.is_valid(document):
            return []
        errors: list[ValidationError] = []
        try:
            errors.extend(islice(self._slow.iter_errors(document), max_errors))
        except (RecursionError, Unresolvable):
            return errors
        return sorted(errors, key=lambda error: [str(step) for step in error.absolute_path])

    @cached_property
    def _slow(self) -> Any:
        # Created late: most documents are valid, and most validators never explain anything.
        return Explaining(dict(self._schema), registry=self._slow_registry, format_checker=CHECKER)


def schema_errors(schema: Mapping[str, Any]) -> Sequence[ValidationError]:
    """Why *schema* is not a JSON Schema 2020-12; empty if it is one."""
    if jsonschema_rs.meta.is_valid({**schema, "$schema": DRAFT}):
        return []
    return list(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))


def is_usable_pattern(pattern: str) -> bool:
    """Whether the linear-time engine accepts *pattern*."""
    try:
        _matcher(pattern)
    except ValueError:
        return False
    return True


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether *text* matches *pattern*, as the validators decide. Raises: ValueError if the pattern is not usable."""
    return _matcher(pattern)(text)


def _fetch_nothing(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not fetched")


def _first_line(exc: Exception) -> str:
    return str(exc).partition("\n")[0]


# ------------------------------------------------------------------ the same patterns for the explaining validator


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """Raises: ValueError."""
    try:
        fast = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=PATTERNS)
    except jsonschema_rs.ValidationError as exc:
        raise ValueError(f"the pattern {pattern!r} cannot be used") from exc
    return lambda text: bool(fast.is_valid(text))


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matcher(pattern)(instance):
        yield ValidationError("does not match the pattern")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], instance: Any, _: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for pattern, schema in patterns.items():
            for key, value in instance.items():
                if _matcher(pattern)(key):
                    yield from validator.descend(value, schema, path=key, schema_path=pattern)


def extra_keys(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The keys of *instance* that *schema* names neither as properties nor by a pattern."""
    patterns = schema.get("patternProperties", {})
    declared = schema.get("properties", {})
    return [key for key in instance if key not in declared and not any(_matcher(text)(key) for text in patterns)]


def _additional_properties(validator: Any, additional: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    extras = extra_keys(instance, schema)
    if isinstance(additional, Mapping):
        for key in extras:
            yield from validator.descend(instance[key], additional, path=key)
    elif extras and additional is False:
        yield ValidationError("has unknown keys")


LINEAR_KEYWORDS: Any = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}
"""Keywords whose own implementation uses Python's `re`, which differs from the deciding engine in `$` and in speed."""
Explaining = extend(Draft202012Validator, LINEAR_KEYWORDS)  # type: ignore[no-untyped-call] # has no annotations
