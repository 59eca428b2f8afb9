"""Endpoints describe themselves, and their description is what they do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.model import Scope
from gateway.web import app, endpoint
from gateway.web.endpoint import ENDPOINTS, Access, Call, Endpoint, Parameter, PathPart, check_signature
from gateway.web.openapi import openapi_document
from gateway.web.parameters import LIMIT, parse_name
from gateway.web.problems import PROBLEMS
from gateway.web.responses import RawResponse, json_response
from tests.support.builders import config

PAGE = Path(__file__).parents[3] / "docs" / "http.md"
TYPE = Parameter("type", "Only this type.", parse_name)


def view(call: Call, id: str, *, limit: int = 50, type: str | None = None) -> RawResponse:
    return json_response([id, limit, type])


def declared(**changes: object) -> Endpoint:
    fields = {"parameters": (LIMIT, TYPE), "path_parts": {"id": PathPart()}, **changes}
    return Endpoint("GET", "/x/{id}", Access.PUBLIC, view, "A test.", {}, **fields)  # type: ignore[arg-type]


def test_a_view_takes_what_its_declaration_describes() -> None:
    check_signature(declared())


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": (LIMIT,)},
        {"parameters": (LIMIT, TYPE, Parameter("before", "", parse_name))},
        {"parameters": (LIMIT, Parameter("type", "", parse_name, is_required=True))},
        {"path_parts": {}},
        {"path_parts": {"name": PathPart()}},
    ],
)
def test_a_parameter_that_is_read_and_not_described_is_a_defect_and_the_other_way_round(
    changes: dict[str, object],
) -> None:
    with pytest.raises(TypeError):
        check_signature(declared(**changes))


@pytest.mark.parametrize("each", ENDPOINTS, ids=lambda each: each.operation_id)
def test_every_endpoint_of_the_api_is_described_as_it_is(each: Endpoint) -> None:
    check_signature(each)
    assert set(each.problems) <= set(PROBLEMS)
    assert each.summary
    assert all(parameter.description for parameter in each.parameters)


def test_openapi_is_the_sum_of_the_endpoints() -> None:
    document = openapi_document(config("channels: {}"))
    described = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    assert described == {(each.path, each.method) for each in ENDPOINTS}
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(set(ids)) == len(ids)
    for each in ENDPOINTS:
        operation = document["paths"][each.path][each.method.lower()]
        in_query = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        assert in_query == {parameter.name for parameter in each.parameters}
        if isinstance(each.access, Scope):
            assert each.access.value in operation["description"]
        assert ("requestBody" in operation) == (each.body is not None)


@pytest.mark.parametrize("each", ENDPOINTS, ids=lambda each: each.operation_id)
def test_the_page_of_the_api_has_every_endpoint_and_parameter(each: Endpoint) -> None:
    page = PAGE.read_text("utf-8")
    row = re.search(rf"`{each.method} {re.escape(each.path)}`[^\n]*", page)
    assert row, f"docs/http.md does not show {each.method} {each.path}"
    missing = [parameter.name for parameter in each.parameters if f"`{parameter.name}`" not in row[0]]
    assert not missing, f"docs/http.md does not say that {each.method} {each.path} takes {missing}"


def test_two_endpoints_have_no_path_and_method_in_common() -> None:
    keys = [(each.method, each.path) for each in ENDPOINTS]
    assert len(set(keys)) == len(keys)
    assert app.ENDPOINTS is endpoint.ENDPOINTS
