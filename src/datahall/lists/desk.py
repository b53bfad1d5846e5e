"""What waits for somebody in the lists (待办), and how a period stands (报送情况)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from datahall import security
from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.lists import repository
from datahall.lists.model import ListVersion, Round
from datahall.lists.service.reading import current_round
from datahall.lists.vocabulary import ListKind, ListStatus
from datahall.organisations import Organisation, OrgKind, organisations
from datahall.security import Actor

REPORTING = (OrgKind.CITY, OrgKind.COUNTY)
"""Organisations that lists are asked of."""

HANDED_IN = (ListStatus.REVIEW, ListStatus.PUBLISHED, ListStatus.SUPERSEDED)
"""The department has done its part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one department stands with one list of a period (报送情况)."""

    org: Organisation
    kind: ListKind
    version: ListVersion | None  # None: not begun
    late: bool  # handed in after the day, or not yet though the day is over

    @property
    def handed_in(self) -> bool:
        return self.version is not None and self.version.status in HANDED_IN


def todos(unit: Unit, actor: Actor) -> Sequence[Todo]:
    """Lists that the actor has to fill, correct, sign or review (清单待办)."""
    return [*_to_fill(unit, actor), *_to_sign(unit, actor), *_to_review(unit, actor)]


def standings(conn: Connection, opened: Round, today: date) -> list[Standing]:
    """Every department with every list that the period asks for."""
    newest = {(v.org, v.kind): v for v in repository.of_period(conn, opened.period)}
    return [
        _standing(org, kind, newest.get((org.id, kind)), opened, today)
        for org in organisations(conn)
        if org.kind in REPORTING
        for kind in opened.kinds
    ]


def _standing(
    org: Organisation, kind: ListKind, version: ListVersion | None, opened: Round, today: date
) -> Standing:
    done = version is not None and version.status in HANDED_IN
    on = local_date(version.signed_at) if done and version and version.signed_at else today
    return Standing(org=org, kind=kind, version=version, late=on > opened.due_on)


def _to_fill(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "lists:fill", on=actor.org):
        return
    returned = repository.waiting(unit.conn, ListStatus.RETURNED, org=actor.org)
    due = {opened.period: opened.due_on for opened in repository.all_rounds(unit.conn)}
    for version in returned:
        yield Todo(
            kind="清单退回",
            title=version.title,
            url=f"/lists/{version.id}/edit",
            action="去修改",
            since=version.handed_in_at,
            due_on=due.get(version.period),
            note=version.remarks,
        )
    opened = current_round(unit.conn, local_date(unit.now))
    if opened is None:
        return
    every = reversed(repository.of_org(unit.conn, actor.org))
    newest = {made.kind: made for made in every if made.period == opened.period}
    for kind in opened.kinds:
        begun = newest.get(kind)
        if begun is None:
            yield Todo(
                kind="清单填报",
                title=f"{kind.label}（{opened.title}）",
                url="/lists",
                action="去填报",
                since=opened.opened_at,
                due_on=opened.due_on,
                note=opened.note or "还没有开始",
            )
        elif begun.status is ListStatus.FILLING:
            yield Todo(
                kind="清单填报",
                title=begun.title,
                url=f"/lists/{begun.id}/edit",
                action="继续填",
                since=opened.opened_at,
                due_on=opened.due_on,
                note=f"已填 {begun.rows} 行",
            )


def _to_sign(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "lists:sign", on=actor.org):
        return
    for version in repository.waiting(unit.conn, ListStatus.SIGN_OFF, org=actor.org):
        yield Todo(
            kind="清单签发",
            title=version.title,
            url=f"/lists/{version.id}",
            action="去签发",
            since=version.handed_in_at,
            note=f"{version.rows} 行",
        )


def _to_review(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "lists:review"):
        return
    waiting = repository.waiting(unit.conn, ListStatus.REVIEW)
    orgs = {org.id: org for org in organisations(unit.conn)} if waiting else {}
    for version in waiting:
        org = orgs[version.org]
        yield Todo(
            kind="清单审核",
            title=version.title,
            url=f"/lists/{version.id}",
            action="去审核",
            org=org.short_name,
            org_seal=org.seal,
            since=version.signed_at,
            note=f"{version.rows} 行，{version.signed_by}签发",
        )
