"""Forms about taking an entry down: ask, announce, decline, call off, do (下架)."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from datahall.catalogue.departures import service
from datahall.catalogue.errors import DateTooEarly, RemarksRequired, StillInUse
from datahall.catalogue.pages.item import item_page
from datahall.kit.errors import Fault, Invalid
from datahall.kit.html import redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId
from datahall.kit.uow import Unit
from datahall.security import Actor, permits

router = APIRouter(prefix="/catalogue/items/{id}")
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]
Bureau = Annotated[Actor, Depends(permits("catalogue:review"))]
Remarks = Annotated[str, Form()]


@router.post("/departure")
def propose(
    id: ItemId, request: Request, unit: UnitDep, actor: Clerk, remarks: Remarks = ""
) -> Response:
    """The provider asks to take its entry down (申请下架)."""
    return _act(
        request,
        unit,
        actor,
        id,
        lambda: service.propose_withdrawal(unit, actor, id, reason=remarks),
        flash="已申请下架，等市数管局审核。",
        typed={"remarks": remarks},
    )


@router.post("/departure/announce")
def announce(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Bureau,
    remarks: Remarks = "",
    effective_on: Annotated[str, Form()] = "",
) -> Response:
    """The authority announces the day (公告下架)."""

    def announced() -> object:
        return service.announce_withdrawal(
            unit, actor, id, effective_on=_day(effective_on), reason=remarks
        )

    return _act(
        request,
        unit,
        actor,
        id,
        announced,
        flash=f"已公告 {effective_on} 下架，并已通知在用单位。",
        typed={"remarks": remarks, "effective_on": effective_on},
    )


@router.post("/departure/decline")
def decline(
    id: ItemId, request: Request, unit: UnitDep, actor: Bureau, remarks: Remarks = ""
) -> Response:
    """The authority does not agree (不同意下架)."""
    return _act(
        request,
        unit,
        actor,
        id,
        lambda: service.decline_withdrawal(unit, actor, id, remarks=remarks),
        flash="已退回下架申请，目录照常提供。",
        typed={"remarks": remarks},
    )


@router.post("/departure/cancel")
def cancel(
    id: ItemId, request: Request, unit: UnitDep, actor: Bureau, remarks: Remarks = ""
) -> Response:
    """The authority calls an announced withdrawal off (撤销公告)."""
    return _act(
        request,
        unit,
        actor,
        id,
        lambda: service.cancel_withdrawal(unit, actor, id, remarks=remarks),
        flash="已撤销下架公告，并已通知在用单位。",
        typed={"remarks": remarks},
    )


@router.post("/withdraw")
def withdraw(
    id: ItemId, request: Request, unit: UnitDep, actor: Bureau, remarks: Remarks = ""
) -> Response:
    """Take an entry that nobody uses out of force at once (下架)."""
    return _act(
        request,
        unit,
        actor,
        id,
        lambda: service.withdraw(unit, actor, id, remarks=remarks),
        flash="已下架，代码不再使用。",
        typed={"remarks": remarks},
    )


def _act(
    request: Request,
    unit: Unit,
    actor: Actor,
    id: ItemId,
    act: Callable[[], object],
    *,
    flash: str,
    typed: dict[str, str],
) -> Response:
    """Do it and see the entry; a refused form is shown again with what was typed."""
    try:
        act()
    except (RemarksRequired, DateTooEarly, StillInUse, Invalid) as refused:
        page = item_page(request, unit, actor, id, faults=faults_by_field(refused), typed=typed)
        return respond(request, page, status=refused.status)
    return redirect(f"/catalogue/items/{id}", flash=flash)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid([Fault("effective_on", "catalogue.date_malformed")]) from None
