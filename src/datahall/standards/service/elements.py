"""Keeping the registry of data elements: drafting, publishing, revising, retiring (数据元)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from datahall import security
from datahall.kit.clock import local_date
from datahall.kit.errors import Fault
from datahall.kit.uow import Unit
from datahall.standards.errors import (
    ElementInvalid,
    ElementNotFound,
    ElementTaken,
    ReasonRequired,
    WrongElementStage,
)
from datahall.standards.events import (
    ElementDiscarded,
    ElementDrafted,
    ElementPublished,
    ElementRetired,
    ElementsImported,
)
from datahall.standards.model.elements import (
    CONTENT,
    DataElement,
    ElementStatus,
    element_changes,
)
from datahall.standards.repository import code_lists
from datahall.standards.repository import elements as repository
from datahall.standards.sheets import ElementRow


def draft_element(unit: Unit, actor: security.Actor, element: DataElement) -> DataElement:
    """Start a new data element (新增数据元).

    Raises:
        NotPermitted, ElementInvalid, ElementTaken
    """
    security.require(actor, "standards:define")
    made = replace(
        element,
        version=1,
        status=ElementStatus.DRAFT,
        effective_on=None,
        edited_at=unit.now,
        published_at=None,
    )
    if repository.taken(unit.conn, [made.code]):
        raise ElementTaken(code=made.code, name="")
    _refuse_mistakes(unit, made)
    repository.add(unit.conn, [made])
    _record(unit, actor, ElementDrafted, made)
    return made


def revise_element(unit: Unit, actor: security.Actor, code: str, **changes: Any) -> DataElement:
    """Change a data element: its draft, or a new draft of what is published (修订数据元).

    Raises:
        NotPermitted, ElementNotFound, ElementInvalid, ElementTaken
    """
    security.require(actor, "standards:define")
    if unknown := changes.keys() - CONTENT:
        raise TypeError(f"not content of an element: {sorted(unknown)}")
    newest = repository.versions(unit.conn, code, lock=True)[0]
    starts = newest.status is not ElementStatus.DRAFT
    draft = newest.next_version(version=newest.version + 1, at=unit.now) if starts else newest
    revised = draft.revised(changes, at=unit.now)
    if not starts and replace(revised, edited_at=draft.edited_at) == draft:
        return draft
    _refuse_mistakes(unit, revised)
    if starts:
        repository.add(unit.conn, [revised])
    else:
        repository.save(unit.conn, revised)
    _record(unit, actor, ElementDrafted, revised)
    return revised


def publish_element(
    unit: Unit, actor: security.Actor, code: str, *, effective_on: date | None = None
) -> DataElement:
    """Publish the draft of a data element, to apply from a day on (发布数据元).

    Raises:
        NotPermitted, ElementNotFound, WrongElementStage, EffectiveTooEarly, ElementInvalid
    """
    security.require(actor, "standards:define")
    versions = repository.versions(unit.conn, code, lock=True)
    today = local_date(unit.now)
    before = next((v for v in versions if v.status is not ElementStatus.DRAFT), None)
    least = max(today, (before and before.effective_on) or today)
    published = versions[0].published(
        on=effective_on or least, at=unit.now, today=today, before=before
    )
    _refuse_mistakes(unit, published)
    repository.save(unit.conn, published)
    _record(unit, actor, ElementPublished, published, effective_on=published.effective_on)
    return published


def retire_element(
    unit: Unit, actor: security.Actor, code: str, *, reason: str, effective_on: date | None = None
) -> DataElement:
    """Let a data element end from a day on; its history stays (废止数据元).

    Raises:
        NotPermitted, ElementNotFound, WrongElementStage, EffectiveTooEarly, ReasonRequired
    """
    security.require(actor, "standards:define")
    if not reason.strip():
        raise ReasonRequired
    newest = repository.versions(unit.conn, code, lock=True)[0]
    today = local_date(unit.now)
    on = effective_on or max(today, newest.effective_on or today)
    retired = newest.retired(
        version=newest.version + 1, on=on, at=unit.now, today=today, note=reason.strip()
    )
    repository.add(unit.conn, [retired])
    _record(unit, actor, ElementRetired, retired, effective_on=on, reason=retired.note)
    return retired


def discard_element(unit: Unit, actor: security.Actor, code: str) -> None:
    """Throw the draft of a data element away (作废草稿); published versions stay.

    Raises:
        NotPermitted, ElementNotFound, WrongElementStage
    """
    security.require(actor, "standards:define")
    draft = repository.versions(unit.conn, code, lock=True)[0]
    if draft.status is not ElementStatus.DRAFT:
        raise WrongElementStage(stage=draft.status.label, wanted=ElementStatus.DRAFT.label)
    repository.delete(unit.conn, draft)
    _record(unit, actor, ElementDiscarded, draft)


def read_versions(unit: Unit, actor: security.Actor, code: str) -> list[DataElement]:
    """The versions of an element that the actor may see, newest first; drafts are the bureau's.

    Raises:
        NotPermitted, ElementNotFound
    """
    security.require(actor, "standards:view")
    drafts_too = security.may(actor, "standards:define")
    found = [
        version
        for version in repository.versions(unit.conn, code)
        if drafts_too or version.status is not ElementStatus.DRAFT
    ]
    if not found:
        raise ElementNotFound(code=code)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a sheet: codes drafted, codes that were the same already, faults by cell."""

    drafted: tuple[str, ...]
    same: tuple[str, ...]
    faults: tuple[Fault, ...]


