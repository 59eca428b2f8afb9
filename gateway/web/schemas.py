"""Parts of JSON Schemas, and the named schemas of the API's answers."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
MOMENT: Json = {"type": "string", "format": "date-time"}
COUNT: Json = {"type": "integer", "minimum": 0}
INTEGER: Json = {"type": "integer"}
NUMBER: Json = {"type": "number"}
YES_OR_NO: Json = {"type": "boolean"}
OBJECT: Json = {"type": "object"}

COMPONENTS: dict[str, Json] = {}
"""Every named schema; `component` adds to it."""


def component(name: str, schema: Json) -> Json:
    """Adds *schema* under a name to the API's description, and returns a reference to it."""
    if name in COMPONENTS:
        raise ValueError(f"two schemas are called {name}")
    COMPONENTS[name] = schema
    return ref(name)


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def list_of(items: Json) -> Json:
    return {"type": "array", "items": items}


def or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def answer(schema: Json, description: str = "Done.", headers: Json | None = None) -> Json:
    """OpenAPI's response object for JSON."""
    response: Json = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**response, "headers": headers} if headers else response
