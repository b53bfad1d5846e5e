"""Pages of coverage: the gap board, a department, an exemption."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from datahall.coverage.pages import board, exemptions

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
for part in (board, exemptions):
    router.include_router(part.router)
