"""JSON API of standards: data elements, code tables, sources and rulings."""

from fastapi import APIRouter

from datahall.standards.api import code_lists, elements, sources

router = APIRouter(prefix="/api/v1/standards", tags=["standards"])
for part in (elements, code_lists, sources):
    router.include_router(part.router)
