"""Use cases of the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import Connection

from datahall import security
from datahall.kit.clock import utc_now
from datahall.kit.crypto import Signer, Suite
from datahall.kit.events import Event
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.ledger import merkle, repository
from datahall.ledger.certificates import is_certificate, verify_certificate
from datahall.ledger.checkpoint import Checkpoint
from datahall.ledger.errors import (
    LeafNotFound,
    LogBroken,
    NoCheckpoint,
    NotSequenced,
    RecordErased,
)
from datahall.ledger.merkle import Frontier
from datahall.ledger.model import (
    Act,
    ActQuery,
    ActRefused,
    ContentErased,
    Leaf,
    SignedCheckpoint,
    call_leaf,
    leaf_of,
)
from datahall.ledger.note import NoteRefused, VerifierKey
from datahall.ledger.receipts import Check, Receipt, State, Verdict, check, verify_receipt
from datahall.ledger.tiles import TiledTree, TilesBroken

BATCH: Final = 20_000  # places given in one transaction: about a second's work


def append(conn: Connection, new: Sequence[Leaf], *, suite: Suite = Suite.INTL) -> list[UUID]:
    """Keep evidence of what happened, in the caller's transaction and without a lock (存证).

    Returns:
        The ids of the leaves, by which receipts are asked for.  Their places in the log come
        with the next checkpoint.
    """
    made = [(leaf, call_leaf(leaf.record(), suite=suite)) for leaf in new]
    if made:
        repository.add(conn, made)
    return [salted.leaf for _, salted in made]


def record_acts(unit: Unit, events: Sequence[Event]) -> None:
    """The sink of units: every act becomes a leaf in the transaction that it belongs to."""
    append(unit.conn, [leaf_of(event) for event in events], suite=unit.keys.suite)


def record_refusal(unit: Unit, *, by: str, act: str, code: str, on: str = "") -> None:
    """Record that an act was refused; called by the edge in a unit of its own.

    Args:
        unit: the edge's own, since the refused act's is rolled back.
        by: who tried, or `anonymous`.
        act: what was tried, as `POST /catalogue/items`.
        code: the refusal's code, as `security.not_permitted`.
        on: the thing, as `kind:id`, when it is known.
    """
    unit.record(ActRefused(at=unit.now, by=by, act=act, on=on, code=code))


def origin() -> str:
    """Which log this hall keeps: the first line of its checkpoints and the name of its key."""
    return f"datahall/{settings().region}"


def published_key(signer: Signer) -> VerifierKey:
    """The key that everybody checks receipts and checkpoints of this hall with (公布的公钥)."""
    return VerifierKey.of(origin(), signer)


def _tree(conn: Connection, suite: Suite) -> TiledTree:
    return TiledTree(suite, lambda level, index: repository.read_tile(conn, level, index))


def sequence(
    conn: Connection, signer: Signer, *, at: datetime | None = None, most: int = BATCH
) -> Checkpoint | None:
    """Give waiting leaves their places and sign the new state of the log (入账).

    The worker calls this every second, and whoever needs a receipt sooner.  Before anything is
    added, what is stored must still be what was signed last.

    Returns:
        The latest checkpoint; None while the log is empty.

    Raises:
        LogBroken
    """
    repository.lock(conn)
    key = published_key(signer)
    before = repository.latest_checkpoint(conn)
    size = before.size if before else 0
    tree = _tree(conn, signer.suite)
    edge = _edge(tree, before, key)
    hashes = repository.take_pending(conn, size=size, most=most)
    if not hashes:
        return Checkpoint(key.name, size, edge.root()) if before else None
    repository.save_tiles(conn, tree.grow(size, hashes))
    for leaf_hash in hashes:
        edge.append(leaf_hash)
    signed = Checkpoint(key.name, edge.size, edge.root())
    repository.save_checkpoint(
        conn,
        SignedCheckpoint(
            size=signed.size,
            root=signed.root,
            suite=signer.suite,
            note=signed.signed(signer),
            at=at or utc_now(),
        ),
    )
    return signed


def _edge(tree: TiledTree, before: SignedCheckpoint | None, key: VerifierKey) -> Frontier:
    """The right edge of the stored tree, which must have the root that was signed."""
    if before is None:
        return Frontier(key.suite)
    try:
        signed = Checkpoint.open(before.note, key)
        edge = Frontier.at(key.suite, signed.size, tree)
    except (NoteRefused, TilesBroken) as wrong:
        raise LogBroken(
            f"检查点 {before.size} 与账本或密钥不符（{wrong}），已停止入账。"
        ) from wrong
    if (signed.size, signed.root) != (before.size, edge.root()):
        raise LogBroken(f"账本前 {before.size} 条与签名的检查点不符，已停止入账。")
    return edge


def receipt(conn: Connection, leaf: UUID, *, signer: Signer | None = None) -> Receipt:
    """The proof that a record stands in the signed log (存证回执).

    Whoever hands it on decides who may have it: it contains the record.

    Args:
        conn: where the ledger is.
        leaf: what `append` returned, the gateway's `X-Receipt`.
        signer: when given, a record that still waits gets its place now.

    Raises:
        LeafNotFound, RecordErased, NotSequenced, LogBroken
    """
    found = repository.record(conn, leaf)
    if found is None:
        raise LeafNotFound(leaf=str(leaf))
    while found["index"] is None and signer is not None:
        sequence(conn, signer)
        found = repository.record(conn, leaf) or found
    if found["record"] is None:
        raise RecordErased(leaf=str(leaf))
    signed = repository.latest_checkpoint(conn)
    if found["index"] is None or signed is None:
        raise NotSequenced(leaf=str(leaf))
    suite = Suite(signed.suite)
    return Receipt(
        record=orjson.loads(found["record"]),
        salt=found["salt"],
        index=found["index"],
        path=tuple(merkle.inclusion(suite, _tree(conn, suite), found["index"], signed.size)),
        checkpoint=signed.note,
    )


def receipt_for(unit: Unit, actor: security.Actor, leaf: UUID) -> Receipt:
    """The receipt of an act to whoever did it, and to the auditor.

    Raises:
        NotPermitted, LeafNotFound, RecordErased, LogBroken
    """
    act = repository.act(unit.conn, leaf)
    if act is None:
        raise LeafNotFound(leaf=str(leaf))
    if act.by != actor.by:
        security.require(actor, "ledger:audit")
    return receipt(unit.conn, leaf, signer=unit.keys.signer("ledger"))


def check_receipt(conn: Connection, file: bytes, signer: Signer) -> Verdict:
    """Check a receipt or a certificate as anybody can offline, and then against the log (核验)."""
    verify = verify_certificate if is_certificate(file) else verify_receipt
    verdict = verify(file, published_key(signer))
    return replace(verdict, checks=(*verdict.checks, _current(conn, verdict)))


def _current(conn: Connection, verdict: Verdict) -> Check:
    """Whether the log has only grown since the receipt was issued."""
    proved = {c.name for c in verdict.checks if c.state is State.PASSED}
    if verdict.checkpoint is None or "inclusion" not in proved:
        return check("current", State.SKIPPED)
    size = verdict.checkpoint.size
    now = size_since(conn, verdict.checkpoint)
    if now is None:
        return check("current", State.FAILED)
    if now == size:
        return check("current", State.PASSED, "same", size=f"{size:,}")
    return check("current", State.PASSED, "grown", size=f"{size:,}", now=f"{now:,}")


def consistency(conn: Connection, old: int, new: int) -> list[bytes]:
    """The proof that the log of `new` leaves only added to that of `old` (一致性证明).

    Raises:
        NoCheckpoint: the log is not that long, or `old` is larger than `new`.
    """
    latest = repository.latest_checkpoint(conn)
    if latest is None or not 0 <= old <= new <= latest.size:
        raise NoCheckpoint(size=new)
    suite = Suite(latest.suite)
    return merkle.consistency(suite, _tree(conn, suite), old, new)


def size_since(conn: Connection, seen: Checkpoint) -> int | None:
    """How long the log is now if it only grew since `seen`; None when history was rewritten."""
    latest = repository.latest_checkpoint(conn)
    if latest is None or seen.size > latest.size:
        return None
    suite = Suite(latest.suite)
    try:
        then = Frontier.at(suite, seen.size, _tree(conn, suite)).root()
    except TilesBroken:
        return None
    return latest.size if then == seen.root else None


def waiting(conn: Connection) -> int:
    """How many leaves have no place yet (待入账)."""
    return repository.count_waiting(conn)


def latest_checkpoint(conn: Connection) -> SignedCheckpoint | None:
    """The newest signed state of the log; None while it is empty."""
    return repository.latest_checkpoint(conn)


def checkpoints(
    conn: Connection, *, before: int | None = None, most: int = 50
) -> list[SignedCheckpoint]:
    """Signed states of the log smaller than `before`, the newest first."""
    return repository.checkpoints_before(conn, before, most)


def acts_of(conn: Connection, subject: str, *, most: int = 200) -> list[Act]:
    """What was done to `subject`, the oldest first, for histories on pages (办理经过)."""
    return repository.acts(conn, ActQuery(subject=subject, most=most))[::-1]


def look_up(unit: Unit, actor: security.Actor, leaf: UUID) -> Act:
    """One act, for the auditor (审计).

    Raises:
        NotPermitted, LeafNotFound
    """
    security.require(actor, "ledger:audit")
    act = repository.act(unit.conn, leaf)
    if act is None:
        raise LeafNotFound(leaf=str(leaf))
    return act


def audit(unit: Unit, actor: security.Actor, wanted: ActQuery) -> list[Act]:
    """Acts of everybody, the newest first (审计).

    Raises:
        NotPermitted
    """
    security.require(actor, "ledger:audit")
    return repository.acts(unit.conn, wanted)


def erase(unit: Unit, actor: security.Actor, leaf: UUID, *, basis: str) -> None:
    """Erase what a record says, as the law demands; its hash stays in the log (依法删除).

    Raises:
        NotPermitted, LeafNotFound
    """
    security.require(actor, "ledger:erase")
    left = repository.erase(unit.conn, leaf, unit.now)
    if left is None:
        raise LeafNotFound(leaf=str(leaf))
    unit.record(
        ContentErased(
            at=unit.now,
            by=actor.by,
            leaf=leaf,
            kind=left["kind"],
            happened_at=left["at"],
            basis=basis,
        )
    )
