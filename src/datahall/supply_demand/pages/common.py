"""What the pages share."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData

from datahall.catalogue import CatalogueItem
from datahall.kit.ids import OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisations
from datahall.security import Actor, permits
from datahall.supply_demand.model.grants import Condition, Operator

Viewer = Annotated[Actor, Depends(permits("supply_demand:view"))]


OPERATORS: Final = (
    (Operator.EQ.value, "等于"),
    (Operator.IN.value, "属于"),
    (Operator.PREFIX.value, "开头是"),
    (Operator.GE.value, "不小于"),
    (Operator.LE.value, "不大于"),
)


def in_words(scope: Sequence[Condition], item: CatalogueItem) -> list[str]:
    """Each condition as a phrase: 所属县区 属于 341502、341503."""
    names = dict(OPERATORS)
    titles = {f.name: f.title for f in item.fields}
    return [
        f"{titles.get(c.field, c.field)} {names[c.operator]} {'、'.join(c.values)}" for c in scope
    ]


async def form_of(request: Request) -> FormData:
    """What a form sent, for handlers that do not wait themselves."""
    return await request.form()


Sent = Annotated[FormData, Depends(form_of)]


def word(form: FormData, name: str) -> str:
    """One text of a form, without the spaces around it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def words(form: FormData, name: str) -> list[str]:
    """Every value sent under a name: ticked boxes."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def orgs_by_id(unit: Unit) -> dict[OrgId, Organisation]:
    return {org.id: org for org in organisations(unit.conn)}
