"""Files mounted to entries: kept once under their id, known by size and digest (文件资源)."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from datahall.catalogue.findings import Finding
from datahall.catalogue.mounting.model import Resource
from datahall.kit.errors import Fault
from datahall.kit.ids import ResourceId
from datahall.kit.settings import settings

MOST_MB: Final = 50  # [P]
CHUNK: Final = 1 << 20
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAGIC: Final[dict[str, tuple[bytes, ...]]] = {
    "xlsx": (ZIP,), "docx": (ZIP,), "ofd": (ZIP,), "zip": (ZIP,), "et": (OLE, ZIP),
    "xls": (OLE,), "wps": (OLE, ZIP), "pdf": (b"%PDF-",), "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG",), "csv": (), "txt": (), "json": (), "xml": (),
}  # fmt: skip
"""How a file of each kind begins; text files are asked not to hold a zero byte."""


def kind_of(name: str) -> str:
    """The kind that a file's name claims."""
    return name.rpartition(".")[2].lower()


def is_kind(head: bytes, kind: str) -> bool:
    """Whether the first bytes are what the kind begins with."""
    begins = MAGIC[kind]
    return head.startswith(begins) if begins else b"\0" not in head


def path_of(id: ResourceId) -> Path:
    return settings().home / "resources" / str(id)


def receive(
    id: ResourceId, name: str, content: BinaryIO, fault: Callable[[Fault], None]
) -> tuple[int, str]:
    """Keep an uploaded file; its size and digest.  It appears whole or not at all."""
    path, size, digest, head = path_of(id), 0, hashlib.sha256(), b""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as kept:
            while chunk := content.read(CHUNK):
                head = head or chunk
                size += len(chunk)
                if size > MOST_MB << 20:
                    fault(Fault("file", "catalogue.mount_file_big", {"most": MOST_MB}))
                    return 0, ""
                digest.update(chunk)
                kept.write(chunk)
        kind = kind_of(name)
        if size == 0:
            fault(Fault("file", "catalogue.mount_file_missing"))
        elif not is_kind(head, kind):
            fault(Fault("file", "catalogue.mount_file_content", {"name": name, "kind": kind}))
        else:
            part.replace(path)
            return size, digest.hexdigest()
    finally:
        part.unlink(missing_ok=True)
    return 0, ""


def look(resource: Resource) -> Finding:
    """Whether the file is there, whole, as it was mounted, and of its kind."""
    path = path_of(resource.id)
    if not path.is_file():
        return Finding(ok=False, code="catalogue.probe_file_gone")
    digest, head = hashlib.sha256(), b""
    with path.open("rb") as kept:
        while chunk := kept.read(CHUNK):
            head = head or chunk
            digest.update(chunk)
    if (path.stat().st_size, digest.hexdigest()) != (resource.size_bytes, resource.digest):
        return Finding(ok=False, code="catalogue.probe_file_changed")
    kind = kind_of(resource.address)
    if kind not in MAGIC or not is_kind(head, kind):
        return Finding(ok=False, code="catalogue.probe_file_content", detail={"kind": kind})
    return Finding(ok=True, code="catalogue.probe_file_sound")
