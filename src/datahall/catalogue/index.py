"""What the search looks through: one narrow row for each entry in force (检索索引).

The words of an entry, its sounds, its codes and its facet values are all words of one vector with
one index, so that a query with filters is one look-up.  The row's other columns are what is
counted and ordered by; the vector stands aside of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert

from datahall.catalogue import words
from datahall.catalogue.categories import Category, categories
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.queries import Facet, Freshness, QualityGrade
from datahall.catalogue.tables import items, listings
from datahall.catalogue.vocabulary import ItemStatus, UpdateCycle
from datahall.kit.ids import ItemId, OrgId
from datahall.organisations import OrganisationNotFound, organisation, region

SPELLING: Final = 1  # raised when words are made by other rules: the worker writes them anew
THEME_DIGITS: Final = 3  # of a category's code: 类 and 项


def follow(conn: sa.Connection, item: CatalogueItem) -> None:
    """Keep the index with what happened to a version: in force it is listed, after that not."""
    if item.status is ItemStatus.PUBLISHED:
        put(conn, item)
    elif item.status in {ItemStatus.WITHDRAWN, ItemStatus.SUPERSEDED}:
        conn.execute(sa.delete(listings).where(listings.c.item == item.id))


def put(conn: sa.Connection, item: CatalogueItem) -> None:
    """List an entry in force; what was measured about it is measured again by the worker."""
    values = row(item, level=level_of(conn, item.provider), theme=theme_of(item, categories(conn)))
    conn.execute(
        insert(listings).values(values).on_conflict_do_update(index_elements=["item"], set_=values)
    )


def row(
    item: CatalogueItem,
    *,
    level: str,
    theme: str,
    freshness: Freshness = Freshness.UNKNOWN,
    quality: QualityGrade = QualityGrade.UNKNOWN,
) -> dict[str, Any]:
    """The listing of an entry."""
    field_titles = [field.title for field in item.fields]
    facets: dict[str, Any] = {
        "provider": item.provider,
        "theme": theme,
        "sharing": str(item.sharing),
        "update_cycle": str(item.update_cycle),
        "grade": item.grade,
        "methods": [str(method) for method in item.share_methods],
        "level": level,
        "freshness": str(freshness),
        "quality": str(quality),
    }
    labels = words.labels(
        titles=[item.title, *field_titles], codes=[item.code or "", item.alias_code]
    )
    return {
        **facets,
        "item": item.id,
        "published_at": item.published_at or item.drafted_at,
        "title": words.normal(item.title),
        "pinyin": words.pinyin(item.title),
        "spelling": SPELLING,
        "initials": words.initials([item.title, *field_titles]),
        "words": words.vector(
            ("A", [item.title]),
            ("B", [*item.keywords, *field_titles]),
            ("C", [item.abstract]),
            ("D", [field.name for field in item.fields]),
            labels=[*labels, *facet_words(facets)],
        ),
    }


def facet_words(facets: Mapping[str, Any]) -> Iterator[str]:
    """The words by which facet values are found."""
    for facet in Facet:
        value = facets[COLUMN_OF.get(facet, str(facet))]
        for one in value if isinstance(value, list) else [value]:
            yield f"{facet}={one}"


COLUMN_OF: Final = {Facet.METHOD: "methods"}


def theme_of(item: CatalogueItem, tree: Mapping[str, Category]) -> str:
    """The theme that the entry names, else the name of its category's 项."""
    category = tree.get(item.category_code[:THEME_DIGITS])
    return item.theme or (category.name if category else "")


def level_of(conn: sa.Connection, provider: OrgId) -> str:
    """The level of the area that a department serves; empty for one that nobody knows."""
    try:
        return str(region(conn, organisation(conn, provider).region).level)
    except OrganisationNotFound:
        return ""


def stale(conn: sa.Connection, *, most: int) -> Sequence[ItemId]:
    """Entries in force that are not listed, or by older rules."""
    query = (
        sa.select(items.c.id)
        .join(listings, listings.c.item == items.c.id, isouter=True)
        .where(items.c.status == ItemStatus.PUBLISHED)
        .where(sa.or_(listings.c.item.is_(None), listings.c.spelling != SPELLING))
    )
    return [ItemId(id) for id in conn.scalars(query.limit(most))]


def mounted(conn: sa.Connection) -> Mapping[ItemId, UpdateCycle]:
    """The promise of each entry in force that has a table."""
    query = sa.select(items.c.id, items.c.update_cycle).where(
        items.c.status == ItemStatus.PUBLISHED, items.c.table.is_not(None)
    )
    return {ItemId(id): UpdateCycle(cycle) for id, cycle in conn.execute(query)}


def measure(conn: sa.Connection, item: ItemId, freshness: Freshness, quality: QualityGrade) -> None:
    """Write down what was measured about an entry, where it is another value than before."""
    before = postgresql.array(
        [
            sa.literal("freshness=") + listings.c.freshness,
            sa.literal("quality=") + listings.c.quality,
        ]
    )
    labels = f"'freshness={freshness}' 'quality={quality}'"
    kept = sa.func.ts_delete(listings.c.words, before, type_=postgresql.TSVECTOR)
    differs = sa.or_(listings.c.freshness != str(freshness), listings.c.quality != str(quality))
    conn.execute(
        sa.update(listings)
        .where(listings.c.item == item, differs)
        .values(
            freshness=str(freshness),
            quality=str(quality),
            words=kept.concat(sa.cast(labels, postgresql.TSVECTOR)),
        )
    )
