"""SQL of the search: hits by words, codes or pinyin, ranked, with facet counts in one statement."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from datahall.catalogue.queries import Facet, Hit, Order, SearchQuery, SearchResult
from datahall.catalogue.tables import items
from datahall.catalogue.vocabulary import ItemStatus
from datahall.catalogue.words import Query, parse, pinyin

WEIGHTS: Final = (0.05, 0.15, 0.4, 1.0)  # D names, C abstract, B fields and keywords, A title
HIT_NAMES: Final = tuple(f.name for f in fields(Hit))
HIT: Final = tuple(items.c[name] for name in HIT_NAMES)
FACET_COLUMNS: Final[Mapping[Facet, sa.ColumnElement[Any]]] = {
    Facet.PROVIDER: items.c.provider.cast(sa.Text),
    Facet.SHARING: items.c.sharing,
    Facet.UPDATE_CYCLE: items.c.update_cycle,
    Facet.GRADE: items.c.grade.cast(sa.Text),
}


def search(conn: sa.Connection, query: SearchQuery) -> SearchResult:
    """One page of published entries; when no word fits, those whose title sounds alike."""
    asked = parse(query.text, expand=query.expand)
    result = _search(conn, query, asked, _matches(asked), _relevance(asked))
    if result.total or not asked.text or query.chosen:
        return result
    spoken = pinyin(asked.text)
    alike = sa.func.word_similarity(spoken, items.c.pinyin)
    near = items.c.pinyin.op("%>")(spoken)  # pg_trgm.word_similarity_threshold, 0.6
    return replace(_search(conn, query, asked, near, alike), approximate=True)


def in_category(conn: sa.Connection, category_code: str, *, most: int) -> tuple[Hit, ...]:
    """Published entries of one category, the newest first."""
    query = (
        sa.select(*HIT)
        .where(items.c.status == ItemStatus.PUBLISHED, items.c.category_code == category_code)
        .order_by(items.c.published_at.desc(), items.c.id)
        .limit(most)
    )
    return tuple(_hit(row) for row in conn.execute(query))


def _search(
    conn: sa.Connection,
    query: SearchQuery,
    asked: Query,
    matches: sa.ColumnElement[bool],
    relevance: sa.ColumnElement[float],
) -> SearchResult:
    in_force = sa.and_(items.c.status == ItemStatus.PUBLISHED, matches)
    shown = sa.and_(in_force, *(_chosen(f, v) for f, v in query.chosen.items() if v))
    order: Mapping[Order, tuple[sa.ColumnElement[Any], ...]] = {
        Order.RELEVANCE: (relevance.desc(), items.c.published_at.desc()),
        Order.NEWEST: (items.c.published_at.desc(),),
        Order.TITLE: (items.c.pinyin,),
    }
    page = (
        sa.select(*HIT)
        .where(shown)
        .order_by(*order[query.order], items.c.id)
        .limit(query.size)
        .offset((query.page - 1) * query.size)
    )
    hits = tuple(_hit(row) for row in conn.execute(page))
    total, facets = _counts(conn, query, in_force, shown)
    return SearchResult(query=asked, items=hits, total=total, facets=facets)


def _hit(row: sa.Row[Any]) -> Hit:
    return msgspec.convert(dict(zip(HIT_NAMES, row, strict=True)), Hit, strict=False)


def _counts(
    conn: sa.Connection,
    query: SearchQuery,
    in_force: sa.ColumnElement[bool],
    shown: sa.ColumnElement[bool],
) -> tuple[int, dict[Facet, dict[str, int]]]:
    """The number of hits, and for each facet what every value would give."""
    parts = [
        sa.select(
            sa.literal("").label("facet"), sa.literal("").label("value"), sa.func.count().label("n")
        ).where(shown)
    ]
    for facet in Facet:
        others = [_chosen(f, v) for f, v in query.chosen.items() if v and f is not facet]
        value = _value(facet)
        parts.append(
            sa.select(sa.literal(str(facet)), value, sa.func.count())
            .where(in_force, *others)
            .group_by(value)
        )
    total = 0
    facets: dict[Facet, dict[str, int]] = {facet: {} for facet in Facet}
    for name, found, n in conn.execute(sa.union_all(*parts)):
        if name:
            facets[Facet(name)][found] = n
        else:
            total = n
    return total, facets


def _value(facet: Facet) -> sa.ColumnElement[Any]:
    if facet is Facet.METHOD:
        return sa.func.unnest(items.c.share_methods)
    return FACET_COLUMNS[facet]


def _chosen(facet: Facet, values: tuple[str, ...]) -> sa.ColumnElement[bool]:
    if facet is Facet.METHOD:
        return items.c.share_methods.op("&&")(sa.cast(values, items.c.share_methods.type))
    return FACET_COLUMNS[facet].in_(values)


def _matches(asked: Query) -> sa.ColumnElement[bool]:
    """Rows that answer the query: by its words, as a code, or as pinyin."""
    if not asked.text:
        return sa.true()
    ways: list[sa.ColumnElement[bool]] = []
    if asked.tsquery:
        ways.append(items.c.words.op("@@")(sa.cast(asked.tsquery, TSQUERY)))
    if asked.code:
        ways.append(items.c.code.startswith(asked.code, autoescape=True))
    if asked.latin:
        ways.append(items.c.initials.contains(asked.latin, autoescape=True))
        ways.append(sa.func.replace(items.c.pinyin, " ", "").contains(asked.latin, autoescape=True))
    return sa.or_(*ways) if ways else sa.false()


def _relevance(asked: Query) -> sa.ColumnElement[float]:
    """Exact title, then title that begins with or has the query, then where the words stand."""
    title = sa.func.lower(items.c.title)
    whole = sa.case(
        (title == asked.text, 8),
        (title.startswith(asked.text, autoescape=True), 4),
        (title.contains(asked.text, autoescape=True), 2),
        else_=0,
    )
    if not asked.tsquery:
        return sa.cast(whole, sa.Float)
    rank = sa.func.ts_rank(
        sa.cast(WEIGHTS, ARRAY(sa.REAL)), items.c.words, sa.cast(asked.tsquery, TSQUERY)
    )
    return whole + rank
