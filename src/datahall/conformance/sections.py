"""What the page of an entry shows of elements and sources (目录详情：数据元与数源)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datahall import standards
from datahall.catalogue import EntrySections, Section
from datahall.conformance.model import Deviation, Tally, deviations
from datahall.conformance.service import tally_of
from datahall.kit.clock import local_date
from datahall.kit.ids import RulingId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisations
from datahall.security import Actor, may


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One bound field: its element, how it deviates, and who is the element's source."""

    field: str
    element: standards.DataElement | None
    element_code: str
    deviations: Sequence[Deviation]
    source: Organisation | None
    basis: str
    is_own: bool  # the entry's provider is the source
    claims: bool
    ruling: RulingId | None  # open, and readable by the viewer
    is_contested: bool
    ruled: str  # the outcome of the last ruling, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryBlock:
    rows: Sequence[SourceRow]
    tally: Tally
    may_bind: bool


def entry_sections(unit: Unit, question: EntrySections) -> Iterator[Section]:
    """The elements of an entry with their one source each (`catalogue.EntrySections`)."""
    item, actor = question.item, question.actor
    bound = [field for field in item.fields if field.element]
    may_bind = may(actor, "conformance:bind", on=item.provider)
    if not bound and not may_bind:
        return
    elements = standards.elements(unit.conn, local_date(unit.now))
    codes = [field.element or "" for field in bound]
    sources = standards.sources_now(unit.conn, codes)
    pending = standards.open_elements(unit.conn)
    orgs: Mapping[object, Organisation] = {org.id: org for org in organisations(unit.conn)}
    rows = []
    for field in bound:
        code = field.element or ""
        source, case = sources.get(code), pending.get(code)
        rows.append(
            SourceRow(
                field=field.title,
                element=elements.get(code),
                element_code=code,
                deviations=deviations(field, elements.get(code)),
                source=orgs.get(source.org) if source else None,
                basis=source.basis.label if source else "",
                is_own=source is not None and source.org == item.provider,
                claims=field.is_source,
                ruling=case if case and _reads(unit, actor, code) else None,
                is_contested=case is not None,
                ruled=source.reason if source and source.ruling else "",
            )
        )
    yield Section(
        key="elements",
        title=f"数据元与数源 {len(bound)}",
        template="conformance/entry.html",
        content=EntryBlock(rows=rows, tally=tally_of(item.fields, elements), may_bind=may_bind),
        flush=True,
    )


def _reads(unit: Unit, actor: Actor, element: str) -> bool:
    """Whether the viewer may open the case about an element: a party, or the authority."""
    if may(actor, "standards:oversee"):
        return True
    cases = standards.rulings_on(unit.conn, element)
    return any(case.is_open and case.party(actor.org) for case in cases)
