"""Signed notes and their keys, as in C2SP signed-note and tlog-cosignature.  No I/O.

datahall/341500
3                                       text: origin, size and root of the log
q1VbQFvAs3DcM2…

— datahall/341500 0zsBEu0X…             signature line: name, base64(key id ‖ signature)
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Self

from datahall.kit.crypto import Signer, Suite, verify

ED25519: Final = b"\x01"
ED25519_COSIGNATURE: Final = b"\x04"
SM2: Final = b"\xffdatahall/sm2"  # not assigned by C2SP, so under its byte for private use
SM2_COSIGNATURE: Final = b"\xffdatahall/sm2-cosignature"
_KINDS: Final = {
    SM2_COSIGNATURE: (Suite.SM, True),  # before its own prefix
    SM2: (Suite.SM, False),
    ED25519: (Suite.INTL, False),
    ED25519_COSIGNATURE: (Suite.INTL, True),
}
_DASH: Final = "\u2014 "
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8


class NoteRefused(ValueError):
    """The text is not a note, or not signed by the key asked for."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A published key (公钥): `name+id+base64`, one line that anybody may keep."""

    name: str
    kind: bytes
    public: bytes

    @classmethod
    def of(cls, name: str, signer: Signer, *, cosigns: bool = False) -> Self:
        """The published half of a signer; `cosigns` makes it a witness's key."""
        wanted = (signer.suite, cosigns)
        return cls(name, next(k for k, v in _KINDS.items() if v == wanted), signer.public_key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that the line says.

        Raises:
            NoteRefused
        """
        try:
            name, id, coded = text.strip().split("+", 2)
            material = strict_base64(coded)
        except ValueError as wrong:
            raise NoteRefused("a key reads name+id+base64") from wrong
        for kind in _KINDS:
            if material.startswith(kind):
                key = cls(name, kind, material[len(kind) :])
                if key.id.hex() == id and _is_name(name):
                    return key
        raise NoteRefused("the key's id does not belong to it, or its kind is unknown")

    @property
    def suite(self) -> Suite:
        return _KINDS[self.kind][0]

    @property
    def cosigns(self) -> bool:
        return _KINDS[self.kind][1]

    @property
    def id(self) -> bytes:
        """Four bytes that name the key in signature lines; SHA-256 in either suite, as specified."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(self.kind + self.public).decode()}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature`, without its key id, is this key's over the note's text."""
        if not self.cosigns:
            return verify(self.suite, self.public, signature, text.encode())
        stamp, signature = signature[:_TIME_BYTES], signature[_TIME_BYTES:]
        signed = _cosigned(text, int.from_bytes(stamp, "big"))
        return verify(self.suite, self.public, signature, signed)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def strict_base64(text: str) -> bytes:
    """Strictly: an altered padding bit is an altered text."""
    try:
        plain = b64decode(text, validate=True)
    except ValueError as wrong:
        raise NoteRefused("not base64") from wrong
    if b64encode(plain).decode() != text:
        raise NoteRefused("not canonical base64")
    return plain


def sign(text: str, name: str, signer: Signer) -> str:
    """The note of `text`, signed under `name`."""
    return f"{text}\n{_line(VerifierKey.of(name, signer), signer.sign(text.encode()))}"


def cosign(note: str, name: str, signer: Signer, at: datetime) -> str:
    """The line with which a witness states that it saw this note's log grow until `at` (见证)."""
    text, _ = split(note)
    time = int(at.timestamp())
    signature = time.to_bytes(_TIME_BYTES, "big") + signer.sign(_cosigned(text, time))
    return _line(VerifierKey.of(name, signer, cosigns=True), signature)


def _line(key: VerifierKey, signature: bytes) -> str:
    return f"{_DASH}{key.name} {b64encode(key.id + signature).decode()}\n"


def split(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note, and its signatures as name, key id and bytes.

    Raises:
        NoteRefused
    """
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NoteRefused("not a signed note")
    found = []
    for line in lines[:-1].split("\n"):
        name, space, coded = line.removeprefix(_DASH).partition(" ")
        signature = strict_base64(coded)
        if not (line.startswith(_DASH) and space and _is_name(name) and len(signature) > _ID_BYTES):
            raise NoteRefused("not a signature line")
        found.append((name, signature[:_ID_BYTES], signature[_ID_BYTES:]))
    return f"{text}\n", found


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note that `key` signed; signatures of other keys are passed over.

    Raises:
        NoteRefused
    """
    text, signatures = split(note)
    ours = [s for name, id, s in signatures if (name, id) == (key.name, key.id)]
    if not ours:
        raise NoteRefused("not signed by this key")
    if not all(key.verifies(text, signature) for signature in ours):
        raise NoteRefused("the signature does not belong to the text")
    return text


def witnessed_at(note: str, key: VerifierKey) -> datetime | None:
    """When the witness with this key cosigned the note; None when it did not, or not validly."""
    text, signatures = split(note)
    for name, id, signature in signatures:
        if key.cosigns and (name, id) == (key.name, key.id) and key.verifies(text, signature):
            return datetime.fromtimestamp(int.from_bytes(signature[:_TIME_BYTES], "big"), UTC)
    return None
