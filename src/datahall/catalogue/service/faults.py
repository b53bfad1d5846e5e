"""What is wrong with an entry and what it lacks, by all that is known (编目校验)."""

from collections.abc import Iterator

from datahall.catalogue import checks, codes, repository, scans
from datahall.catalogue.categories import categories
from datahall.catalogue.errors import EntryIncomplete, EntryInvalid
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.questions import FieldFaults
from datahall.kit.errors import Fault
from datahall.kit.uow import Unit
from datahall.organisations import organisations
from datahall.standards import code_list_names, element_codes


def missing(item: CatalogueItem) -> tuple[Fault, ...]:
    """What the entry still lacks before it can be submitted."""
    return tuple(checks.omissions(item))


def refuse_mistakes(unit: Unit, item: CatalogueItem) -> None:
    if faults := mistakes(unit, item):
        raise EntryInvalid(faults)


def refuse_incomplete(unit: Unit, item: CatalogueItem) -> None:
    if faults := [*mistakes(unit, item), *checks.omissions(item)]:
        raise EntryIncomplete(faults)


def mistakes(unit: Unit, item: CatalogueItem) -> list[Fault]:
    """What may not be saved: by the entry itself, by what else is known, by higher packages."""
    return [
        *checks.mistakes(
            item,
            table=None if item.table is None else scans.inventory_table(unit.conn, item.table),
            code_lists=code_list_names(unit.conn).keys(),
            titles_taken=repository.titles(unit.conn, item.provider, but=item.id),
            categories=categories(unit.conn).keys(),
            elements=element_codes(unit.conn),
        ),
        *_unknown_scope(unit, item),
        *_taken_codes(unit, item),
        *unit.ask(FieldFaults(item=item)),
    ]


def _unknown_scope(unit: Unit, item: CatalogueItem) -> Iterator[Fault]:
    """Departments of the scope that do not exist."""
    if item.share_scope.departments:
        known = {org.id for org in organisations(unit.conn)}
        for id in item.share_scope.departments:
            if id not in known:
                yield Fault("share_scope", "catalogue.value_unknown", {"value": str(id)})


def _taken_codes(unit: Unit, item: CatalogueItem) -> Iterator[Fault]:
    """An alias that another entry has or had."""
    holder = codes.holders(unit.conn, [item.alias_code]).get(item.alias_code, item.id)
    if holder != item.id:
        title = repository.get(unit.conn, holder).title
        yield Fault("alias_code", "catalogue.code_taken", {"code": item.alias_code, "title": title})
