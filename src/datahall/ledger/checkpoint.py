"""A signed state of the log, as in C2SP tlog-checkpoint.  No I/O."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from datahall.kit.crypto import Signer, Suite
from datahall.ledger.merkle import extends
from datahall.ledger.note import NoteRefused, VerifierKey, open_note, sign, strict_base64

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many leaves the log has and the root over them (检查点)."""

    origin: str  # which log, as in `datahall/341500`
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The checkpoint that a note's text says, in its one way of writing.

        Raises:
            NoteRefused
        """
        origin, *rest = text.split("\n")
        if len(rest) != 3 or not rest[0].isdecimal():  # noqa: PLR2004 - size, root, end
            raise NoteRefused("not a checkpoint")
        found = cls(origin, int(rest[0]), strict_base64(rest[1]))
        if found.text != text or len(found.root) != HASH_BYTES:
            raise NoteRefused("not a checkpoint")
        return found

    @classmethod
    def open(cls, note: str, key: VerifierKey) -> Self:
        """The checkpoint of a note that `key` signed for its own log.

        Raises:
            NoteRefused
        """
        found = cls.parse(open_note(note, key))
        if found.origin != key.name:
            raise NoteRefused("signed for another log")
        return found

    def signed(self, signer: Signer) -> str:
        """The note of this checkpoint; a log signs under its own origin."""
        return sign(self.text, self.origin, signer)


def is_extended(old: Checkpoint, new: Checkpoint, path: Sequence[bytes], suite: Suite) -> bool:
    """Whether `path` proves that the log at `new` begins with the log at `old` (只增未改)."""
    return old.origin == new.origin and extends(suite, old.size, new.size, old.root, new.root, path)
