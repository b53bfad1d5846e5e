"""SQL of imports, and what an import asks of many entries at once."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from datahall.catalogue import codes, repository
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.sheets.errors import ImportNotFound
from datahall.catalogue.sheets.model import Import
from datahall.catalogue.tables import imports, items
from datahall.catalogue.vocabulary import OPEN_STAGES, ItemStatus
from datahall.kit.ids import ImportId, ItemId, OrgId

NAMES = tuple(f.name for f in fields(Import))
ALIVE = items.c.status.in_([*map(str, OPEN_STAGES), str(ItemStatus.PUBLISHED)])


def add(conn: sa.Connection, sent: Import, content: bytes) -> None:
    conn.execute(sa.insert(imports).values(**_values(sent), content=content))


def save(conn: sa.Connection, sent: Import) -> None:
    conn.execute(sa.update(imports).where(imports.c.id == sent.id).values(**_values(sent)))


def close(conn: sa.Connection, sent: Import, remarked: bytes | None) -> None:
    """Store how it ended, with the remarked workbook instead of the sent one."""
    values = {**_values(sent), "content": None, "remarked": remarked}
    conn.execute(sa.update(imports).where(imports.c.id == sent.id).values(**values))


def get(conn: sa.Connection, id: ImportId, *, lock: bool = False) -> Import:
    """One import.

    Raises:
        ImportNotFound
    """
    query = sa.select(*(imports.c[name] for name in NAMES)).where(imports.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise ImportNotFound(id=id)
    return _import(row)


def content(conn: sa.Connection, id: ImportId) -> bytes | None:
    """The sent workbook, while the import has not ended."""
    found: bytes | None = conn.scalar(sa.select(imports.c.content).where(imports.c.id == id))
    return found


def remarked(conn: sa.Connection, id: ImportId) -> bytes | None:
    """The workbook with its remarks; None when there are none."""
    found: bytes | None = conn.scalar(sa.select(imports.c.remarked).where(imports.c.id == id))
    return found


def of_org(conn: sa.Connection, org: OrgId, *, most: int) -> list[Import]:
    """The newest imports of a department."""
    query = sa.select(*(imports.c[name] for name in NAMES)).where(imports.c.org == org)
    return [_import(row) for row in conn.execute(query.order_by(imports.c.id.desc()).limit(most))]


def forget_before(conn: sa.Connection, org: OrgId, before: datetime) -> None:
    conn.execute(sa.delete(imports).where(imports.c.org == org, imports.c.ended_at < before))


def owners(conn: sa.Connection, asked: Collection[str]) -> dict[str, tuple[ItemId, OrgId | None]]:
    """The entry of each of these codes that was ever given, and whose it is.

    Nobody's is the code of a draft that was thrown away: who brings it back gets its id.
    """
    found = codes.holders(conn, sorted(asked))
    query = sa.select(items.c.id, items.c.provider).where(items.c.id.in_(found.values()))
    providers = {row.id: OrgId(row.provider) for row in conn.execute(query)}
    return {code: (id, providers.get(id)) for code, id in found.items()}


def titles(conn: sa.Connection, provider: OrgId) -> dict[str, ItemId]:
    """Title → entry of a provider, in force or on its way."""
    query = sa.select(items.c.title, items.c.id).where(items.c.provider == provider, ALIVE)
    return {row.title: ItemId(row.id) for row in conn.execute(query)}


def newest(conn: sa.Connection, ids: Collection[ItemId]) -> dict[ItemId, CatalogueItem]:
    """The newest version of each entry, locked until the unit commits."""
    query = sa.select(items).where(items.c.id.in_(ids)).order_by(items.c.id, items.c.version)
    found = (repository.item_of(row) for row in conn.execute(query.with_for_update()))
    return {item.id: item for item in found}  # the last of each id is its newest


def exported(
    conn: sa.Connection, *, provider: OrgId | None, ids: Sequence[ItemId] | None, most: int
) -> list[CatalogueItem]:
    """Entries for a workbook: a department's newest alive versions, or those in force of `ids`."""
    query = sa.select(items).where(ALIVE)
    if provider is not None:
        query = query.where(items.c.provider == provider)
    if ids is not None:
        query = query.where(items.c.id.in_(ids), items.c.status == ItemStatus.PUBLISHED)
    newest = query.ext(distinct_on(items.c.id)).order_by(items.c.id, items.c.version.desc())
    return [repository.item_of(row) for row in conn.execute(newest.limit(most))]


def _values(sent: Import) -> dict[str, Any]:
    plain = msgspec.to_builtins(sent.remarks)
    return {
        **{name: getattr(sent, name) for name in NAMES if name != "remarks"},
        "remarks": plain,
    }


def _import(row: sa.Row[Any]) -> Import:
    return msgspec.convert({name: getattr(row, name) for name in NAMES}, Import, strict=False)
