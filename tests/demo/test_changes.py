"""The demo city's one change at a source: a ticket, and loads that go on."""

from psycopg.conninfo import conninfo_to_dict

from datahall.demo import changes, city
from datahall.drift import ChangeKind
from datahall.ingestion import Kind, SourceForm
from datahall.kit.clock import local_date, utc_now
from tests.ingestion.conftest import CLERK


def test_opens_a_ticket_once_and_stops_no_load(department, mount):
    made = city.build(scale=0.005, today=local_date(utc_now()))
    table = city.ENTERPRISES
    reading = city.plant_database(
        department.dsn(), table, made.enterprises, password="correct horse"
    )
    form = SourceForm(
        name=table.comment,
        kind=Kind.POSTGRESQL,
        host="127.0.0.1",
        port=str(conninfo_to_dict(reading.dsn)["port"]),
        database=table.database,
        user=reading.role,
        password=reading.password,
    )
    mounted = mount(
        form, table.name, fields=city.FIELDS["enterprises"], watermark_column=table.changed
    )
    mounted.run()
    about = (mounted.units, CLERK, reading, mounted.source.id, mounted.task.table)

    ticket = changes.change(*about)
    assert ticket is not None
    assert [(c.kind, c.column) for c in ticket.changes] == [
        (ChangeKind.RETYPED, "zs"),
        (ChangeKind.COMMENT, "lxdh"),
        (ChangeKind.COLUMN_NEW, "qyhhr"),
    ]
    again = changes.change(*about)
    assert again is not None
    assert (again.id, again.changes) == (ticket.id, ticket.changes)
    mounted.run()
    assert mounted.now().failures == 0
    department.drop_database(table.database)