def import_elements(
    unit: Unit, actor: security.Actor, rows: Sequence[ElementRow], faults: Sequence[Fault] = ()
) -> Imported:
    """Make drafts of the rows of a sheet; a row with a mistake is left out and told (导入数据元).

    Args:
        faults: what the reading of the sheet has found already.

    Raises:
        NotPermitted
    """
    security.require(actor, "standards:define")
    wrong = list(faults)
    drafted: list[str] = []
    same: list[str] = []
    lists = code_lists.code_list_names(unit.conn)
    for row in rows:
        found = list(row.element.faults(lists)) or list(_clashes(unit, row.element))
        if found:
            wrong += [replace(fault, field=row.at(fault.field)) for fault in found]
            continue
        (drafted if _import_one(unit, row.element) else same).append(row.element.code)
    if drafted:
        unit.record(ElementsImported(at=unit.now, by=actor.by, elements=tuple(drafted)))
    return Imported(drafted=tuple(drafted), same=tuple(same), faults=tuple(wrong))


def _import_one(unit: Unit, element: DataElement) -> bool:
    """Whether the row made or changed a draft; False when it says what stands already."""
    draft = replace(element, status=ElementStatus.DRAFT, effective_on=None, edited_at=unit.now)
    if not repository.taken(unit.conn, [element.code]):
        repository.add(unit.conn, [draft])
        return True
    newest = repository.versions(unit.conn, element.code, lock=True)[0]
    if not element_changes(newest, draft):
        return False
    if newest.status is ElementStatus.DRAFT:
        repository.save(unit.conn, replace(draft, version=newest.version))
    else:
        repository.add(unit.conn, [replace(draft, version=newest.version + 1)])
    return True


def _clashes(unit: Unit, element: DataElement) -> list[Fault]:
    other = repository.code_of_name(unit.conn, element.name, but=element.code)
    if other is None:
        return []
    return [Fault("name", "standards.element_name_taken", {"name": element.name, "code": other})]


def _refuse_mistakes(unit: Unit, element: DataElement) -> None:
    lists = code_lists.code_list_names(unit.conn)
    if faults := [*element.faults(lists), *_clashes(unit, element)]:
        raise ElementInvalid(faults)


def _record(
    unit: Unit, actor: security.Actor, event: Any, element: DataElement, **about: object
) -> None:
    unit.record(
        event(at=unit.now, by=actor.by, element=element.code, version=element.version, **about)
    )
