"""Registering sources, trying the way into them, scanning what is in them (数据源)."""

import hashlib
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import BinaryIO, Final

from datahall import security
from datahall.ingestion import repository
from datahall.ingestion.connectors import Connector, broken, connect, files
from datahall.ingestion.errors import SecretLost, SourceInUse, SourceNotFound, UploadRefused
from datahall.ingestion.events import FileUploaded, SourceRegistered, SourceRevised
from datahall.ingestion.forms import SourceForm
from datahall.ingestion.model import Diagnosis, Source
from datahall.ingestion.service.access import MANAGE, VIEW, scope
from datahall.ingestion.vocabulary import Kind
from datahall.kit.crypto import CannotOpen
from datahall.kit.errors import Invalid
from datahall.kit.ids import SourceId, new_id
from datahall.kit.keys import key_store
from datahall.kit.uow import Unit

MOST_UPLOADED: Final = 512 << 20  # bytes
MOST_NAME_BYTES: Final = 200  # file systems hold 255
_MAGIC: Final = {Kind.XLSX: b"PK\x03\x04"}


def register_source(unit: Unit, actor: security.Actor, form: SourceForm) -> Source:
    """Write down where the department's data are (登记数据源); the password is sealed.

    Raises:
        NotPermitted, Invalid
    """
    security.require(actor, MANAGE, on=actor.org)
    taken = repository.names_taken(unit.conn, actor.org)
    _refuse(form, names_taken=taken, has_secret=False)
    source = _filled(
        Source(
            id=SourceId(new_id()),
            org=actor.org,
            name=form.name,
            kind=form.kind,
            registered_at=unit.now,
        ),
        form,
    )
    repository.add_source(unit.conn, source)
    unit.record(
        SourceRegistered(
            at=unit.now, by=actor.by, source=source.id, name=source.name, address=source.address
        )
    )
    return source


def revise_source(unit: Unit, actor: security.Actor, id: SourceId, form: SourceForm) -> Source:
    """Change how a source is reached (修改数据源); a blank password keeps the stored one.

    Raises:
        SourceNotFound, NotPermitted, SourceInUse, Invalid
    """
    source = managed(unit, actor, id)
    if form.kind is not source.kind:
        raise SourceInUse(count=repository.tasks_reading(unit.conn, id))
    taken = repository.names_taken(unit.conn, source.org, but=id)
    # A stored password is for the stored address and account; it is not sent anywhere else.
    same_door = (form.host.strip(), form.port_number, form.user.strip()) == (
        source.host,
        source.port,
        source.user,
    )
    _refuse(form, names_taken=taken, has_secret=source.secret is not None and same_door)
    revised = _filled(source, form)
    places = tuple(
        f.name for f in fields(Source) if getattr(source, f.name) != getattr(revised, f.name)
    )
    if set(places) - {"name", "zone"}:  # what was found behind another door is not true of this
        revised = replace(revised, diagnosis=None, tested_at=None)
    if places:
        repository.save_source(unit.conn, revised)
        unit.record(SourceRevised(at=unit.now, by=actor.by, source=id, places=places))
    return revised


