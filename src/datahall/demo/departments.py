"""The departments' own systems, apart from the hall's: a database server and a folder of files.

市公安局 and 市市场监管局 each have a database with a schema of its own and an account for the hall
that may only read; 市民政局 hands over files.  They stand on a PostgreSQL server of their own,
which the hall reaches over the network as it would in a city.
"""

import secrets
from pathlib import Path
from typing import Final

from datahall.demo import city as making
from datahall.demo.city import ENTERPRISES, PERSONS, City, DatabaseTable, Reading
from datahall.kit.postgres import Server

ASSISTANCE_FILE: Final = "社会救助对象名册.xlsx"
CREMATIONS_FILE: Final = "火化登记.csv"
HOST: Final = "127.0.0.1"


class Departments:
    """Runs the server, and makes databases and files once."""

    def __init__(self, home: Path, *, port: int) -> None:
        self.server = Server(home / "postgres", port=port, listen=HOST)
        self.files = home / "files"
        self._accounts = home / "accounts"
        self._done = home / "planted"
        self.port = port

    @property
    def planted(self) -> bool:
        """Whether everything was made; half of it is made anew."""
        return self._done.exists()

    def plant(self, city: City) -> None:
        """Write the city where its departments keep it."""
        for table, rows in ((PERSONS, city.persons), (ENTERPRISES, city.enterprises)):
            self.server.drop_database(table.database)
            making.plant_database(self.server.dsn(), table, rows, password=self._password(table))
        self.files.mkdir(parents=True, exist_ok=True)
        making.write_xlsx(self.files / ASSISTANCE_FILE, making.ASSISTANCE_SHEET, city.assistance)
        making.write_csv(self.files / CREMATIONS_FILE, city.cremations)
        self._done.touch()

    def reading(self, table: DatabaseTable) -> Reading:
        """How the hall, and the department itself, get at a table."""
        return Reading(
            dsn=self.server.dsn(table.database),
            table=table,
            role=table.role,
            password=self._password(table),
        )

    def _password(self, table: DatabaseTable) -> str:
        self._accounts.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._accounts / table.role
        if not path.exists():
            path.write_text(secrets.token_urlsafe(16))
            path.chmod(0o600)
        return path.read_text()
