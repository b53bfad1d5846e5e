"""Brings rows into the hall as ingestion does, without a source."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from datahall import store
from datahall.catalogue import CatalogueItem
from datahall.kit.clock import local_date
from datahall.kit.ids import LoadId, new_id
from datahall.quality import Ward, rules_of


def collect(
    conn: Connection,
    item: CatalogueItem,
    dataset: store.Dataset,
    rows: pl.DataFrame | Sequence[dict],
    *,
    at: datetime,
    whole: bool = False,
) -> Ward:
    """One load of one batch: good rows land, bad ones wait."""
    load, rules = LoadId(new_id()), rules_of(conn, item)
    ward = Ward(conn=conn, dataset=dataset.id, item=item, rules=rules, load=load, at=at)
    landing = store.MergeLoad(conn, dataset, load, at, whole=whole)
    names = [f.name for f in item.fields]
    if not isinstance(rows, pl.DataFrame):
        rows = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    checked = rules.check(rows.select(names), today=local_date(at))
    landing.write(checked.good.columns, store.encode(checked.good))
    landing.keep(checked.bad.select(dataset.key).drop_nulls())
    ward.admit(checked)
    landing.keep(ward.landed_by_clerks())
    landing.finish()
    ward.finish(whole=whole)
    return ward
