"""What one load brings to quarantine and takes out of it (隔离).

A row is known again by its key, so that a later good row with the same key settles it; a row
without a usable key is known by all that is in it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

import polars as pl
from sqlalchemy import Connection

from datahall.catalogue import CatalogueItem
from datahall.kit.ids import DatasetId, LoadId, QuarantineId, new_id
from datahall.quality import contract, repository, sealing
from datahall.quality.library import RULES
from datahall.quality.model import RowFault, RowStatus, RuleResult
from datahall.quality.ruleset import Checked, RuleSet, shown

UNIQUE: Final = RULES["unique"]


@dataclass(slots=True, kw_only=True)
class Ward:
    """The quarantine of one dataset during one load, in the load's own transaction.

    Attributes:
        held: rows of this load that wait.
        corrected: rows that had waited and whose good successor this load brought.
    """

    conn: Connection
    dataset: DatasetId
    item: CatalogueItem
    rules: RuleSet
    load: LoadId
    at: datetime  # UTC
    held: int = 0
    corrected: int = 0
    checked: int = 0
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _waiting: set[bytes] | None = None

    def admit(self, checked: Checked) -> None:
        """Keep the bad rows of a batch; its good rows settle those that waited for them."""
        self.checked += checked.good.height + checked.bad.height
        self._counts.update(checked.counts)
        if checked.bad.height:
            self._hold(checked.bad.drop("row"), _by_row(checked.faults))
        if checked.good.height:
            self._settle(checked.good)

    def hold_repeats(self, rows: pl.DataFrame) -> None:
        """Keep good rows that did not land because another row has their key."""
        if rows.is_empty():
            return
        key = next(f for f in self.rules.fields if f.name == self.rules.key[0])
        faults = [
            [
                RowFault(
                    field=key.name,
                    rule=UNIQUE.name,
                    value=shown(key, value),
                    message="与本批次另一行主键重复",
                )
            ]
            for value in sealing.as_text(rows).get_column(key.name)
        ]
        self._counts[key.name, UNIQUE.name] += rows.height
        self._hold(rows, faults)

    def release_gone(self, keys: pl.DataFrame) -> None:
        """Rows with these keys are gone at the source; none of them waits any more."""
        if keys.height:
            gone = (key for key in self._keys(keys) if key is not None)
            self._end_earlier(gone, RowStatus.GONE)

    def landed_by_clerks(self) -> pl.DataFrame:
        """Keys of rows that clerks let land and whose bad originals this load still brings.

        The source does not know these keys, so a whole load must not take the rows for gone.
        """
        landed = repository.landed_keys(self.conn, self.dataset, load=self.load)
        rows = [sealing.unseal(id, sealed) for id, sealed in landed]
        return pl.DataFrame(rows, schema=dict.fromkeys(self.rules.key, pl.String))

    def finish(self, *, whole: bool) -> None:
        """Keep the counts by rule; after a `whole` load what it did not bring is gone."""
        results = [
            RuleResult(
                field=check.field.name,
                rule=check.rule.name,
                level=check.level,
                failing=self._counts[check.field.name, check.rule.name],
                checked=self.checked,
            )
            for check in self.rules.checks
        ]
        repository.add_results(
            self.conn,
            [result for result in results if whole or result.failing],
            dataset=self.dataset,
            load=self.load,
            whole=whole,
            at=self.at,
        )
        if whole:
            repository.settle_absent(self.conn, self.dataset, load=self.load, at=self.at)

    def _hold(self, rows: pl.DataFrame, faults: Sequence[list[RowFault]]) -> None:
        names = [f.name for f in self.rules.fields]
        texts = sealing.as_text(rows.select(names))
        contents = sealing.digests(
            texts.select(
                pl.concat_str(pl.all().fill_null("\0"), separator=sealing.SEPARATOR)
            ).to_series()
        )
        keys = self._keys(rows)
        incoming = []
        for row, content, key, why in zip(
            texts.iter_rows(named=True), contents, keys, faults, strict=True
        ):
            id = QuarantineId(new_id())
            keyed = key is not None and not any(f.rule == UNIQUE.name for f in why)
            incoming.append(
                repository.Incoming(
                    id=id,
                    identity=key if key is not None and keyed else content,
                    keyed=keyed,
                    content=content,
                    sealed=sealing.seal(id, row),
                    faults=why,
                )
            )
        repository.add(
            self.conn,
            incoming,
            dataset=self.dataset,
            item=self.item.id,
            provider=self.item.provider,
            load=self.load,
            at=self.at,
        )
        self.held += len(incoming)
        # A row that was bad and is bad in another way now waits once, as it is now.
        self._end_earlier((row.identity for row in incoming if row.keyed), RowStatus.GONE)

    def _settle(self, good: pl.DataFrame) -> None:
        landed = (key for key in self._keys(good) if key is not None)
        self.corrected += self._end_earlier(landed, RowStatus.CORRECTED)

    def _end_earlier(self, keys: Iterable[bytes], status: RowStatus) -> int:
        """Settle what earlier loads left waiting under these keys; how many rows that were."""
        if self._waiting is None:
            self._waiting = repository.waiting_keys(self.conn, self.dataset, before=self.load)
        found = self._waiting.intersection(keys) if self._waiting else set()
        if not found:
            return 0
        self._waiting -= found
        return repository.settle_keys(
            self.conn, self.dataset, found, status, load=self.load, at=self.at
        )

    def _keys(self, rows: pl.DataFrame) -> list[bytes | None]:
        """Digests of the keys as typed (007 and 7 are one number), or as they came if unreadable."""
        names = self.rules.key
        if not names:
            return [None] * rows.height
        came = sealing.as_text(rows.select(names))
        typed = contract.apply(came, [f for f in self.rules.fields if f.is_key]).frame
        texts = pl.concat(
            [
                sealing.as_text(typed),
                came.select(pl.all().str.strip_chars().replace("", None).name.suffix("\0")),
            ],
            how="horizontal",
        ).select(
            pl.concat_str(
                [pl.coalesce(name, f"{name}\0") for name in names], separator=sealing.SEPARATOR
            )
        )
        found = texts.to_series().to_list()
        digests = iter(sealing.digests(text for text in found if text is not None))
        return [None if text is None else next(digests) for text in found]


def _by_row(faults: pl.DataFrame) -> list[list[RowFault]]:
    """The faults of each bad row, in the order of rows."""
    lines = faults.iter_rows(named=True)
    return [
        [
            RowFault(
                field=line["field"],
                rule=line["rule"],
                value=line["value"],
                message=line["message"],
            )
            for line in group
        ]
        for _, group in groupby(lines, key=lambda line: line["row"])
    ]
