"""What every route shares: the error shape and the unit of a request."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from datahall.kit.errors import DomainError, Invalid
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit

PROBLEM_JSON = "application/problem+json"


class _Refused(Exception):
    """Rolls a unit back after a refusal was already answered with a page."""


def unit_of_request(request: Request) -> Iterator[Unit]:
    """One unit a request; it commits before the answer leaves, unless that is a refusal."""
    with suppress(_Refused), request.app.state.units.open() as unit:
        request.state.unit = unit
        try:
            yield unit
        finally:
            del request.state.unit
        if getattr(request.state, "refused", False):
            raise _Refused


UnitDep = Annotated[Unit, Depends(unit_of_request, scope="function")]


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses=` for the failures a route declares."""
    by_status: dict[int | str, list[str]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error.code)
    return {
        status: {"description": ", ".join(codes), "content": {PROBLEM_JSON: {}}}
        for status, codes in by_status.items()
    }


def problem(error: DomainError) -> dict[str, Any]:
    """The body of a refusal: RFC 9457 with our `code`, and one entry a wrong field."""
    body: dict[str, Any] = {
        "type": f"urn:datahall:problem:{error.code}",
        "code": error.code,
        "title": sentence(error.code, error.detail),
        "status": error.status,
        "detail": str(error),
    }
    if error.field:
        body["errors"] = [{"field": error.field, "code": error.code, "message": body["title"]}]
    if isinstance(error, Invalid):
        body["errors"] = [
            {"field": f.field, "code": f.code, "message": sentence(f.code, f.detail)}
            for f in error.faults
        ]
    return body


def problem_response(error: DomainError) -> JSONResponse:
    return JSONResponse(problem(error), error.status, media_type=PROBLEM_JSON)


def faults_by_field(error: DomainError) -> dict[str, str]:
    """Field → sentence, for a form that is shown again."""
    if isinstance(error, Invalid):
        return {f.field: sentence(f.code, f.detail) for f in error.faults}
    return {error.field or "": sentence(error.code, error.detail)}
