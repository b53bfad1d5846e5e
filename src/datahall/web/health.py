"""Whether the process lives, and whether it can serve (健康检查)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from datahall.security import Public

router = APIRouter(tags=["health"])
PROBE = Public("Load balancers and supervisors ask before anybody has logged in.")


@router.get("/healthz", dependencies=[Depends(PROBE)])
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(request: Request, _public: Annotated[None, Depends(PROBE)]) -> JSONResponse:
    """The process can serve: its database answers too."""
    try:
        with request.app.state.units.engine.connect() as conn:
            conn.execute(text("select 1"))
    except OperationalError:
        return JSONResponse({"status": "no database"}, 503)
    return JSONResponse({"status": "ok"})
