"""Grants in use and in force, their credentials and how to call (授权与凭证)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from datahall.catalogue import CatalogueItem
from datahall.catalogue import get as get_item
from datahall.kit.clock import local_date
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import GrantId, OrgId
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import Organisation
from datahall.security import Actor, may, permits
from datahall.supply_demand.errors import UnknownChoice
from datahall.supply_demand.examples import PUT_IT_HERE, Examples, examples
from datahall.supply_demand.model.grants import ENDED, Credential, Grant, GrantStatus, Health
from datahall.supply_demand.model.notice import Notice
from datahall.supply_demand.model.usage import Usage, UsageSource, not_counted
from datahall.supply_demand.pages.common import Sent, Viewer, in_words, orgs_by_id, word
from datahall.supply_demand.repository import grants as repository
from datahall.supply_demand.repository import notices as notice_repository
from datahall.supply_demand.service import grants as service
from datahall.supply_demand.service.reading import read_grant

router = APIRouter()
Developer = Annotated[Actor, Depends(permits("supply_demand:credentials"))]
Stopper = Annotated[Actor, Depends(permits("supply_demand:revoke"))]

HEALTH = {
    Health.USABLE: ("可调用", ""),
    Health.ENDING: ("即将到期", "due"),
    Health.NOT_YET: ("尚未生效", "off"),
    Health.SUSPENDED: ("已暂停", "bad"),
    Health.ENDED: ("已结束", "off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """A grant as lists show it."""

    grant: Grant
    health: tuple[str, str]  # words and the dot's kind
    usage: Usage | None  # None when nothing counts


@dataclass(frozen=True, kw_only=True)
class GrantsPage(Page):
    """What the department uses of others, and others of it (授权与凭证)."""

    template: ClassVar[str] = "supply_demand/grants.html"
    section: ClassVar[str] = "grants"
    used: Sequence[GrantRow]
    provided: Sequence[GrantRow]
    others: Sequence[GrantRow] | None  # for the authority
    orgs: Mapping[OrgId, Organisation]


@dataclass(frozen=True, kw_only=True)
class GrantPage(Page):
    """One grant: terms, credential, call examples, and stopping it (授权详情)."""

    template: ClassVar[str] = "supply_demand/grant.html"
    section: ClassVar[str] = "grants"
    row: GrantRow
    grant: Grant
    item: CatalogueItem
    consumer: Organisation
    provider: Organisation
    credential: Credential
    fields: Sequence[tuple[str, int | None, bool]]  # title, grade, masked
    scope: Sequence[str]
    examples: Examples | None  # for those who call
    secret: str | None  # only in the answer to the act that shows it
    notices: Sequence[Notice]
    may_reveal: bool
    may_rotate: bool
    may_stop: bool
    typed: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/grants")
def show_grants(request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """My department's grants as consumer and as provider (授权列表)."""
    oversees = may(actor, "supply_demand:oversee")
    found = repository.of_parties(unit.conn, *(() if oversees else (actor.org,)))
    usage = _usage(request, unit, [g.id for g in found])
    today = local_date(unit.now)
    rows = [_row(g, usage, today) for g in found]
    page = GrantsPage(
        used=[r for r in rows if r.grant.consumer == actor.org],
        provided=[r for r in rows if r.grant.provider == actor.org],
        others=[r for r in rows if actor.org not in {r.grant.consumer, r.grant.provider}]
        if oversees
        else None,
        orgs=orgs_by_id(unit),
    )
    return respond(request, page)


