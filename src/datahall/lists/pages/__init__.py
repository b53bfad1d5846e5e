"""Pages of lists: the department's desk, the sheet, a row, review and history, the overview."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from datahall.lists.pages import desk, history, review, row, sheet

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
for part in (desk, sheet, row, history, review):  # `review` has the bare /lists/{id}
    router.include_router(part.router)
