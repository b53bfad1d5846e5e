"""Refusals of ingestion, and the failures of a load by the layer that failed."""

from typing import ClassVar

from datahall.ingestion.vocabulary import Layer
from datahall.kit.errors import DomainError, Terminal, Transient


class SourceNotFound(DomainError):
    """There is no such source, or the caller may not see it."""

    code = "ingestion.source_not_found"
    status = 404


class TaskNotFound(DomainError):
    """There is no such ingestion task, or the caller may not see it."""

    code = "ingestion.task_not_found"
    status = 404


class TableGoneAlready(DomainError):
    """The last scan no longer found the table."""

    code = "ingestion.table_gone_already"


class SourceInUse(DomainError):
    """Published items read from this source."""

    code = "ingestion.source_in_use"


class NothingHeld(DomainError):
    """No load of the task waits for a decision, or another one than was shown."""

    code = "ingestion.nothing_held"


class UploadRefused(DomainError):
    """The uploaded file is of another kind, empty or too large."""

    code = "ingestion.upload_refused"
    status = 422
    field = "file"


class LoadFailure(DomainError):
    """A connection test, a scan or a load failed in one layer."""

    code = "ingestion.failed"
    status = 422
    layer: ClassVar[Layer] = Layer.READ


class AddressRefused(Terminal, LoadFailure):
    """The host is not an address that the hall may connect to."""

    code = "ingestion.address_refused"
    layer = Layer.REACH


class HostUnknown(Transient, LoadFailure):
    """The host name has no address."""

    code = "ingestion.host_unknown"
    layer = Layer.REACH


class SourceUnreachable(Transient, LoadFailure):
    """Nothing answers at the host and port."""

    code = "ingestion.source_unreachable"
    layer = Layer.REACH


class SourceBusy(Transient, LoadFailure):
    """The server answers but takes no more connections just now."""

    code = "ingestion.source_busy"
    layer = Layer.REACH


class LoginRefused(Terminal, LoadFailure):
    """User or password is wrong, or the server lets nobody in from here."""

    code = "ingestion.login_refused"
    layer = Layer.LOGIN


class SecretLost(Terminal, LoadFailure):
    """The stored password was sealed with another key file."""

    code = "ingestion.secret_lost"
    layer = Layer.LOGIN


class DatabaseMissing(Terminal, LoadFailure):
    """The server has no database of this name."""

    code = "ingestion.database_missing"
    layer = Layer.LOGIN


class SchemaMissing(Terminal, LoadFailure):
    """The database has no schema of this name, or the user cannot see into it."""

    code = "ingestion.schema_missing"
    layer = Layer.PRIVILEGE


class NothingReadable(Terminal, LoadFailure):
    """The user may read no table at all."""

    code = "ingestion.nothing_readable"
    layer = Layer.PRIVILEGE


class PrivilegeMissing(Terminal, LoadFailure):
    """The user may not read this table."""

    code = "ingestion.privilege_missing"
    layer = Layer.PRIVILEGE


class ConnectionLost(Transient, LoadFailure):
    """The source went away while it was being read."""

    code = "ingestion.connection_lost"
    layer = Layer.READ


class ReadFailed(Transient, LoadFailure):
    """The source refused to give the rows."""

    code = "ingestion.read_failed"
    layer = Layer.READ


class NothingRead(Transient, LoadFailure):
    """No row arrived although the source has rows."""

    code = "ingestion.nothing_read"
    layer = Layer.READ


class SourceEmptied(Terminal, LoadFailure):
    """The source is empty now while the hall has rows: nobody deletes a register by accident."""

    code = "ingestion.source_emptied"
    layer = Layer.READ


class DeletesMuch(LoadFailure):
    """The load would delete so much that a person has to decide; nothing landed."""

    code = "ingestion.deletes_much"
    layer = Layer.READ


class SampleTooSlow(Terminal, LoadFailure):
    """The source did not give a sample within its time."""

    code = "ingestion.sample_too_slow"
    layer = Layer.READ


class FileMissing(Terminal, LoadFailure):
    """No file has been uploaded, or it is gone."""

    code = "ingestion.file_missing"
    layer = Layer.REACH


