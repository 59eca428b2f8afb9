"""Loads a configuration from the files of a folder, in four phases that collect every problem.

The files are parsed as YAML, validated against JSON Schemas, checked for their meaning, and built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from gateway.config.build import build
from gateway.config.builtin import check_names, with_builtin
from gateway.config.catalog.build import build_catalog
from gateway.config.catalog.check import check_catalog
from gateway.config.catalog.check_schemas import read_schemas
from gateway.config.catalog.extend import read_catalog
from gateway.config.catalog.shape import Shape
from gateway.config.directory.build_files import add_directory
from gateway.config.directory.check import check_directory, check_locale, check_timezone
from gateway.config.files import CATALOG, ROUTES, DataFiles, Files, read_files
from gateway.config.form import conform, with_texts_in_conditions
from gateway.config.mappings.build import build_mappings
from gateway.config.messages import check_messages
from gateway.config.names import Names
from gateway.config.network import check_network
from gateway.config.places.check import check_places
from gateway.config.places.services import Services
from gateway.config.routes.check import check_routes
from gateway.config.schedules.build import build_timetable
from gateway.config.schedules.references import check_references
from gateway.config.secrets import SecretMissing, SecretStore
from gateway.config.sections import Sections, collect
from gateway.config.sources.check import check_sources
from gateway.config.translations.build import check_languages, with_translations
from gateway.errors import ConfigInvalid
from gateway.model import Catalog, Config, Place, Problem, Source, SourceMapping, Words, has_errors
from gateway.validation.validator import Schemas
from gateway.yaml.document import Document
from gateway.yaml.reader import LIMITS, Limits, read

MAX_FILES = 64
CATALOG_LIMITS = Limits(4 * LIMITS.max_bytes, 4 * LIMITS.max_nodes, "remove event types that nobody posts")
"""Limits of `catalog.yaml`. Unlike routes it cannot be split into files, and it must have room
for 5,000 notifications."""


def load(
    folder: Path,
    environ: Mapping[str, str],
    services: Services | None = None,
    extra_sources: Mapping[str, Source] | None = None,
) -> Config:
    """The configuration in *folder*.

    *services* describes Apprise's services; without it, addresses are not checked. *extra_sources* are sources that are
    in no file, such as the one that `gateway up` creates.

    Raises: ConfigUnreadable; ConfigInvalid with every problem of every file.
    """
    return build_from(read_files(folder), SecretStore(environ, folder), services, extra_sources or {})


def build_from(
    files: Files,
    secrets: SecretStore,
    services: Services | None,
    extra_sources: Mapping[str, Source],
    data_files: DataFiles | None = None,
) -> Config:
    """The configuration in *files*, with its warnings. Raises: ConfigInvalid.

    *secrets* and *data_files* record which files they were asked for, so that a caller can watch these too.
    """
    # The order matters: each step uses what the steps before it have found usable, and is silent about what they
    # have reported. People of files must be known before contacts are checked, and schedules before routes.
    data_files = data_files or DataFiles(secrets.folder)
    documents = _Documents.read(files)
    schemas, broken_schemas, problems = read_schemas(files.schemas)
    problems += documents.problems
    catalog_document, catalog, faults = _check_catalog(documents.catalog, schemas, broken_schemas)
    problems += faults
    sections = documents.sections(catalog, schemas, problems)
    problems += add_directory(sections, data_files)
    problems += check_places(sections, secrets, services)
    problems += check_sources(sections, secrets)
    problems += check_directory(sections)
    timetable, faults = build_timetable(sections, data_files)
    problems += faults
    problems += check_routes(sections, catalog, timetable)
    mappings: Mapping[str, SourceMapping] = {}
    if catalog:
        mappings, faults = build_mappings(sections, catalog, schemas, timetable)
        problems += faults
    if catalog_document:
        problems += check_references(catalog_document, sections)
        problems += check_messages(catalog_document, catalog, sections, services)
    words: Mapping[str, Words] = {}
    if catalog_document and catalog:
        catalog, words, faults = with_translations(catalog, catalog_document, files, schemas, sections, services)
        problems += faults
        problems += check_languages(sections, files.translations)
    problems += [*check_timezone(sections.timezone), *check_locale(sections.locale)]
    problems = without_echoes([*problems, *check_network(sections, secrets, services)])
    if catalog is None or has_errors(problems):
        raise ConfigInvalid(problems)
    try:
        digest = data_files.digest_with(files.digest)
        config = build(
            catalog, sections, secrets, digest, extra_sources, tuple(problems), services, timetable, mappings
        )
        # When the files were read, not now: building may take seconds, and later changes are not in it.
        return replace(config, read_at=files.read_at, words=words)
    except SecretMissing as exc:  # the secret's file was removed after the checks
        raise ConfigInvalid([Problem(Place(f"{ROUTES}/"), "", str(exc))]) from exc


def read_catalog_value(files: Files) -> Mapping[str, Any]:
    """The catalogue in *files* in the form of the YAML, with `extends` resolved. Raises: ConfigInvalid."""
    document, problems = read_catalog(files.catalog[1], CATALOG, files.shipped_catalog, CATALOG_LIMITS)
    if document is None:
        raise ConfigInvalid(problems)
    value: Mapping[str, Any] = document.value
    return value


def without_echoes(problems: Iterable[Problem]) -> list[Problem]:
    """*problems* sorted by file and line, without duplicates.

    Warnings on a line with an error are left out, since the error may be their cause.
    """
    problems = set(problems)
    lines = {(problem.place.file, problem.place.line) for problem in problems if problem.is_error}
    return sorted(
        problem for problem in problems if problem.is_error or (problem.place.file, problem.place.line) not in lines
    )


# ------------------------------------------------------------------ reading


@dataclass
class _Documents:
    """The YAML files of a configuration that could be parsed."""

    catalog: Document | None = None
    routes: list[Document] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Names of files in `routes/` that are left out: their YAML is invalid, or there are more than MAX_FILES."""
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, files: Files) -> Self:
        documents = cls()
        names = list(files.routes)
        if len(names) > MAX_FILES:
            message, hint = f"more than {MAX_FILES} files", "put several routes in one file"
            documents.problems.append(Problem(Place(f"{ROUTES}/"), "", message, hint))
            documents.unread += names[MAX_FILES:]
        documents.catalog, problems = read_catalog(files.catalog[1], CATALOG, files.shipped_catalog, CATALOG_LIMITS)
        documents.problems += problems
        if has_errors(problems):
            documents.catalog = None
        for name in names[:MAX_FILES]:
            document, problems = read(files.routes[name], name)
            documents.problems += problems
            if document is None or has_errors(problems):
                documents.unread.append(name)
            else:
                documents.routes.append(document)
        return documents

    def sections(self, catalog: Catalog | None, schemas: Schemas, problems: list[Problem]) -> Sections:
        """The combined sections of the files in `routes/`, as far as they fit their schema. Adds to *problems*."""
        usable: list[Document] = []
        # Names in an invalid file count as declared, so that references to them are not reported too.
        broken: list[Document | None] = [None for _ in self.unread]
        notifications = Names(catalog.notifications if catalog else {})
        for document in self.routes:
            conforming, faults = conform(document, schemas)
            problems += faults
            if has_errors(faults):
                broken.append(document)
            if conforming is None:  # with an error, nothing is left that can be checked further
                continue
            if catalog:
                conforming, warnings = with_texts_in_conditions(
                    conforming,
                    schemas.documents,
                    lambda route: Shape.of_notifications(catalog, notifications.expand(*route["notify"])),
                )
                problems += warnings
            usable.append(conforming)
        sections, duplicates = collect(usable, broken)
        problems += duplicates
        return sections


def _check_catalog(
    document: Document | None, schemas: Schemas, broken_schemas: frozenset[str]
) -> tuple[Document | None, Catalog | None, list[Problem]]:
    """What of *document* fits its schema; its catalogue, with the built-in part; and every problem in it.

    Both are None as far as an error keeps them from being read or built.
    """
    if document is None:
        return None, None, []
    conforming, problems = conform(document, schemas)
    if conforming is None:
        return None, None, problems
    whole, warnings = with_texts_in_conditions(conforming, schemas.documents, lambda event: [Shape.declared(event)])
    checked = check_catalog(whole, schemas, broken_schemas)
    problems = [*problems, *warnings, *checked.problems, *check_names(whole)]
    try:
        catalog = build_catalog(whole, schemas.documents, checked.staff_fields, checked.unusable)
    except ValueError:
        # A condition, a path or a duration is invalid. If check_catalog has not reported it, that is a bug.
        if not has_errors(checked.problems):
            raise
        return conforming, None, problems
    return conforming, with_builtin(catalog), problems
