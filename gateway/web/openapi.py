"""The OpenAPI 3.1 description of the API, assembled from the descriptions that the endpoints carry."""

from __future__ import annotations

from typing import Any

from gateway import __version__
from gateway.intake.validate import ENVELOPE
from gateway.model import Config, Scope
from gateway.web.endpoint import ENDPOINTS, Access, Endpoint
from gateway.web.problems import PROBLEMS
from gateway.web.schemas import COMPONENTS, COUNT, Json, ref


def openapi_document(config: Config) -> Json:
    """The description of the API as it runs with *config*."""
    paths: dict[str, Json] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Notification gateway",
            "version": __version__,
            "description": "Events in, messages to people out. Every error is application/problem+json (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Event": dict(config.catalog.schemas[ENVELOPE]), **COMPONENTS},
            "responses": {slug: _problem_response(slug) for slug in PROBLEMS},
        },
    }


def _operation(endpoint: Endpoint) -> Json:
    operation: Json = {"operationId": endpoint.operation_id, "summary": endpoint.summary}
    if isinstance(endpoint.access, Scope):
        operation["description"] = f"The token needs the scope `{endpoint.access.value}`."
    if endpoint.access is Access.SENDER:
        operation["description"] = "The sender authenticates by one of the methods in the source's `auth`."
    if endpoint.access in (Access.PUBLIC, Access.SENDER):
        operation["security"] = []
    parts = [
        {"name": name, "in": "path", "required": True, "description": part.description, "schema": part.schema}
        for name, part in endpoint.path_parts.items()
    ]
    query: list[Json] = []
    for parameter in endpoint.parameters:
        described = {"name": parameter.name, "in": "query", "description": parameter.description}
        query.append({**described, "schema": parameter.schema, **({"required": True} if parameter.is_required else {})})
    if parameters := [*parts, *query, *endpoint.headers]:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = endpoint.body
    return {**operation, "responses": {**endpoint.answers, **_problems(endpoint)}}


def _problems(endpoint: Endpoint) -> Json:
    """One response for each HTTP status of the problems that *endpoint* names or that its kind of access implies.

    OpenAPI allows one response for each status, so problems with the same status share one.
    """
    slugs = [*endpoint.problems, "bad-request", "bad-parameter", "internal"]
    if endpoint.access not in (Access.PUBLIC, Access.SENDER):
        slugs += ["unauthorized", "too-many-failures"]
    if isinstance(endpoint.access, Scope):
        slugs += ["forbidden-scope", "storage-unavailable"]
    by_status: dict[str, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        by_status.setdefault(str(PROBLEMS[slug].status), []).append(slug)
    return {
        status: _problem_response(*names) if len(names) > 1 else {"$ref": f"#/components/responses/{names[0]}"}
        for status, names in sorted(by_status.items())
    }


def _problem_response(*slugs: str) -> Json:
    response: dict[str, Any] = {
        "description": "; ".join(f"{slug}: {PROBLEMS[slug].title}" for slug in slugs),
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }
    if PROBLEMS[slugs[0]].status in (429, 503):
        response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": COUNT}}
    return response
