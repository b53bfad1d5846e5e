"""The way from a department's table to a running task is that of the tests of ingestion."""

from tests.ingestion.conftest import department, mount

__all__ = ["department", "mount"]
