"""Pages of standards (一数一源一标准)."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from datahall.standards.pages import code_lists, editing, elements, rulings

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
for part in (elements, editing, code_lists, rulings):
    router.include_router(part.router)
