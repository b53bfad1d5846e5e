"""HTML pages of ingestion: sources and what is in them, tasks and their loads."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from datahall.ingestion.pages import assets, modes, sources, tables, tasks

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
for part in (sources, assets, tables, tasks, modes):
    router.include_router(part.router)
