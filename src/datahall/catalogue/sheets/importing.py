"""Taking in a workbook: good entries become drafts, every error is told by its cell (目录导入).

The entries go in by batches.  A batch, the count of what is done and the remarks commit together,
so that an import that was interrupted goes on where it stood.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from itertools import islice
from typing import Final

import structlog

from datahall import security
from datahall.catalogue import checks, codes, repository
from datahall.catalogue.categories import categories
from datahall.catalogue.changes import changed_places
from datahall.catalogue.events import ItemDrafted, ItemRevised
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.questions import FieldFaults
from datahall.catalogue.scans import inventory_table
from datahall.catalogue.sheets import repository as store
from datahall.catalogue.sheets.errors import FileMissing, ImportNotFound, WorkbookRefused
from datahall.catalogue.sheets.events import WorkbookSent
from datahall.catalogue.sheets.meanings import Known, Reading, failed_formulas
from datahall.catalogue.sheets.model import Import, ImportState
from datahall.catalogue.sheets.reading import MOST_REMARKS, Contents, Found, Remark, Weight
from datahall.catalogue.sheets.workbook import LARGEST_FILE, open_workbook
from datahall.catalogue.sheets.writing import remarked_workbook
from datahall.catalogue.vocabulary import EDITABLE, ItemStatus
from datahall.kit import jobs
from datahall.kit.errors import Fault
from datahall.kit.ids import ImportId, ItemId, OrgId, new_id
from datahall.kit.uow import Unit
from datahall.organisations import organisation
from datahall.standards import code_list_names, element_codes

log = structlog.get_logger(__name__)

OpenUnit = Callable[[], AbstractContextManager[Unit]]
Progress = Callable[[Import], None]

JOB: Final = "catalogue:import"
BATCH: Final = 200
KEPT: Final = timedelta(days=30)  # an ended import and its remarks
SHOWN: Final = 20
Owners = Mapping[str, tuple[ItemId, OrgId | None]]


def send(unit: Unit, actor: security.Actor, *, name: str, content: bytes) -> Import:
    """Receive a workbook and queue its import (上传目录).

    Raises:
        NotPermitted, WorkbookRefused
    """
    sent = receive(unit, actor, name=name, content=content)
    jobs.enqueue(unit, JOB, {"import": str(sent.id)}, key=f"{JOB}:{sent.id}")
    return sent


def receive(unit: Unit, actor: security.Actor, *, name: str, content: bytes) -> Import:
    """Store a workbook whose outside is right; `run` takes its entries.

    Raises:
        NotPermitted, WorkbookRefused
    """
    security.require(actor, "catalogue:draft", on=actor.org)
    plain = re.split(r"[/\\]", name)[-1].strip()[:200]
    if not plain or not content:
        raise FileMissing
    with open_workbook(BytesIO(content[: LARGEST_FILE + 1])):
        pass
    sent = Import(
        id=ImportId(new_id()),
        org=actor.org,
        person=actor.person,
        person_name=actor.name,
        file_name=plain,
        refusal_detail={},
        sent_at=unit.now,
    )
    store.forget_before(unit.conn, actor.org, unit.now - KEPT)
    store.add(unit.conn, sent, content)
    unit.record(WorkbookSent(at=unit.now, by=actor.by, workbook=sent.id, file_name=plain))
    return sent


def read_import(unit: Unit, actor: security.Actor, id: ImportId) -> Import:
    """How an import of the actor's department stands.

    Raises:
        NotPermitted, ImportNotFound
    """
    security.require(actor, "catalogue:draft", on=actor.org)
    sent = store.get(unit.conn, id)
    if sent.org != actor.org:
        raise ImportNotFound(id=id)
    return sent


def recent_imports(unit: Unit, actor: security.Actor) -> list[Import]:
    """The department's imports, the newest first.

    Raises:
        NotPermitted
    """
    security.require(actor, "catalogue:draft", on=actor.org)
    return store.of_org(unit.conn, actor.org, most=SHOWN)


def remarked_file(unit: Unit, actor: security.Actor, id: ImportId) -> bytes:
    """The workbook with its remarks (批注工作簿).

    Raises:
        NotPermitted, ImportNotFound: also when there is nothing to remark.
    """
    read_import(unit, actor, id)
    content = store.remarked(unit.conn, id)
    if content is None:
        raise ImportNotFound(id=id)
    return content


def run(open_unit: OpenUnit, id: ImportId, *, progress: Progress = lambda _: None) -> Import:
    """Take the entries of a stored workbook, batch by batch; safe to repeat."""
    with open_unit() as unit:
        sent, content = store.get(unit.conn, id), store.content(unit.conn, id)
    if sent.is_over or content is None:
        return sent
    try:
        return _run(open_unit, sent, content, progress)
    except WorkbookRefused as refused:
        with open_unit() as unit:
            ended = replace(
                store.get(unit.conn, id, lock=True),
                state=ImportState.REFUSED,
                refusal=refused.code,
                refusal_detail=refused.detail,
                ended_at=unit.now,
            )
            store.close(unit.conn, ended, None)
        return ended


def _run(open_unit: OpenUnit, sent: Import, content: bytes, progress: Progress) -> Import:
    with open_workbook(BytesIO(content)) as book:
        contents = Contents(book)
        total = sum(1 for _ in contents.entries())
        about_sheets = tuple(contents.remarks)
        with open_unit() as unit:
            at = store.get(unit.conn, sent.id, lock=True)
            if at.state is ImportState.WAITING:
                at = replace(at, total=total, state=ImportState.RUNNING, remarks=about_sheets)
                store.save(unit.conn, at)
        progress(at)
        entries = Contents(book).entries()
        seen: dict[str, Found] = {}
        for found in islice(entries, at.done):  # of an import that was interrupted
            seen |= {text: found for path in ("title", "code") if (text := found.texts.entry[path])}
        while batch := list(islice(entries, BATCH)):
            with open_unit() as unit:
                at = store.get(unit.conn, sent.id, lock=True)
                at = _Batch(unit, at, seen).take(batch)
                store.save(unit.conn, at)
            progress(at)
    remarked = remarked_workbook(BytesIO(content), at.remarks) if at.remarks else None
    with open_unit() as unit:
        at = replace(at, state=ImportState.DONE, ended_at=unit.now)
        store.close(unit.conn, at, remarked)
    progress(at)
    return at


@dataclass(slots=True)
class _Batch:
    """Some entries of one import inside one unit."""

    unit: Unit
    sent: Import
    seen: dict[str, Found]  # title or code → the entry of this workbook that has it
    known: Known = field(init=False)
    titles: dict[str, ItemId] = field(init=False)
    elements: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        conn = self.unit.conn
        repository.titles(conn, self.sent.org)  # holds the provider's lock from here on
        self.elements = frozenset(element_codes(conn))
        self.known = Known(
            provider=organisation(conn, self.sent.org),
            categories=categories(conn),
            code_lists=frozenset(code_list_names(conn)),
        )
        self.titles = store.titles(conn, self.sent.org)

    def take(self, batch: list[Found]) -> Import:
        """Draft and revise what is right; the import with its counts and remarks."""
        readings = [(found, Reading(found.texts, self.known)) for found in batch]
        asked = {reading.code() for _, reading in readings}
        asked |= {reading.alias() for _, reading in readings}
        owners = store.owners(self.unit.conn, asked - {""})
        mine = [self._target(reading, owners) for _, reading in readings]
        existing = store.newest(self.unit.conn, {id for id in mine if id is not None})
        counts = {"drafted": 0, "revised": 0, "unchanged": 0, "refused": 0}
        remarks = list(self.sent.remarks)
        for (found, reading), id in zip(readings, mine, strict=True):
            outcome, told = self._one(found, reading, existing.get(id) if id else None, owners)
            counts[outcome] += 1
            remarks += told
        return replace(
            self.sent,
            done=self.sent.done + len(batch),
            remarks=tuple(remarks[:MOST_REMARKS]),
            **{name: getattr(self.sent, name) + n for name, n in counts.items()},
        )

    def _target(self, reading: Reading, owners: Owners) -> ItemId | None:
        """The department's entry that this one is about: by its code, else by its title."""
        if reading.code() in owners:
            id, org = owners[reading.code()]
            return id if org == self.sent.org else None
        return self.titles.get(reading.title())

    def _one(
        self,
        found: Found,
        reading: Reading,
        existing: CatalogueItem | None,
        owners: Owners,
    ) -> tuple[str, Iterator[Remark]]:
        code = reading.code()
        if existing is not None and code and existing.code not in {None, code}:
            existing = None  # another entry has the title, as the mistakes will say
        base = existing or CatalogueItem(
            id=self._abandoned(code, owners) or ItemId(new_id()),
            provider=self.sent.org,
            title="",
            drafted_at=self.unit.now,
        )
        if base.status is ItemStatus.PUBLISHED:
            base = base.next_version(at=self.unit.now)
        faults = [*failed_formulas(found.texts), *self._twice(reading)]
        if existing is not None and base.status not in EDITABLE:
            faults.append(
                Fault("title", "catalogue.sheet_wrong_stage", {"stage": base.status.label})
            )
        changed = replace(base, **reading.changes(base))
        if code and changed.code is None:
            changed, code_faults = self._with_code(changed, code, owners)
            faults += code_faults
        if owners.get(changed.alias_code, (changed.id, None))[0] != changed.id:
            detail: dict[str, object] = {"code": changed.alias_code}
            faults.append(Fault("alias_code", "catalogue.sheet_code_taken", detail))
        for further in (reading.faults, [*self._mistakes(changed)]):
            told = {found.cell(fault.field) for fault in faults}
            faults += [fault for fault in further if found.cell(fault.field) not in told]
        remarks = [*found.remarks, *_remarks(found, faults, Weight.ERROR)]
        if remarks:
            return "refused", iter(remarks)
        self.seen |= {changed.title: found} | ({changed.code: found} if changed.code else {})
        repaired = _remarks(found, reading.repairs, Weight.REPAIR)
        return self._keep(existing, base, changed), repaired

    def _abandoned(self, code: str, owners: Owners) -> ItemId | None:
        """The id of a draft that had the code and was thrown away."""
        id, org = owners.get(code, (None, self.sent.org))
        return id if org is None else None

    def _keep(
        self, existing: CatalogueItem | None, base: CatalogueItem, changed: CatalogueItem
    ) -> str:
        unit, by = self.unit, str(self.sent.person)
        places = changed_places(base, changed)
        adopted = changed.code if changed.code != base.code else None
        if existing is not None and not places and not adopted:
            return "unchanged"
        if self.titles.get(base.title) == changed.id:
            del self.titles[base.title]
        self.titles[changed.title] = changed.id
        if adopted:
            codes.claim(unit.conn, adopted, changed.id)
        if existing is None or base.version != existing.version:
            repository.add(unit.conn, changed)
            unit.record(ItemDrafted(at=unit.now, by=by, item=changed.id, version=changed.version))
            return "drafted" if existing is None else "revised"
        repository.save(unit.conn, replace(changed, edit=base.edit + 1))
        unit.record(
            ItemRevised(at=unit.now, by=by, item=changed.id, version=changed.version, places=places)
        )
        return "revised"

    def _with_code(
        self,
        item: CatalogueItem,
        code: str,
        owners: Owners,
    ) -> tuple[CatalogueItem, list[Fault]]:
        """The entry with the code that it had elsewhere, if nobody has it here."""
        if code in owners and owners[code][0] != item.id:
            return item, [Fault("code", "catalogue.sheet_code_taken", {"code": code})]
        if not codes.CODE.fullmatch(code) or not code.startswith(f"{item.category_code}/"):
            detail: dict[str, object] = {"code": code[:40], "category": item.category_code or "—"}
            return item, [Fault("code", "catalogue.sheet_code_malformed", detail)]
        return replace(item, code=code), []

    def _twice(self, reading: Reading) -> Iterator[Fault]:
        """One workbook names a title or a code once."""
        for path, text in (("title", reading.title()), ("code", reading.code())):
            other = self.seen.get(text) if text else None
            if other is not None:
                detail: dict[str, object] = {
                    "value": text,
                    "where": f"{other.sheet} 第 {other.row} 行",
                }
                yield Fault(path, "catalogue.sheet_twice", detail)

    def _mistakes(self, item: CatalogueItem) -> Iterator[Fault]:
        """What may not be saved, by the entry itself and by higher packages."""
        taken = {item.title} if self.titles.get(item.title, item.id) != item.id else set()
        yield from self.unit.ask(FieldFaults(item=item))
        yield from checks.mistakes(
            item,
            table=None if item.table is None else inventory_table(self.unit.conn, item.table),
            code_lists=self.known.code_lists,
            elements=self.elements,
            titles_taken=taken,
            categories=self.known.categories.keys(),
        )


def _remarks(found: Found, faults: list[Fault], weight: Weight) -> Iterator[Remark]:
    told = set()
    for fault in faults:
        cell = found.cell(fault.field)
        if (cell, fault.code) not in told:
            told.add((cell, fault.code))
            yield Remark(
                sheet=found.sheet, cell=cell, code=fault.code, detail=fault.detail, weight=weight
            )
