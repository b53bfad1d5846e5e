"""One call: what is found out about it on the way, and what is put on record of it (调用记录)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from datahall.gateway.admission import Known
from datahall.gateway.errors import Refusal
from datahall.gateway.evidence import Entry, Sealing
from datahall.gateway.grammar import Query
from datahall.gateway.plan import Plan
from datahall.kit.clock import local_date
from datahall.kit.crypto import Mac
from datahall.ledger import call_leaf

OK: Final = "ok"
ANSWERED: Final = "gateway:call:answer"
REFUSED: Final = "gateway:call:refuse"


@dataclass(slots=True)
class Call:
    """A request on its way through the gateway; later checks know more than earlier ones."""

    at: datetime
    address: str
    app_id: str = "?"  # only that of a known caller: what a stranger claims could be anything
    known: Known | None = None
    nonce: bytes | None = None  # set once the caller is who it says
    query: Query | None = None
    plan: Plan | None = None
    rows: int = 0
    counts: bool = False  # against the quota: it has been told something
    body: bytes = field(default=b"", repr=False)
    code: str = OK
    status: int = 200
    back: int = 0  # calls over the quota to take back from the day's figures
    back_rows: int = 0

    def refuse(self, refused: Refusal) -> None:
        """Note that the answer is a refusal."""
        self.code, self.status, self.body = refused.code, refused.status, b""

    def take_back(self) -> None:
        """Note that the day's figures have a call that came after the last one allowed."""
        self.back, self.back_rows = 1, self.rows if self.code == OK else 0

    def entry(self, sealing: Sealing) -> Entry:
        """The call as it is put on record.

        Personal data are never on record in clear; keyed hashes stand for the values asked for,
        so that all calls about one person can be found by who holds the key.
        """
        ok = self.code == OK
        known = self.known
        grant = known.grant if known else None
        by = f"app:{self.app_id}"
        leaf = call_leaf(
            {
                "kind": ANSWERED if ok else REFUSED,
                "subject": known.subject if known else by,
                "at": self.at,
                "by": by,
                "body": self._content(sealing.key),
            },
            suite=sealing.suite,
        )
        return Entry(
            leaf=leaf.leaf,
            salt=leaf.salt,
            record=leaf.record,
            leaf_hash=leaf.leaf_hash,
            at=self.at,
            day=local_date(self.at),
            app_id=self.app_id,
            grant=grant.id if grant else None,
            address=self.address,
            code=self.code,
            nonce=self.nonce,
            quota=grant.daily_quota if grant and self.counts else None,
            calls=int(self.counts) - self.back,
            rows=self.rows if ok else -self.back_rows,
            refused=int(not ok),
            bytes=len(self.body) if ok else 0,
        )

    def _content(self, key: Mac) -> dict[str, Any]:
        content: dict[str, Any] = {
            "address": self.address,
            "code": self.code,
            "status": self.status,
        }
        if self.known is not None:
            content |= self.known.about
        if self.query is not None:
            content["where"] = [
                (f.field, f.operator, [_pseudonym(key, v) for v in f.values])
                for f in self.query.where
            ]
            content["limit"] = self.query.limit
        if self.plan is not None:
            content["fields"] = self.plan.names
            content["masked"] = self.plan.masked
        if self.code == OK and self.known is not None and self.known.key is not None:
            content["rows"] = self.rows
            content["bytes"] = len(self.body)
            # Keyed by the caller's secret: it can check its answer, and nobody else can try
            # values against a digest of so few unknowns.
            content["answer"] = self.known.key(self.body).hex()
        return content


def _pseudonym(key: Mac, value: str) -> str:
    """What stands for a value on record: the same for the same value, and nothing without the key."""
    return key(value.encode()).hex()[:32]
