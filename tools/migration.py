"""Write the next migration from the difference between the migrations and the tables.

    python -m tools.migration "add the reason to grants"

The number goes into `.current-head` too, so that two branches collide in git and not in
production.
"""

import re
import sys
from pathlib import Path

from alembic import command
from sqlalchemy import text

from datahall import bootstrap
from datahall.kit import db, postgres

VERSIONS = Path(bootstrap.__file__).parent / "migrations/versions"
HEAD = VERSIONS.parent / ".current-head"


def main(message: str) -> None:
    number = f"{len(list(VERSIONS.glob('[0-9]*.py'))) + 1:04}"
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")[:40]
    with (
        postgres.scratch_folder() as folder,
        postgres.Server(folder / "pg", options=dict(postgres.FAST)) as server,
    ):
        url = server.create_database("migration")
        bootstrap.load_tables()
        engine = db.engine(url)
        with engine.begin() as conn:
            conn.execute(text("create extension if not exists pg_trgm"))
            if HEAD.exists():
                command.upgrade(bootstrap.alembic_config(conn), "head")
            command.revision(
                bootstrap.alembic_config(conn),
                message,
                autogenerate=True,
                rev_id=number,
            )
        engine.dispose()
    (path,) = VERSIONS.glob(f"{number}_*.py")
    path = path.rename(VERSIONS / f"{number}_{slug}.py")
    HEAD.write_text(f"{number}\n")
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(sys.argv[1])
