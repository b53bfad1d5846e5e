"""Ways into sources: one module a kind, all with the same face."""

from datahall.ingestion.connectors.base import Connector, Reading, broken
from datahall.ingestion.connectors.csv_file import CsvFile
from datahall.ingestion.connectors.mysql import MySql
from datahall.ingestion.connectors.postgres import Postgres
from datahall.ingestion.connectors.xlsx_file import XlsxFile
from datahall.ingestion.model import Source
from datahall.ingestion.vocabulary import Kind


def connect(source: Source, password: str) -> Connector:
    """The connector for a source; nothing is opened before it is asked for something."""
    match source.kind:
        case Kind.POSTGRESQL:
            return Postgres(source, password)
        case Kind.MYSQL:
            return MySql(source, password)
        case Kind.XLSX:
            return XlsxFile(source)
        case Kind.CSV:
            return CsvFile(source)


__all__ = ["Connector", "Reading", "broken", "connect"]
