"""Verifying the whole log against what was signed (全账核验)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlalchemy import Connection, RowMapping

from datahall.kit.messages import sentence
from datahall.ledger import repository
from datahall.ledger.checkpoint import Checkpoint
from datahall.ledger.merkle import Frontier, root
from datahall.ledger.model import ContentErased, SignedCheckpoint, entry_hash, is_call
from datahall.ledger.note import NoteRefused, VerifierKey
from datahall.ledger.tiles import HASH_BYTES, WIDTH, Tile, cut

MOST_FAULTS: Final = 100  # enough to know; a log that is all wrong is not listed leaf by leaf


class FaultKind(StrEnum):
    """What is wrong with the log (核验问题)."""

    CHANGED = "changed"  # a record does not say what was hashed
    REMOVED = "removed"  # a record is gone without an erasure
    ERASED = "erased"  # a record is empty, but no act of erasure is in the log
    GAP = "gap"  # a place is empty, or taken twice
    UNLISTED = "unlisted"  # a record stands outside the log
    ROOT = "root"  # leaves up to a checkpoint differ from what was signed
    SIGNATURE = "signature"  # a checkpoint is not signed by the key
    TILE = "tile"  # stored hashes differ from the leaves
    UNSIGNED = "unsigned"  # leaves beyond the last checkpoint
    SHORT = "short"  # fewer leaves than were signed
    FORKED = "forked"  # the log does not continue the checkpoint that was kept elsewhere


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    where: str  # the leaf's place and id, the checkpoint's size or the tile

    @property
    def sentence(self) -> str:
        return sentence(f"ledger.fault.{self.kind}", {"where": self.where})


@dataclass(slots=True)
class LogVerdict:
    """What verifying everything found."""

    size: int = 0
    checkpoints: int = 0
    waiting: int = 0
    erased: int = 0  # lawfully: their hashes verify
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def blame(self, kind: FaultKind, where: object) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, str(where)))


def verify_log(
    conn: Connection,
    key: VerifierKey,
    *,
    kept: Checkpoint | None = None,
    progress: Callable[[int], None] = lambda _size: None,
) -> LogVerdict:
    """Compute the whole log again and compare it with every signed checkpoint (全账核验).

    Args:
        conn: in one snapshot, so that a log in use verifies too (`repeatable read`).
        key: the published key.
        kept: a checkpoint that somebody kept outside this database; without one, a log cut
            back to an older signed state looks whole.
        progress: told how many leaves are done.
    """
    verdict = LogVerdict()
    signed = _Signed(repository.each_checkpoint(conn), key, verdict)
    edge = Frontier(key.suite)
    tiles = _Tiles(key)
    records = _Records(key, verdict)
    for row in repository.each_leaf(conn):
        edge.append(row["leaf_hash"])
        tiles.append(row["leaf_hash"])
        where = f"{edge.size}（{row['leaf']}）"
        if row["index"] != edge.size - 1:
            verdict.blame(FaultKind.GAP, where)
        records.look(row, where)
        signed.compare(edge)
        if kept is not None and kept.size == edge.size and kept.root != edge.root():
            verdict.blame(FaultKind.FORKED, kept.size)
        if edge.size % WIDTH == 0:
            progress(edge.size)
    verdict.size = edge.size
    if kept is not None and (kept.size > edge.size or kept.origin != key.name):
        verdict.blame(FaultKind.FORKED, kept.size)
    signed.finish(edge.size)
    for level, index in tiles.differing(repository.each_tile(conn)):
        verdict.blame(FaultKind.TILE, f"{level}/{index}")
    for row in repository.each_waiting(conn):
        verdict.waiting += 1
        records.look(row, str(row["leaf"]))
    records.finish()
    for leaf in repository.unlisted(conn):
        verdict.blame(FaultKind.UNLISTED, leaf)
    return verdict


class _Records:
    """Compares records with their leaf hashes, and erased ones with the acts of erasure."""

    def __init__(self, key: VerifierKey, verdict: LogVerdict) -> None:
        self._suite = key.suite
        self._verdict = verdict
        self._empty: dict[str, tuple[str, RowMapping]] = {}  # leaf id → place, row

    def look(self, row: RowMapping, where: str) -> None:
        if row["found"] is None:
            self._verdict.blame(FaultKind.REMOVED, where)
        elif row["record"] is None and row["salt"] is None and row["erased_at"] is not None:
            self._empty[str(row["leaf"])] = where, row
        elif not self._is_whole(row):
            self._verdict.blame(FaultKind.CHANGED, where)
        elif row["kind"] == ContentErased.tag:
            self._erased(orjson.loads(row["record"]))

    def finish(self) -> None:
        for where, _ in self._empty.values():
            self._verdict.blame(FaultKind.ERASED, where)

    def _is_whole(self, row: RowMapping) -> bool:
        """Whether the record is what was hashed, and the columns beside it say the same."""
        if row["record"] is None or row["salt"] is None or row["erased_at"] is not None:
            return False
        if entry_hash(self._suite, row["salt"], row["record"].encode()) != row["leaf_hash"]:
            return False
        said = orjson.loads(row["record"])
        return (
            said["id"] == str(row["leaf"])
            and (said["kind"], said["by"]) == (row["kind"], row["by"])
            and row["subject"] == (None if is_call(said["kind"]) else said["subject"])
            and datetime.fromisoformat(said["at"]) == row["at"]
        )

    def _erased(self, act: Mapping[str, Any]) -> None:
        """The log itself says that a record was erased: its row must look so."""
        body = act["body"]
        where, row = self._empty.pop(body["leaf"], ("", None))
        if row is None:
            self._verdict.blame(FaultKind.CHANGED, body["leaf"])
            return
        self._verdict.erased += 1
        as_left = (
            (row["kind"], row["by"], row["subject"]) == (body["kind"], "", None)
            and row["at"] == datetime.fromisoformat(body["happened_at"])
            and row["erased_at"] == datetime.fromisoformat(act["at"])
        )
        if not as_left:
            self._verdict.blame(FaultKind.CHANGED, where)


class _Signed:
    """Goes through the checkpoints beside the leaves."""

    def __init__(
        self, checkpoints: Iterator[SignedCheckpoint], key: VerifierKey, verdict: LogVerdict
    ) -> None:
        self._rest = checkpoints
        self._key = key
        self._verdict = verdict
        self._last = 0
        self._next = next(checkpoints, None)

    def compare(self, edge: Frontier) -> None:
        """Compare the checkpoint of exactly this size, when there is one."""
        if self._next is not None and self._next.size == edge.size:
            self._look(self._next, edge.root())
            self._last = edge.size
            self._next = next(self._rest, None)

    def finish(self, size: int) -> None:
        """Judge what is beyond the leaves, and leaves beyond what is signed."""
        while self._next is not None:
            self._verdict.blame(FaultKind.SHORT, self._next.size)
            self._next = next(self._rest, None)
        if size > self._last:
            self._verdict.blame(FaultKind.UNSIGNED, f"{self._last + 1}—{size}")

    def _look(self, stored: SignedCheckpoint, root: bytes) -> None:
        self._verdict.checkpoints += 1
        try:
            signed = Checkpoint.open(stored.note, self._key)
        except NoteRefused:
            self._verdict.blame(FaultKind.SIGNATURE, stored.size)
            return
        said = (signed.size, signed.root, self._key.suite)
        if said != (stored.size, stored.root, stored.suite) or signed.root != root:
            self._verdict.blame(FaultKind.ROOT, stored.size)


class _Tiles:
    """Computes every tile anew, keeping one digest of 32 bytes for each full one."""

    def __init__(self, key: VerifierKey) -> None:
        self._suite = key.suite
        self._edge: list[list[bytes]] = []
        self._full: list[list[bytes]] = []  # level → roots of full tiles

    def append(self, leaf_hash: bytes) -> None:
        level, rising = 0, leaf_hash
        while True:
            if level == len(self._edge):
                self._edge.append([])
                self._full.append([])
            self._edge[level].append(rising)
            if len(self._edge[level]) < WIDTH:
                return
            rising = root(self._suite, self._edge[level])
            self._full[level].append(rising)
            self._edge[level] = []
            level += 1

    def differing(self, stored: Iterator[tuple[Tile, bytes]]) -> list[Tile]:
        """Tiles that are stored otherwise than computed, not at all, or too many."""
        due: dict[Tile, bytes] = {}
        for level, full in enumerate(self._full):
            due |= {(level, index): digest for index, digest in enumerate(full)}
            if self._edge[level]:
                due[level, len(full)] = root(self._suite, self._edge[level])
        wrong = []
        for tile, hashes in stored:
            partial = tile[0] < len(self._full) and tile[1] == len(self._full[tile[0]])
            count = len(self._edge[tile[0]]) if partial else WIDTH
            whole = len(hashes) == count * HASH_BYTES
            if not whole or due.pop(tile, None) != root(self._suite, cut(hashes)):
                wrong.append(tile)
        return [*wrong, *due]
