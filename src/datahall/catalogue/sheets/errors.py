"""Why a whole workbook cannot be read; what is wrong with a cell is a `Remark`."""

from datahall.kit.errors import DomainError


class WorkbookRefused(DomainError):
    """The file is not a workbook that the catalogue can be read from."""

    status = 422
    field = "file"
    code = "catalogue.workbook_refused"


class FileMissing(WorkbookRefused):
    """No file was sent."""

    code = "catalogue.workbook_missing"


class WorkbookTooLarge(WorkbookRefused):
    """The file, or what it would unpack to, is larger than a catalogue can be."""

    code = "catalogue.workbook_too_large"


class NotAWorkbook(WorkbookRefused):
    """The file is no xlsx workbook, whatever its name says."""

    code = "catalogue.workbook_unknown"


class OldWorkbook(WorkbookRefused):
    """The file is an xls workbook of before 2007."""

    code = "catalogue.workbook_old"


class WorkbookEncrypted(WorkbookRefused):
    """The workbook asks for a password."""

    code = "catalogue.workbook_encrypted"


class WorkbookHasMacros(WorkbookRefused):
    """The workbook carries a program."""

    code = "catalogue.workbook_macros"


class WorkbookDamaged(WorkbookRefused):
    """The inside of the file is not what a workbook's is."""

    code = "catalogue.workbook_damaged"


class NoCatalogueInside(WorkbookRefused):
    """No visible sheet has the columns of a catalogue."""

    code = "catalogue.workbook_without_catalogue"


class ImportNotFound(DomainError):
    """No import has this id, or it is another department's."""

    code = "catalogue.import_not_found"
    status = 404


class TooManyToExport(DomainError):
    """More entries than one workbook should hold."""

    code = "catalogue.export_too_large"
    status = 422
