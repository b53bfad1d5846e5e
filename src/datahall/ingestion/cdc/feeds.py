"""The feed for a source and a way of following it."""

from typing import Final

from datahall.ingestion import errors
from datahall.ingestion.cdc.boxes import PostgresBox
from datahall.ingestion.cdc.feed import Feed
from datahall.ingestion.cdc.outbox import OutboxFeed
from datahall.ingestion.cdc.postgres import PostgresFeed
from datahall.ingestion.connectors.postgres import Postgres
from datahall.ingestion.model import Source
from datahall.ingestion.service.sources import connector_of
from datahall.ingestion.vocabulary import Kind, Mode

MODES: Final = {
    Kind.POSTGRESQL: frozenset({Mode.FULL, Mode.INCREMENTAL, Mode.LOG, Mode.OUTBOX}),
    Kind.MYSQL: frozenset({Mode.FULL, Mode.INCREMENTAL}),
    Kind.XLSX: frozenset({Mode.FULL}),
    Kind.CSV: frozenset({Mode.FULL}),
}
"""How the rows of each kind of source may be brought."""


def feed_of(source: Source, mode: Mode) -> Feed:
    """Nothing is opened before it is asked for something.

    Raises:
        ModeUnfit, SecretLost
    """
    connector = connector_of(source)
    match connector, mode:
        case Postgres(), Mode.LOG:
            return PostgresFeed(connector)
        case Postgres(), Mode.OUTBOX:
            return OutboxFeed(PostgresBox(connector))
        case _:
            raise errors.ModeUnfit(kind=source.kind.label, mode=mode.label)
