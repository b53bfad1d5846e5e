"""Pages of the ledger: anybody checks receipts, staff see the log grow, the auditor reads acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse

from datahall.kit.clock import LOCAL
from datahall.kit.crypto import Suite
from datahall.kit.errors import Fault, Invalid
from datahall.kit.events import REGISTRY
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.ledger import service
from datahall.ledger.certificates import MOST_BYTES
from datahall.ledger.errors import NoCheckpoint
from datahall.ledger.http import NameActors, receipt_response
from datahall.ledger.model import Act, ActQuery, SignedCheckpoint, canonical, entry_hash
from datahall.ledger.note import VerifierKey
from datahall.ledger.receipts import MAX_BYTES, Check, Verdict
from datahall.ledger.words import act_name, particulars, printable, said, stated, subject_name
from datahall.security import Actor, Public, may, permits

router = APIRouter(include_in_schema=False)

ANYBODY: Final = Depends(Public("evidence is worth what strangers can check of it"))
ALGORITHMS: Final = {Suite.INTL: "SHA-256 · Ed25519", Suite.SM: "SM3 · SM2"}
OTHERS: Final = {"system": "系统", str(UUID(int=0)): "系统", "anonymous": "未登录的人", "": "—"}
PAGE_SIZE: Final = 50


def grouped(digest: bytes) -> str:
    """Hex in groups of eight, as on paper: 7c1e09b4 3fa2d861 …."""
    text = digest.hex()
    return " ".join(text[i : i + 8] for i in range(0, len(text), 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A verdict as the page shows it."""

    ok: bool
    checks: Sequence[Check]
    title: str
    sub: str
    rows: Sequence[tuple[str, str]]
    digests: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, verdict: Verdict, key: VerifierKey) -> "Shown":
        receipt, signed = verdict.receipt, verdict.checkpoint
        if receipt is None:
            return cls(
                ok=False, checks=verdict.checks, title="读不出内容", sub="", rows=(), digests=()
            )
        rows = said(receipt.record)
        told = dict(rows)
        if verdict.statement is not None:
            rows += stated(verdict.statement)
        leaf = entry_hash(key.suite, receipt.salt, canonical(receipt.record))
        digests = [("记录摘要", grouped(leaf))]
        if signed is not None:
            rows += [
                ("账本", f"第 {receipt.index + 1:,} 条，签名时共 {signed.size:,} 条"),
                ("算法", ALGORITHMS[key.suite]),
            ]
            digests.append(("账本根摘要", grouped(signed.root)))
        return cls(
            ok=verdict.ok,
            checks=verdict.checks,
            title=told.pop("事项", "存证回执"),
            sub=told.pop("时间", ""),
            rows=[(term, value) for term, value in rows if term not in {"事项", "时间"}],
            digests=digests,
        )


@dataclass(frozen=True, kw_only=True)
class ReceiptsPage(Page):
    """Upload a receipt, read what each check found (存证核验)."""

    template: ClassVar[str] = "ledger/receipts.html"
    key: str
    key_file: str
    origin: str
    algorithms: str
    shown: Shown | None = None
    pasted: str = ""
    faults: Mapping[str, str]


def _receipts_page(
    unit: UnitDep,
    *,
    shown: Shown | None = None,
    pasted: str = "",
    faults: Mapping[str, str] | None = None,
) -> ReceiptsPage:
    key = service.published_key(unit.keys.signer("ledger"))
    return ReceiptsPage(
        key=str(key),
        key_file=_key_file(key),
        origin=key.name,
        algorithms=ALGORITHMS[key.suite],
        shown=shown,
        pasted=pasted,
        faults=faults or {},
    )


def _key_file(key: VerifierKey) -> str:
    """datahall-341500.key."""
    return f"{key.name.replace('/', '-')}.key"


@router.get("/receipts", response_class=HTMLResponse, dependencies=[ANYBODY])
def receipts(request: Request, unit: UnitDep) -> HTMLResponse:
    """The form, with the published key and how to check offline (存证核验)."""
    return respond(request, _receipts_page(unit))