class FileDamaged(Terminal, LoadFailure):
    """The file is not what its name says."""

    code = "ingestion.file_damaged"
    layer = Layer.READ


class FileUnpacksOddly(Terminal, LoadFailure):
    """The workbook unpacks to what no register is: too much, too densely, or one endless cell."""

    code = "ingestion.file_unpacks_oddly"
    layer = Layer.READ


class EncodingUnknown(Terminal, LoadFailure):
    """The text is in none of the encodings that we read."""

    code = "ingestion.encoding_unknown"
    layer = Layer.READ


class RaggedRow(Terminal, LoadFailure):
    """A line has another number of values than the head."""

    code = "ingestion.ragged_row"
    layer = Layer.READ


class MergedCells(Terminal, LoadFailure):
    """A worksheet has merged cells, in its head or below."""

    code = "ingestion.merged_cells"
    layer = Layer.CONTRACT


class HeadMissing(Terminal, LoadFailure):
    """The first row does not name every column."""

    code = "ingestion.head_missing"
    layer = Layer.CONTRACT


class HeadTwice(Terminal, LoadFailure):
    """Two columns have one name."""

    code = "ingestion.head_twice"
    layer = Layer.CONTRACT


class TableGone(Terminal, LoadFailure):
    """The mounted table is no longer at the source."""

    code = "ingestion.table_gone"
    layer = Layer.CONTRACT


class ColumnsGone(Terminal, LoadFailure):
    """The mounted table lacks columns that the entry promises."""

    code = "ingestion.columns_gone"
    layer = Layer.CONTRACT


class TypeUnknown(Terminal, LoadFailure):
    """A column is of a type that we cannot bring."""

    code = "ingestion.type_unknown"
    layer = Layer.CONTRACT


class KeyMissing(Terminal, LoadFailure):
    """The entry names no key."""

    code = "ingestion.key_missing"
    layer = Layer.CONTRACT


class WriteFailed(Transient, LoadFailure):
    """The hall's own database refused the rows."""

    code = "ingestion.write_failed"
    layer = Layer.WRITE


class Stopped(Transient, LoadFailure):
    """The worker is being stopped; the load starts again."""

    code = "ingestion.stopped"
    layer = Layer.WRITE


class ModeUnfit(DomainError):
    """This way of bringing rows does not exist for the kind of source."""

    code = "ingestion.mode_unfit"
    status = 422
    field = "mode"


class ModeNotReady(DomainError):
    """The source does not yet give what this way of bringing rows needs."""

    code = "ingestion.mode_not_ready"
    status = 422
    field = "mode"


class LogOff(Terminal, LoadFailure):
    """The source does not write a log of rows."""

    code = "ingestion.log_off"
    layer = Layer.PRIVILEGE


class LogPrivilegeMissing(Terminal, LoadFailure):
    """The account may not read the log."""

    code = "ingestion.log_privilege_missing"
    layer = Layer.PRIVILEGE


class NoSlotLeft(Transient, LoadFailure):
    """The source keeps no more places in its log than others already hold."""

    code = "ingestion.no_slot_left"
    layer = Layer.PRIVILEGE


class NotPublished(Terminal, LoadFailure):
    """The table's changes are not published, or not all of them."""

    code = "ingestion.not_published"
    layer = Layer.PRIVILEGE


class IdentityMissing(Terminal, LoadFailure):
    """The log does not say which row was changed or deleted."""

    code = "ingestion.identity_missing"
    layer = Layer.CONTRACT


class KeyNotAtSource(Terminal, LoadFailure):
    """Nothing at the source keeps two rows from having the entry's key."""

    code = "ingestion.key_not_at_source"
    layer = Layer.CONTRACT


class OutboxMissing(Terminal, LoadFailure):
    """The outbox table or the triggers that fill it are not there."""

    code = "ingestion.outbox_missing"
    layer = Layer.PRIVILEGE


class PositionLost(Transient, LoadFailure):
    """The source has forgotten changes that had not landed; everything is compared again."""

    code = "ingestion.position_lost"
    layer = Layer.READ


class StreamTaken(Transient, LoadFailure):
    """Somebody else reads the log at our place in it."""

    code = "ingestion.stream_taken"
    layer = Layer.READ
