"""SQL of the search: hits by words, codes or sounds, ranked, with the counts of each facet.

Nothing here grows with the number of hits: at most `MOST_COUNTED` of them are counted, at most
`MOST_RANKED` are put in order, those first whose title has the words.  docs/explain/search.md says
how hits are ranked and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from datahall.catalogue.index import COLUMN_OF
from datahall.catalogue.queries import (
    MOST_COUNTED,
    MOST_RANKED,
    Facet,
    Hit,
    Order,
    SearchQuery,
    SearchResult,
)
from datahall.catalogue.tables import items, listings
from datahall.catalogue.vocabulary import ItemStatus
from datahall.catalogue.words import Query, abbreviated, heard, mistyped, parse, quoted, spelt

WEIGHTS: Final = (0.05, 0.15, 0.4, 1.0)  # D names, C abstract, B fields and keywords, A title
ALIKE: Final = 0.55  # of the trigrams of the pinyin, for a hit that only sounds alike
MOST_NAMED: Final = 200  # whose title is the query or begins with it
LONGEST_VALUE: Final = 100
HIT_NAMES: Final = tuple(f.name for f in fields(Hit))
HIT: Final = tuple(items.c[name] for name in HIT_NAMES)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the words of a listing must be."""

    words: str  # of a tsquery; empty asks for everything
    title: str = ""  # the same asked of the title alone

    def where(self, chosen: Sequence[str] = (), *, title: bool = False) -> sa.ColumnElement[bool]:
        """The condition, with words of facets that must be there as well."""
        parts = [f"({self.title if title else self.words})"] if self.words else []
        asked = " & ".join([*parts, *chosen])
        return listings.c.words.op("@@")(sa.cast(asked, TSQUERY)) if asked else sa.true()


def search(conn: sa.Connection, query: SearchQuery) -> SearchResult:
    """One page of published entries; when nothing fits, those whose title sounds alike."""
    asked = parse(query.text, expand=query.expand)
    result = _search(conn, query, asked, _wanted(asked))
    if result.total or not asked.text or query.chosen:
        return result
    return _alike(conn, query, asked) or result


def in_category(conn: sa.Connection, category_code: str, *, most: int) -> tuple[Hit, ...]:
    """Published entries of one category, the newest first."""
    query = (
        sa.select(*HIT)
        .where(items.c.status == ItemStatus.PUBLISHED, items.c.category_code == category_code)
        .order_by(items.c.published_at.desc(), items.c.id)
        .limit(most)
    )
    return tuple(_hit(row) for row in conn.execute(query))


def _wanted(asked: Query) -> Wanted:
    """What the query asks for: its words, or a code, or sounds; any of them will do."""
    if not asked.text:
        return Wanted("")
    ways = [asked.tsquery] if asked.tsquery else []
    if asked.code:
        ways.append(f"{quoted(f'#{asked.code}')}:*")
    if asked.latin and (sounds := spelt(asked.latin)):
        ways.append(sounds)
    if asked.latin and len(asked.latin) > 1:
        ways.append(abbreviated(asked.latin))
    if not ways:
        return Wanted("'\x01'")  # a word that nothing has
    return Wanted(" | ".join(f"({way})" for way in ways), asked.in_title)


def _search(conn: sa.Connection, query: SearchQuery, asked: Query, wanted: Wanted) -> SearchResult:
    chosen = {facet: _one_of(facet, values) for facet, values in query.chosen.items() if values}
    total, facets = _counts(conn, wanted, chosen)
    order = _order(query.order, asked)
    if not asked.text:
        found = sa.select(listings.c.item).where(wanted.where(list(chosen.values())))
    else:
        among = _candidates(query.order, asked, wanted, list(chosen.values()), total).subquery()
        found = sa.select(listings.c.item).join(among, among.c.item == listings.c.item)
    page = found.order_by(*order, listings.c.item).limit(query.size)
    ids = list(conn.scalars(page.offset((query.page - 1) * query.size))) if total else []
    return SearchResult(
        query=asked,
        items=_hits(conn, ids),
        total=min(total, MOST_COUNTED),
        facets=facets,
        is_bounded=total > MOST_COUNTED,
    )


