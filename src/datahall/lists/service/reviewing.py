"""After filling: periods, the department's signature, the authority's review, remarks."""

from collections.abc import Mapping, Sequence
from datetime import date

from datahall import security
from datahall.kit.clock import local_date
from datahall.kit.ids import ListId, ListRowId, new_id
from datahall.kit.uow import Unit
from datahall.lists import repository
from datahall.lists.errors import DueInThePast, NoListChosen, UnknownColumn
from datahall.lists.events import ListPublished, ListReturned, ListSigned, PeriodOpened
from datahall.lists.kinds import definition, three_lists
from datahall.lists.model import ListVersion, Remark, Round, check_period
from datahall.lists.service.reading import REVIEW_ACTS
from datahall.lists.service.reading import row as read_row
from datahall.lists.vocabulary import ListKind, ListStatus
from datahall.security import Role

SIGNERS = ((Role.HEAD, "部门负责人"), (Role.CDO, "首席数据官"))


def open_period(
    unit: Unit,
    actor: security.Actor,
    period: str,
    *,
    due_on: date,
    kinds: Sequence[ListKind] | None = None,
    note: str = "",
) -> Round:
    """Ask departments for lists until a day (开放填报期); asked again, the new day holds.

    Args:
        kinds: None asks for the three lists of the setting.

    Raises:
        NotPermitted, PeriodUnreadable, DueInThePast, NoListChosen
    """
    security.require(actor, "lists:open_period")
    chosen = tuple(dict.fromkeys(three_lists() if kinds is None else kinds))
    if not chosen:
        raise NoListChosen
    if due_on < local_date(unit.now):
        raise DueInThePast(day=due_on.isoformat())
    opened = Round(
        period=check_period(period),
        kinds=chosen,
        due_on=due_on,
        opened_at=unit.now,
        note=note.strip()[:500],
    )
    repository.add_round(unit.conn, opened)
    unit.record(
        PeriodOpened(
            at=unit.now,
            by=actor.by,
            period=opened.period,
            kinds=tuple(str(kind) for kind in chosen),
            due_on=due_on,
        )
    )
    return opened


def sign(unit: Unit, actor: security.Actor, id: ListId) -> ListVersion:
    """The head or the CDO signs the list; it goes to the authority (部门签发).

    Raises:
        ListNotFound, NotPermitted, WrongStage
    """
    version = repository.get(unit.conn, id, lock=True)
    security.require(actor, "lists:sign", on=version.org)
    post = next((words for role, words in SIGNERS if role in actor.roles), "")
    signed = version.signed(by=f"{actor.name}（{post}）", at=unit.now)
    repository.save(unit.conn, signed)
    repository.send_remarks(unit.conn, id, at=unit.now)
    unit.record(
        ListSigned(
            at=unit.now, by=actor.by, list=id, org=version.org, kind=version.kind,
            period=version.period, rows=version.rows, edit=version.edit,
        )
    )  # fmt: skip
    return signed


def return_(unit: Unit, actor: security.Actor, id: ListId, *, remarks: str = "") -> ListVersion:
    """Send a list back with the reason, or with the remarks noted on its cells (退回).

    Raises:
        ListNotFound, NotPermitted, WrongStage, RemarksRequired
    """
    version = repository.get(unit.conn, id, lock=True)
    _require_reviewer(actor, version)
    said = repository.remarks_of(unit.conn, id, round=version.round)
    pending = sum(remark.sent_at is None for remark in said)
    returned = version.returned(remarks, cells=pending)
    repository.save(unit.conn, returned)
    repository.send_remarks(unit.conn, id, at=unit.now)
    unit.record(
        ListReturned(
            at=unit.now, by=actor.by, list=id, org=version.org, kind=version.kind,
            period=version.period, remarks=returned.remarks, cells=pending,
        )
    )  # fmt: skip
    return returned


def publish(unit: Unit, actor: security.Actor, id: ListId) -> ListVersion:
    """Accept a list; the version before it in the period is superseded (审核发布).

    Raises:
        ListNotFound, NotPermitted, WrongStage
    """
    version = repository.get(unit.conn, id, lock=True)
    security.require(actor, "lists:review", on=version.org)
    published = version.published(at=unit.now)
    before = repository.published_of(unit.conn, version.org, version.kind, version.period)
    if before is not None:
        repository.save(unit.conn, before.superseded())
    repository.save(unit.conn, published)
    repository.send_remarks(unit.conn, id, at=unit.now)
    unit.record(
        ListPublished(
            at=unit.now, by=actor.by, list=id, org=version.org, kind=version.kind,
            period=version.period, rows=version.rows, number=version.number,
        )
    )  # fmt: skip
    return published


def remark(
    unit: Unit,
    actor: security.Actor,
    id: ListId,
    row: ListRowId,
    texts: Mapping[str, str],
) -> list[Remark]:
    """Note remarks on the cells of a row; they are told with the decision (批注).

    Args:
        texts: column → remark; the empty column is the whole row, an empty remark is none.

    Raises:
        ListNotFound, RowNotFound, NotPermitted, WrongStage, UnknownColumn
    """
    version = repository.get(unit.conn, id, lock=True)
    _require_reviewer(actor, version)
    read_row(unit, actor, id, row)
    about = definition(version.kind)
    for column in texts:
        if column and not about.has(column):
            raise UnknownColumn(column=column, kind=about.kind.label)
    said = [
        Remark(
            id=new_id(),
            list=id,
            row=row,
            column=column,
            text=text.strip()[:500],
            round=version.round,
            at=unit.now,
            name=actor.name,
            org_name=actor.org_name,
        )
        for column, text in texts.items()
        if text.strip()
    ]
    repository.set_remarks(unit.conn, id, row, version.round, said)
    return said


def _require_reviewer(actor: security.Actor, version: ListVersion) -> None:
    version.check_waiting()
    security.require(actor, REVIEW_ACTS[version.status], on=version.org)


def decides(actor: security.Actor, version: ListVersion) -> str:
    """Which decision of this stage is the actor's: "sign", "publish", or "" for none."""
    act = REVIEW_ACTS.get(version.status)
    if act is None or not security.may(actor, act, on=version.org):
        return ""
    return "sign" if version.status is ListStatus.SIGN_OFF else "publish"
