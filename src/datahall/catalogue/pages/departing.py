"""How an entry leaves the catalogue: what stands, and what the viewer may do about it (下架)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from datahall.catalogue.departures import repository, service
from datahall.catalogue.departures.model import Departure, DepartureStatus
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.questions import LiveUses, Use
from datahall.catalogue.vocabulary import ItemStatus
from datahall.kit.ids import OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisations
from datahall.security import Actor, may


@dataclass(frozen=True, slots=True, kw_only=True)
class Departing:
    """The block of an entry's page about taking it down."""

    plan: Departure | None
    uses: Sequence[tuple[Organisation, Use]]  # only for the provider and the authority
    earliest: date | None
    may_propose: bool
    may_decide: bool  # a proposal waits
    may_announce: bool
    may_withdraw: bool  # at once: nobody uses it
    may_cancel: bool
    faults: Mapping[str, str]
    typed: Mapping[str, str]

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to do for the viewer."""
        return self.may_propose or self.may_announce or self.may_withdraw or self.may_cancel

    @property
    def announced(self) -> Departure | None:
        """The plan once it is announced; everybody sees it."""
        is_announced = self.plan and self.plan.status is DepartureStatus.ANNOUNCED
        return self.plan if is_announced else None


def departing(
    unit: Unit,
    actor: Actor,
    item: CatalogueItem,
    *,
    faults: Mapping[str, str],
    typed: Mapping[str, str],
) -> Departing:
    """What stands about taking `item` down, as the actor may see it."""
    in_force = item.status is ItemStatus.PUBLISHED
    plan = repository.of_item(unit.conn, item.id) if in_force else None
    decides = in_force and may(actor, "catalogue:review", on=item.provider)
    owns = in_force and may(actor, "catalogue:draft", on=item.provider)
    uses = unit.ask(LiveUses(item=item.id)) if decides or owns else []
    orgs: dict[OrgId, Organisation] = {}
    if uses:
        orgs = {org.id: org for org in organisations(unit.conn)}
    is_announced = plan is not None and plan.status is DepartureStatus.ANNOUNCED
    return Departing(
        plan=plan,
        uses=[(orgs[use.consumer], use) for use in uses],
        earliest=service.earliest_day(unit, item.id) if decides and not is_announced else None,
        may_propose=owns and plan is None,
        may_decide=decides and plan is not None and not is_announced,
        may_announce=decides and not is_announced,
        may_withdraw=decides and not uses,
        may_cancel=decides and is_announced,
        faults=faults,
        typed=typed,
    )
