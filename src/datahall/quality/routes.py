"""JSON API of quality: the rule library and the rows that wait."""

from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.catalogue import ItemNotFound
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ItemId, QuarantineId
from datahall.quality import lists, service
from datahall.quality.errors import (
    AlreadySettled,
    KeyTaken,
    NoteRequired,
    NothingCollected,
    NotReleasable,
    RowNotFound,
    StillFaulty,
)
from datahall.quality.library import RULES
from datahall.quality.model import RowStatus, RuleResult
from datahall.quality.rule import Rule
from datahall.quality.schemas import (
    CorrectionIn,
    ListingOut,
    NoteIn,
    ReplayedOut,
    ReplayIn,
    ResultOut,
    RowOut,
    RuleOut,
)
from datahall.quality.service import Replayed
from datahall.security import Actor, LoginRequired, NotPermitted, permits
from datahall.store import DatasetBusy

router = APIRouter(prefix="/api/v1/quality", tags=["quality"])

Viewer = Annotated[Actor, Depends(permits("quality:view"))]
Clerk = Annotated[Actor, Depends(permits("quality:repair"))]
WALL = (LoginRequired, NotPermitted)


@router.get("/rules", response_model=list[RuleOut], responses=problems(*WALL))
def rules(_viewer: Viewer) -> list[Rule]:
    """The rule library (规则库)."""
    return list(RULES.values())


@router.get("/items/{item}/rows", responses=problems(*WALL, ItemNotFound))
def rows(
    item: ItemId,
    viewer: Viewer,
    unit: UnitDep,
    status: RowStatus = RowStatus.WAITING,
    reason: str | None = None,
    page: int = 1,
) -> ListingOut:
    """Quarantined rows of an item, fifty a page, the newest first (隔离清单)."""
    found = lists.listing(unit, viewer, item, status=status, reason=reason, page=page)
    return ListingOut.of(found)


@router.get(
    "/items/{item}/results",
    response_model=list[ResultOut],
    responses=problems(*WALL, ItemNotFound, NothingCollected),
)
def results(item: ItemId, viewer: Viewer, unit: UnitDep) -> list[RuleResult]:
    """How each rule did when the whole item was last checked (核验结果)."""
    return lists.results(unit, viewer, item)[1]


@router.post(
    "/items/{item}/replay",
    response_model=ReplayedOut,
    responses=problems(*WALL, ItemNotFound, NothingCollected, DatasetBusy),
)
def replay(item: ItemId, sent: ReplayIn, clerk: Clerk, unit: UnitDep) -> Replayed:
    """Check waiting rows again, by the rules and code lists of today (重放)."""
    return service.replay(unit, clerk, item, [QuarantineId(id) for id in sent.rows])


@router.get("/rows/{id}", responses=problems(*WALL, RowNotFound))
def row(id: QuarantineId, viewer: Viewer, unit: UnitDep) -> RowOut:
    """One quarantined row, every value masked (隔离行)."""
    return RowOut.of(service.look(unit, viewer, id))


@router.post(
    "/rows/{id}/repair",
    responses=problems(*WALL, RowNotFound, AlreadySettled, StillFaulty, KeyTaken, DatasetBusy),
)
def repair(id: QuarantineId, sent: CorrectionIn, clerk: Clerk, unit: UnitDep) -> RowOut:
    """Put corrected values into a row, check it again and let it land (更正入库)."""
    service.repair(unit, clerk, id, sent.values)
    return RowOut.of(service.look(unit, clerk, id))


@router.post(
    "/rows/{id}/release",
    responses=problems(
        *WALL, RowNotFound, AlreadySettled, NoteRequired, NotReleasable, DatasetBusy
    ),
)
def release(id: QuarantineId, sent: NoteIn, clerk: Clerk, unit: UnitDep) -> RowOut:
    """Let a row land as it is, for a reason (放行)."""
    service.release(unit, clerk, id, sent.note)
    return RowOut.of(service.look(unit, clerk, id))


@router.post(
    "/rows/{id}/discard",
    responses=problems(*WALL, RowNotFound, AlreadySettled, NoteRequired),
)
def discard(id: QuarantineId, sent: NoteIn, clerk: Clerk, unit: UnitDep) -> RowOut:
    """Set a row aside for good, for a reason (作废)."""
    service.discard(unit, clerk, id, sent.note)
    return RowOut.of(service.look(unit, clerk, id))