@router.get("/grants/{id}")
def show_grant(id: GrantId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One grant for its parties and the authority (授权详情)."""
    return _page(request, unit, actor, read_grant(unit, actor, id))


@router.post("/grants/{id}/secret")
def show_secret(id: GrantId, request: Request, unit: UnitDep, actor: Developer) -> HTMLResponse:
    """The secret, this once; the page is not kept by browsers (领取密钥)."""
    grant = read_grant(unit, actor, id)
    secret = service.reveal_secret(unit, actor, id, vault=unit.keys.vault())
    return _page(request, unit, actor, grant, secret=secret)


@router.post("/grants/{id}/rotate")
def rotate(id: GrantId, unit: UnitDep, actor: Developer) -> Response:
    """A new secret in place of the old one (更换密钥)."""
    service.rotate_secret(unit, actor, id, vault=unit.keys.vault())
    return redirect(f"/grants/{id}", flash="已更换密钥，旧密钥已失效。请领取新密钥。")


@router.post("/grants/{id}/stop")
def stop(id: GrantId, request: Request, unit: UnitDep, actor: Stopper, form: Sent) -> Response:
    """Suspend, resume or revoke, with the reason (暂停、恢复、终止)."""
    acts = {
        "suspend": (service.suspend, "已暂停，下一次调用即被拒绝。"),
        "resume": (service.resume, "已恢复，可以继续调用。"),
        "revoke": (service.revoke, "已终止，下一次调用即被拒绝。"),
    }
    try:
        act, flash = acts[word(form, "act")]
    except KeyError:
        read_grant(unit, actor, id)  # whose it is comes first
        raise UnknownChoice from None
    try:
        act(unit, actor, id, word(form, "reason"))
    except DomainError as error:
        faults = faults_by_field(error)
        if "reason" not in faults:
            raise
        grant = read_grant(unit, actor, id)
        return _page(request, unit, actor, grant, typed={"act": word(form, "act")}, faults=faults)
    return redirect(f"/grants/{id}", flash=flash)


def _page(
    request: Request,
    unit: Unit,
    actor: Actor,
    grant: Grant,
    *,
    secret: str | None = None,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HTMLResponse:
    item = get_item(unit.conn, grant.item)
    orgs = orgs_by_id(unit)
    credential = repository.get_credential(unit.conn, grant.id)
    mine = may(actor, "supply_demand:credentials", on=grant.consumer)
    live = grant.status not in ENDED
    known = {f.name: f for f in item.fields}
    page = GrantPage(
        row=_row(grant, _usage(request, unit, [grant.id]), local_date(unit.now)),
        grant=grant,
        item=item,
        consumer=orgs[grant.consumer],
        provider=orgs[grant.provider],
        credential=credential,
        fields=[
            (known[f.name].title, known[f.name].grade, f.masked)
            if f.name in known
            else (f.name, None, f.masked)
            for f in grant.fields
        ],
        scope=in_words(grant.row_scope, item),
        examples=_examples(grant, item, credential, secret)
        if actor.org == grant.consumer
        else None,
        secret=secret,
        notices=notice_repository.unseen_about(unit.conn, actor.org, f"/grants/{grant.id}"),
        may_reveal=mine and live and credential.revealed_at is None,
        may_rotate=mine and live and credential.revealed_at is not None,
        may_stop=live and may(actor, "supply_demand:revoke", on=grant.provider),
        typed=typed or {},
        faults=faults or {},
    )
    return respond(request, page, status=422 if faults else 200)


def _examples(
    grant: Grant, item: CatalogueItem, credential: Credential, secret: str | None
) -> Examples:
    base = settings().gateway_address
    return examples(grant, item, credential.algorithm, base=base, secret=secret or PUT_IT_HERE)


def _row(grant: Grant, usage: Mapping[GrantId, Usage], today: date) -> GrantRow:
    words, kind = HEALTH[grant.health(today)]
    if grant.status in ENDED:
        words = {GrantStatus.REVOKED: "已终止"}.get(grant.status, "已到期")
    return GrantRow(grant=grant, health=(words, kind), usage=usage.get(grant.id))


def _usage(request: Request, unit: Unit, grants: Sequence[GrantId]) -> Mapping[GrantId, Usage]:
    source: UsageSource = getattr(request.app.state, "grant_usage", not_counted)
    return source(unit.conn, grants, unit.now)