def _candidates(
    order: Order, asked: Query, wanted: Wanted, chosen: Sequence[str], total: int
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """The hits that are put in order: all of a few; of many, those whose title has the words."""

    def some(condition: sa.ColumnElement[bool], most: int) -> sa.Select[Any]:
        inner = sa.select(listings.c.item).where(condition).limit(most).subquery()
        return sa.select(inner.c.item)

    every = wanted.where(chosen)
    if order is not Order.RELEVANCE:
        return some(every, MOST_COUNTED)
    if total <= MOST_RANKED or not wanted.title:
        return some(every, MOST_RANKED)
    filtered = Wanted("").where(chosen)
    begins = listings.c.title.startswith(asked.text, autoescape=True)
    return sa.union(
        some(sa.and_(listings.c.title == asked.text, filtered), MOST_NAMED),
        some(sa.and_(begins, filtered), MOST_NAMED),
        some(wanted.where(chosen, title=True), MOST_RANKED // 2),
        some(every, MOST_RANKED // 2),
    )


def _order(order: Order, asked: Query) -> tuple[sa.ColumnElement[Any], ...]:
    match order:
        case Order.TITLE:
            return (listings.c.pinyin,)
        case Order.RELEVANCE if asked.text:
            return (_relevance(asked).desc(), listings.c.published_at.desc())
        case _:
            return (listings.c.published_at.desc(),)


def _relevance(asked: Query) -> sa.ColumnElement[float]:
    """Exact title, then title that begins with or has the query, then where the words stand."""
    title = listings.c.title
    whole: sa.ColumnElement[Any] = sa.case(
        (title == asked.text, 8),
        (title.startswith(asked.text, autoescape=True), 4),
        (title.contains(asked.text, autoescape=True), 2),
        else_=0,
    )
    if asked.latin:
        begins = listings.c.initials.startswith(asked.latin, autoescape=True)
        whole = whole + sa.case((begins, 3), else_=0)
    if not asked.tsquery:
        return sa.cast(whole, sa.Float)
    words = sa.cast(asked.tsquery, TSQUERY)
    return whole + sa.func.ts_rank(sa.cast(WEIGHTS, ARRAY(sa.REAL)), listings.c.words, words)


def _alike(conn: sa.Connection, query: SearchQuery, asked: Query) -> SearchResult | None:
    """Entries whose title sounds like the query, but for one place of it; the most alike first."""
    spoken = " ".join(heard(asked.text))
    alike = sa.func.word_similarity(spoken, listings.c.pinyin)
    for words in mistyped(asked.text):
        near = sa.select(listings.c.item, alike.label("alike"))
        among = near.where(Wanted(words).where()).limit(MOST_RANKED).subquery()
        best = (
            sa.select(among.c.item)
            .where(among.c.alike >= ALIKE)
            .order_by(among.c.alike.desc(), among.c.item)
            .limit(query.size)
        )
        if ids := list(conn.scalars(best)):
            none: dict[Facet, dict[str, int]] = {facet: {} for facet in Facet}
            return SearchResult(
                query=asked, items=_hits(conn, ids), total=len(ids), facets=none, approximate=True
            )
    return None


def _counts(
    conn: sa.Connection, wanted: Wanted, chosen: Mapping[Facet, str]
) -> tuple[int, dict[Facet, dict[str, int]]]:
    """The number of hits, and for each facet what every value of it would give.

    A chosen facet is counted without its own choice.  Both end at one more than `MOST_COUNTED`.
    """
    free = [facet for facet in Facet if facet not in chosen]
    total, facets = _tally(conn, wanted.where(list(chosen.values())), free)
    for facet in chosen:
        others = [words for other, words in chosen.items() if other is not facet]
        _, own = _tally(conn, wanted.where(others), [facet])
        facets |= own
    return total, facets


def _tally(
    conn: sa.Connection, condition: sa.ColumnElement[bool], facets: Sequence[Facet]
) -> tuple[int, dict[Facet, dict[str, int]]]:
    columns = [listings.c[COLUMN_OF.get(facet, str(facet))] for facet in facets]
    hits = sa.select(listings.c.item, *columns).where(condition).limit(MOST_COUNTED + 1).cte("hits")
    parts = [sa.select(sa.literal(""), sa.literal(""), sa.func.count()).select_from(hits)]
    for facet in facets:
        column = hits.c[COLUMN_OF.get(facet, str(facet))]
        each = sa.func.unnest(column) if facet is Facet.METHOD else sa.cast(column, sa.Text)
        parts.append(sa.select(sa.literal(str(facet)), each, sa.func.count()).group_by(each))
    total = 0
    counts: dict[Facet, dict[str, int]] = {facet: {} for facet in facets}
    for name, value, n in conn.execute(sa.union_all(*parts)):
        if name:
            counts[Facet(name)][value] = n
        else:
            total = n
    return total, counts


def _one_of(facet: Facet, values: Sequence[str]) -> str:
    """A tsquery for one of the values; what the address bar says may be anything."""
    plain = (value.replace("\x00", "")[:LONGEST_VALUE] for value in values)
    return "(" + " | ".join(quoted(f"{facet}={value}") for value in plain) + ")"


def _hits(conn: sa.Connection, ids: Sequence[Any]) -> tuple[Hit, ...]:
    """The entries of `ids`, in that order."""
    query = sa.select(*HIT).where(items.c.id.in_(ids), items.c.status == ItemStatus.PUBLISHED)
    found = {row.id: _hit(row) for row in conn.execute(query)} if ids else {}
    return tuple(found[id] for id in ids if id in found)


def _hit(row: sa.Row[Any]) -> Hit:
    return msgspec.convert(dict(zip(HIT_NAMES, row, strict=True)), Hit, strict=False)
