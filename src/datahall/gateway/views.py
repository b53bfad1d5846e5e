"""Making views (授权视图): the grant, the catalogue entry and the hall table put together.  Pure."""

from datahall.catalogue import CatalogueItem, ItemStatus
from datahall.gateway.errors import ItemChanged, ItemWithdrawn, MalformedQuery, NotLanded
from datahall.gateway.model import Scope, View, ViewField
from datahall.security import Protection, protection
from datahall.store import Dataset
from datahall.supply_demand import Grant


def view_of(grant: Grant, item: CatalogueItem, dataset: Dataset | None) -> View:
    """What the grant lets its caller see of the item's hall table.

    Raises:
        ItemWithdrawn, NotLanded, ItemChanged
    """
    if item.status is not ItemStatus.PUBLISHED:
        raise ItemWithdrawn
    if dataset is None:
        raise NotLanded
    granted = {f.name: f.masked for f in grant.fields}
    described = {f.name: f for f in item.fields}
    fields: dict[str, ViewField] = {}
    for column in dataset.columns:
        entry = described.get(column.name)
        if entry is None and column.name not in dataset.key:
            continue  # the entry no longer has it; nobody may see it
        fields[column.name] = ViewField(
            name=column.name,
            type=column.type,
            granted=entry is not None and column.name in granted,
            protection=Protection.WHOLE
            if entry is None
            else protection(
                kind=entry.sensitive.value,
                grade=entry.grade,
                masked=granted.get(column.name, True),
            ),
            sensitive=entry.sensitive.value if entry else "none",
        )
    for condition in grant.row_scope:
        if condition.field not in fields:
            raise ItemChanged(field=condition.field)
    try:
        scope = tuple(
            Scope(c.field, c.operator.value, tuple(fields[c.field].value(v) for v in c.values))
            for c in grant.row_scope
        )
    except MalformedQuery as changed_type:
        raise ItemChanged(field=changed_type.detail["parameter"]) from changed_type
    return View(
        table=dataset.table,
        key=dataset.key,
        fields=fields,
        scope=scope,
        gone=tuple(name for name in granted if name not in fields),
    )
