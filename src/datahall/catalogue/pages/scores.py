"""How well a department describes its entries, and what to mend (元数据质量)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from datahall.catalogue.scores import Scored, scores
from datahall.catalogue.vocabulary import EDITABLE
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import OrgId
from datahall.organisations import Organisation, organisation, organisations
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/catalogue")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
WORST = 3  # things to mend shown of each entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One entry with what to mend first, and where."""

    scored: Scored
    mend: Sequence[tuple[str, str, Decimal]]  # words, href, points to be had
    more: int


@dataclass(frozen=True, kw_only=True)
class ScoresPage(Page):
    """The entries of a department by score, the poorest first (元数据质量)."""

    template: ClassVar[str] = "catalogue/scores.html"
    section: ClassVar[str] = "catalogue"
    org: Organisation
    orgs: Sequence[Organisation]  # the authority looks at any of them
    rows: Sequence[ScoreRow]
    average: Decimal | None


@router.get("/scores")
def show_scores(
    request: Request, unit: UnitDep, actor: Viewer, provider: OrgId | None = None
) -> HTMLResponse:
    """A department's entries and what to mend (元数据质量)."""
    org = provider or actor.org
    found = scores(unit, actor, org)
    total = sum((one.score.total for one in found), Decimal(0))
    page = ScoresPage(
        org=organisation(unit.conn, org),
        orgs=organisations(unit.conn) if may(actor, "catalogue:review") else (),
        rows=[row(one) for one in found],
        average=(total / len(found)).quantize(Decimal("0.1")) if found else None,
    )
    return respond(request, page)


def row(one: Scored) -> ScoreRow:
    mend = one.score.to_mend
    return ScoreRow(
        scored=one,
        mend=[
            (mark.missing, place(one, mark.at), mark.out_of - mark.points) for mark in mend[:WORST]
        ],
        more=max(0, len(mend) - WORST),
    )


def place(one: Scored, at: str) -> str:
    """Where the points are to be had: in the form of a draft, else on the entry's page."""
    if at == "resources":
        return f"/catalogue/items/{one.item.id}/resources"
    if one.item.status in EDITABLE:
        return f"/catalogue/items/{one.item.id}/edit#{at}"
    return f"/catalogue/items/{one.item.id}"
