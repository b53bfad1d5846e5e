"""The engine and the one metadata that every package's tables belong to."""

from sqlalchemy import Engine, MetaData, create_engine, make_url
from sqlalchemy.engine import URL

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def sqlalchemy_url(dsn: str) -> URL:
    """The URL with our driver, whatever PostgreSQL scheme the operator wrote."""
    return make_url(dsn).set(drivername="postgresql+psycopg")


def plain_dsn(dsn: str) -> str:
    """The URL as libpq, asyncpg and ADBC want it: `postgresql://…`."""
    return make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)


def engine(dsn: str, *, pool_size: int = 8) -> Engine:
    """A pooled engine; sessions run in UTC and give up on a lock after 30 s.

    Its failures do not tell the values that a statement carried: they are people's.
    """
    return create_engine(
        sqlalchemy_url(dsn),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 10,
            "options": "-c timezone=UTC -c lock_timeout=30s -c application_name=datahall",
        },
    )
