"""Entries as spreadsheets in the official column order, in and out (目录导入导出)."""

from datahall.catalogue.sheets.errors import (
    ImportNotFound,
    TooManyToExport,
    WorkbookRefused,
)
from datahall.catalogue.sheets.exporting import export_found, export_own, form
from datahall.catalogue.sheets.importing import (
    JOB,
    read_import,
    receive,
    recent_imports,
    remarked_file,
    run,
    send,
)
from datahall.catalogue.sheets.model import Import, ImportState
from datahall.catalogue.sheets.reading import Remark, Weight
from datahall.catalogue.sheets.workbook import LARGEST_FILE
from datahall.catalogue.sheets.writing import XLSX

__all__ = [
    "JOB",
    "LARGEST_FILE",
    "XLSX",
    "Import",
    "ImportNotFound",
    "ImportState",
    "Remark",
    "TooManyToExport",
    "Weight",
    "WorkbookRefused",
    "export_found",
    "export_own",
    "form",
    "read_import",
    "receive",
    "recent_imports",
    "remarked_file",
    "run",
    "send",
]
