"""What an entry is related to, from both ends (关联目录)."""

import sqlalchemy as sa

from datahall.catalogue import codes, repository
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.terms import Related
from datahall.kit.ids import ItemId


def related(conn: sa.Connection, item: CatalogueItem) -> tuple[Related, ...]:
    """The entries that `item` names, then those that name it.

    A code that no entry in force has is shown all the same: it may be another platform's.
    """
    holders = codes.holders(conn, [link.code for link in item.links])
    named = {held: repository.in_force_or_none(conn, held) for held in set(holders.values())}
    found = []
    for link in item.links:
        other = named.get(holders[link.code]) if link.code in holders else None
        found.append(
            Related(
                words=link.kind.label,
                id=other.id if other else None,
                code=link.code,
                title=other.title if other else "",
                provider=other.provider if other else None,
            )
        )
    seen: set[ItemId | None] = {other.id for other in found}
    for other in repository.linking_to(conn, codes.of_item(conn, item.id)):
        if other.id == item.id or other.id in seen:
            continue
        own = codes.of_item(conn, item.id)
        words = next(link.kind.inverse for link in other.links if link.code in own)
        found.append(
            Related(
                words=words,
                id=other.id,
                code=other.code or "",
                title=other.title,
                provider=other.provider,
            )
        )
    return tuple(found)
