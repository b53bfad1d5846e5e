"""Who gets which fields of an entry (信息项的使用方): what lower packages ask."""

from collections.abc import Iterator

from datahall.drift import FieldUse, FieldUses
from datahall.kit.uow import Unit
from datahall.supply_demand.model.grants import ENDED
from datahall.supply_demand.repository import grants as repository


def field_uses(unit: Unit, question: FieldUses) -> Iterator[FieldUse]:
    """The systems whose grants on an entry are not over, with their fields (`drift.FieldUses`)."""
    for id in repository.grants_of_items(unit.conn, [question.item]):
        grant = repository.get(unit.conn, id)
        if grant.status not in ENDED:
            yield FieldUse(
                consumer=grant.consumer,
                system=grant.system,
                fields=frozenset(field.name for field in grant.fields),
                url=f"/grants/{id}",
            )
