"""A search as the address bar says it; the list, its export and its API read the same words."""

from typing import Annotated

from fastapi import Query

from datahall.catalogue.queries import Facet, Order, SearchQuery

Values = Annotated[list[str], Query()]


def search_of_address(
    q: Annotated[
        str, Query(description="检索词: words, code, pinyin initials", max_length=200)
    ] = "",
    provider: Values = [],  # noqa: B006 - FastAPI copies it
    theme: Values = [],  # noqa: B006
    sharing: Values = [],  # noqa: B006
    update_cycle: Values = [],  # noqa: B006
    grade: Values = [],  # noqa: B006
    method: Values = [],  # noqa: B006
    level: Values = [],  # noqa: B006
    freshness: Values = [],  # noqa: B006
    quality: Values = [],  # noqa: B006
    order: str = "",
    plain: bool = False,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> SearchQuery:
    """What is searched for."""
    chosen = {
        Facet.PROVIDER: tuple(provider),
        Facet.THEME: tuple(theme),
        Facet.SHARING: tuple(sharing),
        Facet.UPDATE_CYCLE: tuple(update_cycle),
        Facet.GRADE: tuple(grade),
        Facet.METHOD: tuple(method),
        Facet.LEVEL: tuple(level),
        Facet.FRESHNESS: tuple(freshness),
        Facet.QUALITY: tuple(quality),
    }
    return SearchQuery(
        text=q,
        expand=not plain,
        chosen={facet: values for facet, values in chosen.items() if values},
        order=Order(order) if order in set(Order) else Order.RELEVANCE,
        page=page,
    )
