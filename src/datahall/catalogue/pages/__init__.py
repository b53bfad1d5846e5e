"""Pages of the catalogue: find and read, write, review."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from datahall.catalogue.pages import (
    browse,
    classify,
    compare,
    departures,
    desk,
    edit,
    item,
    mounting,
    review,
    scores,
    sheets,
)

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
for part in (
    browse,
    desk,
    edit,
    review,
    departures,
    sheets,
    item,
    mounting,
    compare,
    classify,
    scores,
):
    router.include_router(part.router)
