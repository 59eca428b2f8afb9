"""The built-in part of every catalogue: event types about the gateway itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files

from gateway.config.catalog.build import build_catalog
from gateway.model import BUILTIN, Catalog, Problem, is_builtin
from gateway.yaml.document import Document
from gateway.yaml.reader import read

FILE = "builtin_catalog.yaml"


@cache
def read_builtin() -> tuple[Document, Catalog]:
    """The built-in file and the catalogue in it; a test checks the file like any other catalogue."""
    document, problems = read((files("gateway.config") / FILE).read_bytes(), FILE)
    if document is None or problems:
        raise AssertionError(problems)
    return document, build_catalog(document, {}, {})


def check_names(document: Document) -> Iterator[Problem]:
    """Problems where the catalogue in *document* uses a name that is reserved for the built-in part."""
    message = f"the name {BUILTIN!r} is reserved for events about the gateway itself"
    if BUILTIN in document.value["categories"]:
        yield document.problem(("categories", BUILTIN), message, "choose another name", key=True)
    for name in document.value["events"]:
        if is_builtin(name):
            yield document.problem(("events", name), message, "choose another first word", key=True)


def with_builtin(catalog: Catalog) -> Catalog:
    """*catalog* with the built-in event types appended."""
    _, builtin = read_builtin()
    return replace(
        catalog,
        categories={**catalog.categories, **builtin.categories},
        events={**catalog.events, **builtin.events},
        notifications={**catalog.notifications, **builtin.notifications},
    )
