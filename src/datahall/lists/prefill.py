"""Rows that the hall can propose for a list from what it knows already (从已有数据起草)."""

from collections.abc import Iterator, Mapping

from datahall import catalogue, ingestion, security
from datahall.catalogue import CatalogueItem, DataFormat, InventoryTable, ItemStatus
from datahall.ingestion import Kind, Source, Zone
from datahall.kit.ids import OrgId, SourceId
from datahall.kit.uow import Unit
from datahall.lists.vocabulary import ListKind
from datahall.organisations import Organisation, organisation

NETWORKS: Mapping[Zone, str] = {
    Zone.GOVERNMENT: "外网",
    Zone.INTERNET: "互联网",
    Zone.DEPARTMENT: "专网",
}
LONGEST = 2000  # characters of the list of items


def rows(unit: Unit, actor: security.Actor, kind: ListKind) -> Iterator[dict[str, str]]:
    """What the actor's department could put on a list; for three kinds the hall knows nothing."""
    org = organisation(unit.conn, actor.org)
    match kind:
        case ListKind.SYSTEMS:
            yield from _systems(unit, actor, org)
        case ListKind.RESOURCES:
            yield from _resources(unit, actor, org)
        case _:
            return


def can_prefill(kind: ListKind) -> bool:
    return kind in {ListKind.SYSTEMS, ListKind.RESOURCES}


def _systems(unit: Unit, actor: security.Actor, org: Organisation) -> Iterator[dict[str, str]]:
    """One system for every registered source (数据源 → 系统清单)."""
    for source in ingestion.sources(unit, actor):
        if source.org != org.id:
            continue
        tables = [t for t in catalogue.inventory(unit.conn, source.id) if t.gone_at is None]
        yield {
            "name": source.name,
            "builder": org.name,
            "network": NETWORKS[source.zone],
            "database": _database(source),
            "tables": str(len(tables)) if tables else "",
            "volume": _volume(tables),
            "connected": "是",
        }


def _resources(unit: Unit, actor: security.Actor, org: Organisation) -> Iterator[dict[str, str]]:
    """One set of data for every scanned table, and for every entry that has no table."""
    names = {
        source.id: source.name for source in ingestion.sources(unit, actor) if source.org == org.id
    }
    tables = catalogue.tables_of(unit.conn, org.id)
    entries = catalogue.mounted(unit.conn, [table.id for table in tables])
    for table in tables:
        entry = entries.get(table.id)
        item = catalogue.get(unit.conn, entry.id) if entry else None
        yield _resource(org, names, table, item)
    told = {entry.id for entry in entries.values()}
    for draft in _published(unit, org.id):
        if draft.id not in told:
            yield _resource(org, names, None, catalogue.get(unit.conn, draft.id))


def _published(unit: Unit, org: OrgId) -> list[catalogue.Draft]:
    return catalogue.drafts(unit.conn, provider=org, stages=[ItemStatus.PUBLISHED])


def _resource(
    org: Organisation,
    names: Mapping[SourceId, str],
    table: InventoryTable | None,
    item: CatalogueItem | None,
) -> dict[str, str]:
    found = {
        "provider_name": org.name,
        "provider_code": org.uscc,
        "due_catalogue": "是",
        "due_share": "是",
    }
    if table is not None:
        found |= {
            "title": _business_name(table.title),
            "items": _joined([column.comment or column.name for column in table.columns]),
            "format_class": DataFormat.DATABASE.label,
            "format_type": table.kind,
            "system": names.get(table.source, ""),
            "due_collect": "是",
        }
    if item is not None:
        found |= {
            "category_code": item.category_code,
            "title": item.title,
            "code": item.code or "",
            "abstract": item.abstract,
            "format_class": item.format.label,
            "format_type": item.format_type,
            "items": _joined([field.title for field in item.fields]),
            "sharing": item.sharing.label,
            "share_condition": item.share_condition or item.withheld_basis,
            "share_methods": "、".join(method.label for method in item.share_methods),
            "opening": item.opening.label,
            "open_condition": item.open_condition,
            "update_cycle": item.update_cycle.label,
            "related_codes": "、".join(item.related_codes),
            "system": item.system or found.get("system", ""),
        }
        if item.published_at is not None:
            found["published_on"] = item.published_at.date().isoformat()
    return found


def _joined(titles: list[str]) -> str:
    """The titles, as many as a cell holds."""
    kept: list[str] = []
    length = 0
    for title in titles:
        length += len(title) + 1
        if length > LONGEST:
            break
        kept.append(title)
    return "、".join(kept)


def _business_name(title: str) -> str:
    """Without the words that names of data do not end in (表、库、信息表)."""
    for ending in ("信息表", "数据表", "表", "库"):
        if title.endswith(ending) and len(title) > len(ending) + 1:
            return title.removesuffix(ending) + ("信息" if ending == "信息表" else "")
    return title


def _database(source: Source) -> str:
    return {Kind.XLSX: "Excel 文件", Kind.CSV: "CSV 文件"}.get(source.kind, source.kind.label)


def _volume(tables: list[InventoryTable]) -> str:
    rows = [table.row_estimate for table in tables if table.row_estimate is not None]
    return f"约 {sum(rows)} 行" if rows else ""
