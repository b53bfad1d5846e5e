"""What the pages share."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from datahall import drift
from datahall.security import Actor, permits

Viewer = Annotated[Actor, Depends(permits("ingestion:view"))]
Clerk = Annotated[Actor, Depends(permits("ingestion:manage"))]

TABS = drift.TABS


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """What a form sent, for handlers that do not wait themselves; its files are closed after."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(form_of)]


def word(form: FormData, name: str) -> str:
    """One text of a form, without the spaces around it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
