"""HTML pages of organisations: logging in, one's own account, the directory of people and posts."""

from fastapi import APIRouter

from datahall.organisations.pages import account, doors, organisations, people

router = APIRouter()
for _part in (doors, account, people, organisations):
    router.include_router(_part.router)
