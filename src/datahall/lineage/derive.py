"""From facts to the graph of columns.  No I/O."""

from collections.abc import Iterator

from datahall.lineage.facts import Facts
from datahall.lineage.model import Box, Edge, Graph, Layer, Port, Row
from datahall.supply_demand import Grant

SERVICE = "service"


def graph(known: Facts) -> Graph:
    """Source column → hall column → service field → consumer's field."""
    return Graph(boxes=tuple(_boxes(known)), edges=tuple(_edges(known)))


def _boxes(known: Facts) -> Iterator[Box]:
    item, titles = known.item, {field.name: field.title for field in known.item.fields}
    if known.table:
        table = known.table
        yield Box(
            id="source",
            layer=Layer.SOURCE,
            title=table.title,
            sub=known.source.name if known.source else table.name,
            url=f"/assets/tables/{table.id}",
            rows=tuple(
                Row(name=column.name, title=column.comment or column.name, note=column.type)
                for column in table.columns
            ),
        )
    if known.dataset:
        yield Box(
            id="hall",
            layer=Layer.HALL,
            title=known.dataset.title,
            sub=f"hall.{known.dataset.table}",
            url=f"/ingestion/tasks/{known.task.id}" if known.task else "",
            rows=tuple(
                Row(
                    name=column.name,
                    title=titles.get(column.name, column.comment),
                    note=column.type,
                )
                for column in known.dataset.columns
            ),
        )
    if known.is_served:
        yield Box(
            id=SERVICE,
            layer=Layer.SERVICE,
            title=item.title,
            sub=f"/v1/data/{item.code}",
            url=f"/catalogue/items/{item.id}",
            rows=tuple(Row(name=f.name, title=f.title, note=f.type.label) for f in item.fields),
        )
    for grant in known.grants:
        org = known.orgs.get(grant.consumer)
        yield Box(
            id=_id(grant),
            layer=Layer.CONSUMER,
            title=grant.system,
            sub=org.short_name if org else "",
            url=f"/grants/{grant.id}",
            rows=tuple(
                Row(
                    name=field.name,
                    title=titles.get(field.name, field.name),
                    note="脱敏" if field.masked else "明文",
                )
                for field in grant.fields
            ),
        )


def _edges(known: Facts) -> Iterator[Edge]:
    """Only between columns that are both there: what a source lost has no edge."""
    item = known.item
    served = {field.name for field in item.fields} if known.is_served else set()
    stored = {column.name for column in known.dataset.columns} if known.dataset else set()
    present = {column.name for column in known.table.columns} if known.table else set()
    for field in item.fields:
        if field.source_column in present and field.name in stored:
            yield Edge(Port("source", field.source_column), Port("hall", field.name))
        if field.name in stored & served:
            yield Edge(Port("hall", field.name), Port(SERVICE, field.name))
    for grant in known.grants:
        for granted in grant.fields:
            if granted.name in served:
                start, end = Port(SERVICE, granted.name), Port(_id(grant), granted.name)
                yield Edge(start, end, masked=granted.masked)


def _id(grant: Grant) -> str:
    return f"grant-{grant.id}"