@router.post("/receipts", response_class=HTMLResponse, dependencies=[ANYBODY])
def check_receipt(
    request: Request,
    unit: UnitDep,
    file: Annotated[UploadFile | None, File()] = None,
    text: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Check what was uploaded or pasted; nothing is kept (核验回执)."""
    sent = file.file.read(MOST_BYTES + 1) if file is not None else b""
    sent = sent or text.strip().encode()
    if not sent:
        missing = Invalid([Fault("file", "ledger.no_receipt")])
        page = _receipts_page(unit, faults=faults_by_field(missing))
        return respond(request, page, status=missing.status)
    signer = unit.keys.signer("ledger")
    verdict = service.check_receipt(unit.conn, sent, signer)
    shown = Shown.of(verdict, service.published_key(signer))
    return respond(request, _receipts_page(unit, shown=shown, pasted=printable(text[:MAX_BYTES])))


@router.get("/receipts/key", response_class=PlainTextResponse, dependencies=[ANYBODY])
def key_file(unit: UnitDep) -> PlainTextResponse:
    """The published key as a file (下载公钥)."""
    key = service.published_key(unit.keys.signer("ledger"))
    return PlainTextResponse(
        f"{key}\n", headers={"Content-Disposition": f'attachment; filename="{_key_file(key)}"'}
    )


@router.get("/receipts/checkpoint", response_class=PlainTextResponse, dependencies=[ANYBODY])
def checkpoint_file(unit: UnitDep) -> PlainTextResponse:
    """The newest checkpoint as a file, for whoever wants to keep one (下载检查点)."""
    latest = service.latest_checkpoint(unit.conn)
    if latest is None:
        raise NoCheckpoint
    return PlainTextResponse(
        latest.note,
        headers={"Content-Disposition": f'attachment; filename="checkpoint-{latest.size}.txt"'},
    )


@dataclass(frozen=True, kw_only=True)
class LedgerPage(Page):
    """How far the log has grown and what was signed (存证台账)."""

    template: ClassVar[str] = "ledger/ledger.html"
    section: ClassVar[str] = "ledger"
    latest: SignedCheckpoint | None
    waiting: int
    algorithms: str
    checkpoints: Sequence[tuple[SignedCheckpoint, int, str]]  # with what was added, and the root
    older: str | None
    may_audit: bool


@router.get("/ledger", response_class=HTMLResponse)
def overview(
    request: Request,
    unit: UnitDep,
    actor: Annotated[Actor, Depends(permits("ledger:view"))],
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> HTMLResponse:
    """The log's size, what waits and its signed states (存证台账)."""
    signed = service.checkpoints(unit.conn, before=before, most=PAGE_SIZE + 1)
    smaller = [s.size for s in signed[1:]] + [0]
    rows = [(s, s.size - was, grouped(s.root)) for s, was in zip(signed, smaller, strict=False)]
    return respond(
        request,
        LedgerPage(
            latest=service.latest_checkpoint(unit.conn),
            waiting=service.waiting(unit.conn),
            algorithms=ALGORITHMS[unit.keys.signer("ledger").suite],
            checkpoints=rows[:PAGE_SIZE],
            older=f"/ledger?before={signed[PAGE_SIZE - 1].size}" if len(rows) > PAGE_SIZE else None,
            may_audit=may(actor, "ledger:audit"),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """An act in words."""

    leaf: UUID
    at: datetime
    title: str
    kind: str
    by: str
    name: str
    subject: str  # in words
    about: str  # as `kind:id`
    place: str
    refused: bool

    @classmethod
    def of(cls, act: Act, names: Mapping[str, str]) -> "ActRow":
        return cls(
            leaf=act.leaf,
            at=act.at,
            title=act_name(act.kind),
            kind=act.kind,
            by=act.by,
            name=names.get(act.by, act.by),
            subject=subject_name(act.subject),
            about=act.subject,
            place="待入账" if act.index is None else f"第 {act.index + 1:,} 条",
            refused=act.kind == "ledger:act:refuse",
        )


@dataclass(frozen=True, kw_only=True)
class ActsPage(Page):
    """What everybody did, the newest first (操作记录)."""

    template: ClassVar[str] = "ledger/acts.html"
    section: ClassVar[str] = "ledger"
    rows: Sequence[ActRow]
    kinds: Sequence[tuple[str, str]]
    kind: str
    subject: str
    by: str
    who: str
    since: date | None
    until: date | None
    without_by: str  # the same question about everybody
    older: str | None


def _names(request: Request, unit: UnitDep, acts: Sequence[Act]) -> Mapping[str, str]:
    name: NameActors = request.app.state.names
    return {**OTHERS, **name(unit.conn, {act.by for act in acts})}


def _day(on: date | None, *, after: int = 0) -> datetime | None:
    """The beginning of a day in China."""
    return datetime.combine(on + timedelta(days=after), time(), LOCAL) if on else None


@router.get("/ledger/acts", response_class=HTMLResponse)
def acts(
    request: Request,
    unit: UnitDep,
    actor: Annotated[Actor, Depends(permits("ledger:audit"))],
    kind: str = "",
    subject: str = "",
    by: str = "",
    since: str = "",
    until: str = "",
    before: UUID | None = None,
) -> HTMLResponse:
    """Acts as asked for, fifty at a time (操作记录)."""
    first, last = _date(since), _date(until)
    found = service.audit(
        unit,
        actor,
        ActQuery(
            kind=kind,
            subject=subject.strip(),
            by=by,
            since=_day(first),
            until=_day(last, after=1),
            before=before,
            most=PAGE_SIZE + 1,
        ),
    )
    names = _names(request, unit, found)
    asked = {"kind": kind, "subject": subject, "by": by, "since": since, "until": until}
    older = {**asked, "before": str(found[PAGE_SIZE - 1].leaf)} if len(found) > PAGE_SIZE else {}
    return respond(
        request,
        ActsPage(
            rows=[ActRow.of(act, names) for act in found[:PAGE_SIZE]],
            kinds=sorted((tag, act_name(tag)) for tag in REGISTRY),
            kind=kind,
            subject=subject,
            by=by,
            who=names.get(by, by),
            since=first,
            until=last,
            without_by=_address({**asked, "by": ""}),
            older=_address(older) if older else None,
        ),
    )


def _date(text: str) -> date | None:
    """The day in a form's field; what is no day asks for nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _address(asked: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/ledger/acts?{query}" if query else "/ledger/acts"


@dataclass(frozen=True, kw_only=True)
class ActPage(Page):
    """One act with all that was recorded (操作详情)."""

    template: ClassVar[str] = "ledger/act.html"
    section: ClassVar[str] = "ledger"
    act: ActRow
    erased: bool
    body: Sequence[tuple[str, str]]


@router.get("/ledger/acts/{leaf}", response_class=HTMLResponse)
def one_act(
    request: Request,
    unit: UnitDep,
    leaf: UUID,
    actor: Annotated[Actor, Depends(permits("ledger:audit"))],
) -> HTMLResponse:
    """One act (操作详情)."""
    act = service.look_up(unit, actor, leaf)
    row = ActRow.of(act, _names(request, unit, [act]))
    return respond(
        request,
        ActPage(
            act=row, erased=act.body is None, body=particulars(act.body or {}, subject=act.subject)
        ),
    )


@router.get("/ledger/receipts/{leaf}")
def receipt_file(
    unit: UnitDep, leaf: UUID, actor: Annotated[Actor, Depends(permits("ledger:view"))]
) -> Response:
    """Download the receipt of one's own act; of anybody's for the auditor (下载回执)."""
    return receipt_response(service.receipt_for(unit, actor, leaf))
