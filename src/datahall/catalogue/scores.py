"""Scores of stored entries, for their parties (元数据评分)."""

from collections.abc import Sequence
from dataclasses import dataclass

from datahall import security
from datahall.catalogue import repository
from datahall.catalogue.errors import ItemNotFound
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.mounting import repository as mounts
from datahall.catalogue.mounting.service import offered
from datahall.catalogue.scoring import Score, score
from datahall.catalogue.service import read
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.settings import settings
from datahall.kit.uow import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """An entry with its score."""

    item: CatalogueItem
    score: Score


def score_of(unit: Unit, item: CatalogueItem) -> Score:
    """The score of an entry as it stands now."""
    mounted = mounts.of_items(unit.conn, [item.id])
    return score(
        item,
        healthy=len(offered(item, mounted, unit.now)),
        weights=settings().metadata_weights,
    )


def read_score(unit: Unit, actor: security.Actor, id: ItemId) -> Scored:
    """The score of one entry, for its provider and the authority.

    Raises:
        ItemNotFound, NotPermitted
    """
    item = read(unit, actor, id)
    if actor.org != item.provider and not security.may(actor, "catalogue:review"):
        raise ItemNotFound(item=id)
    return Scored(item=item, score=score_of(unit, item))


def scores(unit: Unit, actor: security.Actor, provider: OrgId) -> Sequence[Scored]:
    """The entries of a department in force or on their way, the poorest first.

    Raises:
        NotPermitted
    """
    if actor.org != provider:
        security.require(actor, "catalogue:review", on=provider)
    drafts = repository.drafts(unit.conn, provider=provider)
    newest = {draft.id: draft.version for draft in sorted(drafts, key=lambda d: d.version)}
    found = [
        Scored(item=item, score=score_of(unit, item))
        for id, version in newest.items()
        for item in (repository.get(unit.conn, id, version=version),)
    ]
    return sorted(found, key=lambda one: (one.score.total, one.item.title))
