"""Key files: what the program must keep secret stands outside the database (密钥文件)."""

import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from datahall.kit.crypto import Signer, Suite, Vault, new_signer, signer_from_pem
from datahall.kit.settings import settings


class KeyFileExposed(RuntimeError):
    """A key file can be read by other users of the machine."""


@dataclass(frozen=True, slots=True)
class KeyStore:
    """The folder of key files; each is made with fresh randomness when first asked for.

    Processes that start together agree: a file appears whole, and the first one wins.
    """

    folder: Path
    suite: Suite = Suite.INTL
    _read: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def vault(self) -> Vault:
        """Seals and opens secrets that are stored in the database."""
        return Vault(self.secret("vault"), self.suite)

    def secret(self, name: str) -> bytes:
        """Thirty-two random bytes, the same at every start (`csrf`, `vault`)."""
        return bytes.fromhex(self._text(f"{name}.key", secrets.token_hex(32)))

    def signer(self, name: str) -> Signer:
        """A signing key, `ledger` being the one that signs checkpoints."""
        file = f"{name}.pem"
        if file in self._read or (self.folder / file).exists():
            return signer_from_pem(self._text(file))
        return signer_from_pem(self._text(file, new_signer(self.suite).to_pem()))

    def _text(self, file: str, fresh: str = "") -> str:
        if file not in self._read:
            path = self.folder / file
            if not path.exists():
                _write_once(path, fresh)
            mode = path.stat().st_mode & 0o777
            if mode & 0o077:
                raise KeyFileExposed(
                    f"密钥文件 {path} 的权限是 {mode:o}，其他用户可以读到：请执行 chmod 600 {path}"
                )
            self._read[file] = path.read_text().strip()
        return self._read[file]


def _write_once(path: Path, text: str) -> None:
    """Let `path` appear complete, durable and readable by us alone, unless it exists by then."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(f"{text}\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return  # another process was first; its key counts
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        draft.unlink()


@cache
def key_store() -> KeyStore:
    """The key files of this process, where the settings say."""
    chosen = settings()
    return KeyStore(chosen.keys or chosen.home / "keys", chosen.suite)
