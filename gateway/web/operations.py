"""Health, the catalogue, the API's description, and the pages of the problems."""

from __future__ import annotations

from flask import Blueprint, Response

from gateway.errors import ApiError, NotFound
from gateway.per_config import PerConfig
from gateway.web.answers import answer
from gateway.web.catalog import catalog_documents, is_wanted
from gateway.web.openapi import openapi_document
from gateway.web.problems import PROBLEMS
from gateway.web.request import asking, name, parameters, runtime

operations = Blueprint("operations", __name__)

_catalog = PerConfig(catalog_documents)
_openapi = PerConfig(openapi_document)


@operations.get("/healthz")
def get_health() -> Response:
    """200: the process answers. It asks nobody else."""
    return answer({"status": "ok"})


@operations.get("/readyz")
def get_readiness() -> Response:
    """200: the ledger's server answers and has room, so events can be accepted; else 503.

    `config.stale` says that the files have changed, are broken, and are not what is running.
    """
    here = runtime()
    config = here.config.current()
    here.admission.refresh()
    here.admission.check()
    problems = len(here.config.problems)
    return answer(
        {
            "status": "ready",
            "config": {"digest": config.digest, "stale": problems > 0, "problems": problems},
            "durability": here.settings.durability,
        }
    )


@operations.get("/v1/catalog")
def get_catalog() -> Response:
    """Categories, and event types with schema, example and notifications."""
    asking()
    asked = parameters({"type": name, "category": name})
    config = runtime().config.current()
    documents = _catalog.of(config)
    found = [one for one in documents["events"] if is_wanted(one, asked.get("type"), asked.get("category"))]
    if asked and not found:
        raise ApiError("not-found", "the catalogue has no such event type or category")
    return answer({"config": config.digest, "categories": documents["categories"], "events": found})


@operations.get("/v1/schemas/<any_text:path>")
def get_schema(path: str) -> Response:
    """A document that the catalogue's schemas refer to."""
    asking()
    found = runtime().config.current().catalog.schemas.get(path)
    if found is None:
        raise NotFound("schema", path)
    return answer(found)


@operations.get("/openapi.json")
def get_openapi() -> Response:
    """This API, as OpenAPI 3.1."""
    return answer(_openapi.of(runtime().config.current()))


@operations.get("/problems/<slug>")
def get_problem_page(slug: str) -> Response:
    """What a problem means and what to do, as text."""
    refusal = PROBLEMS.get(slug)
    if refusal is None:
        raise NotFound("problem", slug)
    text = f"{refusal.status} {slug}\n\n{refusal.title}.\n\nCause: {refusal.cause}\n\nCure: {refusal.cure}\n"
    return Response(text, mimetype="text/plain")
