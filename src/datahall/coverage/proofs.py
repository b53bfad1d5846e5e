"""Proof files: checked by what they are, kept outside the database under their own hash."""

import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from datahall.coverage.errors import ProofLost, ProofRefused
from datahall.coverage.model import Proof
from datahall.kit.ids import new_id
from datahall.kit.settings import settings

LARGEST_BYTES: Final = 10 * 2**20
CHUNK: Final = 2**16
KINDS: Final = {
    "application/pdf": ("pdf", b"%PDF-"),
    "image/jpeg": ("jpg", b"\xff\xd8\xff"),
    "image/png": ("png", b"\x89PNG\r\n\x1a\n"),
    "application/ofd": ("ofd", b"PK\x03\x04"),
}
"""Media type → the ending of its names and the bytes that it begins with."""
TAKEN: Final = "PDF、OFD、JPG、PNG"


def keep(name: str, content: BinaryIO | None) -> Proof:
    """Store a proof; the same file is stored once, whoever brings it.

    Raises:
        ProofRefused
    """
    if content is None or not name.strip():
        raise ProofRefused(reason="还没有选择文件")
    folder = _home()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{new_id().hex}.part"
    try:
        digest, size = _receive(content, draft)
        media = _media(draft, name)
        target = path_of(digest)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        if not target.exists():
            draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    plain = re.sub(r"[\x00-\x1f\x7f/\\]+", "_", name.strip())[-120:]
    return Proof(digest=digest, name=plain, media=media, size_bytes=size)


def content_of(proof: Proof) -> bytes:
    """The stored bytes, compared with their hash.

    Raises:
        ProofLost
    """
    try:
        content = path_of(proof.digest).read_bytes()
    except OSError as gone:
        raise ProofLost(digest=proof.digest) from gone
    if sha256(content).hexdigest() != proof.digest:
        raise ProofLost(digest=proof.digest)
    return content


def path_of(digest: str) -> Path:
    """Where the file of a hash is; a hash names nothing else."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ProofLost(digest=digest)
    return _home() / digest[:2] / digest


def _home() -> Path:
    return settings().home / "proofs"


def _receive(content: BinaryIO, draft: Path) -> tuple[str, int]:
    digest, size = sha256(), 0
    with draft.open("wb") as out:
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > LARGEST_BYTES:
                raise ProofRefused(reason=f"超过 {LARGEST_BYTES // 2**20} MB，压缩图片或拆开再传")
            digest.update(chunk)
            out.write(chunk)
    if not size:
        raise ProofRefused(reason="文件是空的")
    return digest.hexdigest(), size


def _media(path: Path, name: str) -> str:
    """What the file is, by its content; its name must say the same."""
    with path.open("rb") as opened:
        top = opened.read(16)
    ending = name.strip().rpartition(".")[2].lower().replace("jpeg", "jpg")
    for media, (suffix, magic) in KINDS.items():
        if not top.startswith(magic) or (suffix == "ofd" and not _is_ofd(path)):
            continue
        if ending != suffix:
            raise ProofRefused(reason=f"文件名以 .{ending[:10]} 结尾，内容却是 {suffix.upper()}")
        return media
    raise ProofRefused(reason=f"只收 {TAKEN}，别的格式先另存为 PDF")


def _is_ofd(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as parts:
            return "OFD.xml" in parts.namelist()
    except zipfile.BadZipFile:
        return False
