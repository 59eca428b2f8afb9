"""What the gateway tells of itself: its own part of every catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files

from gateway.config.build import build_catalog
from gateway.model import OWN, Catalog, Problem, is_builtin
from gateway.yaml.document import Document, read

FILE = "builtin_catalog.yaml"


@cache
def own_document() -> Document:
    """The file that comes with the program; a test holds it to the rules of any catalogue."""
    document, problems = read((files("gateway.config") / FILE).read_bytes(), FILE)
    if document is None or problems:
        raise AssertionError(problems)
    return document


@cache
def _builtin_catalog() -> Catalog:
    return build_catalog(own_document(), {})


def check_names(document: Document) -> Iterator[Problem]:
    """Where the catalogue in *document* takes a name of the gateway's own part."""
    message = f"the name {OWN!r} is for what the gateway tells of itself"
    if OWN in document.value["categories"]:
        yield document.problem(("categories", OWN), message, "take another", key=True)
    for name in document.value["events"]:
        if is_builtin(name):
            yield document.problem(("events", name), message, "begin it otherwise", key=True)


def with_builtin(catalog: Catalog) -> Catalog:
    """*catalog* and what the gateway tells of itself, which stands last."""
    own = _builtin_catalog()
    return replace(
        catalog,
        categories={**catalog.categories, **own.categories},
        events={**catalog.events, **own.events},
        notifications={**catalog.notifications, **own.notifications},
    )
