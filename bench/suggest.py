"""How right the drafting of an entry is, part by part, over tables labelled by hand.

The tables are in bench/labels; what is measured is what `draft` proposes from names, types and
comments alone.  Precision is the share of proposals that are right, recall the share of what there
is to find that was found.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.report import Bar, Report
from datahall.catalogue import ScannedColumn
from datahall.catalogue.categories import built_in
from datahall.catalogue.model import CatalogueItem, InventoryTable
from datahall.catalogue.suggest import Known, draft
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, new_id
from datahall.standards import builtin_code_lists

LABELS = Path(__file__).parent / "labels"
AT = datetime(2026, 10, 16, 4, tzinfo=UTC)


def measure() -> Report:
    """Precision and recall of sensitive kinds, grades, categories and sharing types."""
    right: Counter[str] = Counter()
    proposed: Counter[str] = Counter()
    there: Counter[str] = Counter()
    mistakes: list[str] = []
    tables = list(labelled())
    for label in tables:
        item = drafted(label)
        for part, said, wanted, where in compared(label, item):
            proposed[part] += bool(said)
            there[part] += bool(wanted)
            right[part] += bool(said) and said == wanted
            if said != wanted:
                mistakes.append(
                    f"{part} {label['name']}.{where}: {said or '-'} for {wanted or '-'}"
                )
    figures = {
        part: {
            "precision": round(right[part] / proposed[part], 3),
            "recall": round(right[part] / there[part], 3),
            "proposed": proposed[part],
            "to_find": there[part],
        }
        for part in there
    }
    return Report(
        conditions={
            "tables": len(tables),
            "columns": sum(len(label["columns"]) for label in tables),
        },
        figures={**figures, "mistakes": mistakes},
        bars=[
            Bar("precision_of_sensitive_kinds", figures["sensitive"]["precision"], 0.9, ">="),
            Bar("recall_of_sensitive_kinds", figures["sensitive"]["recall"], 0.85, ">="),
        ],
    )


def labelled() -> Iterator[dict[str, Any]]:
    """Every table of the labels."""
    for path in sorted(LABELS.glob("*.toml")):
        yield from tomllib.loads(path.read_text("utf-8"))["table"]


def drafted(label: dict[str, Any]) -> CatalogueItem:
    """What the program proposes for a table."""
    told = [column.split("|") for column in label["columns"]]
    table = InventoryTable(
        id=TableId(new_id()),
        source=SourceId(new_id()),
        org=OrgId(new_id()),
        kind="mysql",
        name=label["name"],
        comment=label["comment"],
        columns=tuple(
            ScannedColumn(name=name, type=type, comment=comment, position=n)
            for n, (name, type, comment, *_) in enumerate(told, start=1)
        ),
        scanned_at=AT,
    )
    known = Known(
        provider=table.org,
        provider_name=label["org"],
        categories=tuple(built_in().values()),
        code_lists=builtin_code_lists(),
        titles_taken=frozenset(),
    )
    return draft(ItemId(new_id()), table, known, at=AT)


def compared(label: dict[str, Any], item: CatalogueItem) -> Iterator[tuple[str, str, str, str]]:
    """Part, what was said, what is right, and where; empty is nothing."""
    for column, field in zip(label["columns"], item.fields, strict=True):
        name, _, _, kind, grade = column.split("|")
        said = "" if field.sensitive == "none" else str(field.sensitive)
        yield "sensitive", said, kind.strip("-"), name
        yield "grade", str(field.grade), grade, name
    if label["category"]:
        yield "category", item.category_code, label["category"], "category"
    yield "sharing", str(item.sharing), label["sharing"], "sharing"
