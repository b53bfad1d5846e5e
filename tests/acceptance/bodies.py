"""The least that a route can read, made from its own declaration, so that it gets to its refusal."""

from typing import Any

from fastapi import params
from fastapi.routing import RouteContext
from pydantic import TypeAdapter

LEAST = {"string": "x", "integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}


def json_body(route: RouteContext) -> Any | None:
    """A body that the route's model reads; None when the route takes a form or nothing."""
    for field in route.dependant.body_params:
        if not isinstance(field.field_info, params.Form | params.File):
            schema = TypeAdapter(field.field_info.annotation).json_schema()
            return least(schema, schema.get("$defs", {}))
    return None


def least(schema: dict[str, Any], names: dict[str, Any]) -> Any:
    """A value of a JSON schema: what must be there, and no more."""
    if "$ref" in schema:
        return least(names[schema["$ref"].rsplit("/", 1)[1]], names)
    if "enum" in schema:
        return schema["enum"][0]
    if options := schema.get("anyOf"):
        return least(options[0], names)
    if schema.get("type") == "object":
        inner = schema.get("properties", {})
        return {name: least(inner[name], names) for name in schema.get("required", ())}
    return FORMATS.get(schema.get("format", "")) or LEAST[schema["type"]]


FORMATS = {
    "date": "2026-10-16",
    "date-time": "2026-10-16T04:00:00Z",
    "uuid": "01a2065b-a500-78f0-946c-3caaaa04ca00",
}
