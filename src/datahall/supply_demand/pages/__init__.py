"""Pages of supply and demand: cases, the application form, grants and their credentials."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from datahall.supply_demand.pages import case, form, grants, lists

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
for part in (lists, form, case, grants):  # the form's /applications/new before /applications/{id}
    router.include_router(part.router)