def upload(
    unit: Unit, actor: security.Actor, id: SourceId, *, name: str, content: BinaryIO
) -> Source:
    """Keep the file of a source, in place of the one before (上传文件).

    The file appears whole or not at all; tasks that read it notice within seconds.

    Raises:
        SourceNotFound, NotPermitted, UploadRefused
    """
    source = managed(unit, actor, id)
    plain = re.sub(r"[^\w.()（）-]+", "_", Path(name).name).strip("._")
    suffix = f".{source.kind.value}"
    if not source.kind.is_file:
        raise UploadRefused(reason="这个数据源是数据库，不收文件")
    if not plain.lower().endswith(suffix) or plain.lower() == suffix.strip("."):
        raise UploadRefused(reason=f"文件名应以 {suffix} 结尾")
    plain = _short(plain)
    folder = files.folder(id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{new_id().hex}.part"
    try:
        digest = _receive(content, draft, magic=_MAGIC.get(source.kind, b""))
        draft.replace(folder / plain)
    finally:
        draft.unlink(missing_ok=True)
    for old in folder.iterdir():
        if old.name != plain:
            old.unlink()
    uploaded = replace(source, path=plain, diagnosis=None, tested_at=None)
    if source.scan_due_at:  # another file may have other columns
        uploaded = replace(uploaded, scan_due_at=unit.now)
    repository.save_source(unit.conn, uploaded)
    repository.wake(unit.conn, id, at=unit.now)
    unit.record(FileUploaded(at=unit.now, by=actor.by, source=id, file=plain, digest=digest))
    return uploaded


def test_source(unit: Unit, actor: security.Actor, id: SourceId) -> Diagnosis:
    """Try the way into a source layer by layer and remember what was found (连接测试).

    Raises:
        SourceNotFound, NotPermitted
    """
    source = managed(unit, actor, id)
    try:
        diagnosis = connector_of(source).test()
    except SecretLost as error:
        diagnosis = Diagnosis(findings=(broken(error),))
    tested = replace(source, diagnosis=diagnosis, tested_at=unit.now)
    repository.save_source(unit.conn, tested)
    return diagnosis


def source(unit: Unit, actor: security.Actor, id: SourceId) -> Source:
    """Return a source that the actor may see; another department's is not there for them.

    Raises:
        SourceNotFound
    """
    found = repository.source(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise SourceNotFound(source=id)
    return found


def sources(unit: Unit, actor: security.Actor) -> list[Source]:
    """The sources that the actor may see."""
    return repository.sources_of(unit.conn, scope(actor))


def connector_of(source: Source) -> Connector:
    """The way into a source, with its password opened for this one use.

    Raises:
        SecretLost
    """
    if source.secret is None:
        return connect(source, "")
    try:
        plain = key_store().vault().open(source.secret, context=_context(source.id))
    except CannotOpen as error:
        raise SecretLost(name=source.name) from error
    return connect(source, plain.decode())


def managed(unit: Unit, actor: security.Actor, id: SourceId) -> Source:
    """A source that the actor may change, held until the unit commits.

    Raises:
        SourceNotFound, NotPermitted
    """
    found = repository.source(unit.conn, id, lock=True)
    if not security.may(actor, VIEW, on=found.org):
        raise SourceNotFound(source=id)
    security.require(actor, MANAGE, on=found.org)
    return found


def _refuse(form: SourceForm, *, names_taken: set[str], has_secret: bool) -> None:
    faults = list(form.faults(names_taken=names_taken, has_secret=has_secret))
    if faults:
        raise Invalid(faults)


def _filled(source: Source, form: SourceForm) -> Source:
    """The source as typed, its password sealed for this source alone."""
    named = replace(source, name=form.name.strip(), zone=form.zone)
    if form.kind.is_file:
        return named
    secret = source.secret
    if form.password:
        vault = key_store().vault()
        secret = vault.seal(form.password.encode(), context=_context(source.id))
    return replace(
        named,
        host=form.host.strip(),
        port=form.port_number,
        database=form.database.strip(),
        schema=form.schema.strip(),
        user=form.user.strip(),
        secret=secret,
    )


def _context(id: SourceId) -> str:
    return f"source:{id}"


def _short(name: str) -> str:
    """The name as the file system can hold it: 90 hanzi are 270 bytes."""
    stem, suffix = Path(name).stem, Path(name).suffix
    cut = stem.encode()[: MOST_NAME_BYTES - len(suffix.encode())]
    return cut.decode(errors="ignore") + suffix


def _receive(content: BinaryIO, draft: Path, *, magic: bytes) -> str:
    """Copy an upload to `draft`; return its SHA-256."""
    digest = hashlib.sha256()
    size = 0
    with draft.open("xb") as out:
        while chunk := content.read(1 << 20):
            if size == 0 and not chunk.startswith(magic):
                raise UploadRefused(reason="它的内容不是 XLSX 工作簿")
            size += len(chunk)
            if size > MOST_UPLOADED:
                raise UploadRefused(reason="文件超过 512 MB")
            digest.update(chunk)
            out.write(chunk)
    if size == 0:
        raise UploadRefused(reason="文件是空的")
    return digest.hexdigest()
