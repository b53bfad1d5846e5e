"""The whole city from its sources through ingestion: quarantine holds what was sown, no more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from datahall import ingestion
from datahall.demo import city
from datahall.ingestion import Kind, LoadState, SourceForm
from datahall.kit.clock import local_date, utc_now
from datahall.kit.postgres import Server
from datahall.quality import RowStatus, sealing
from datahall.quality.tables import quarantine
from tests.ingestion.conftest import CLERK, Mounted

PASSWORD = "读数据 only"
TABLES = {"persons": city.PERSONS, "enterprises": city.ENTERPRISES}


@dataclass
class Arrival:
    """A dataset on its way: where it came from, and the task that brings it."""

    dataset: str
    mounted: Mounted
    reading: city.Reading | None

    def waiting(self) -> dict[str, frozenset[city.Fault]]:
        """Key → (source column, rule) of the rows that wait, opened as nobody else may."""
        source = {f.name: f.source_column for f in self.mounted.item.fields}
        (key,) = (f.name for f in self.mounted.item.fields if f.is_key)
        with self.mounted.units.open() as unit:
            rows = unit.conn.execute(
                sa.select(quarantine).where(
                    quarantine.c.item == self.mounted.item.id,
                    quarantine.c.status == RowStatus.WAITING,
                )
            ).all()
        return {
            str(sealing.unseal(row.id, row.sealed)[key]): frozenset(
                (source[f["field"]], f["rule"]) for f in row.faults
            )
            for row in rows
        }


@pytest.fixture(scope="module")
def made() -> city.City:
    return city.build(scale=0.05, today=local_date(utc_now()))


@pytest.fixture
def arrive(made: city.City, department: Server, mount, tmp_path: Path) -> Iterator:
    planted: list[str] = []

    def from_database(dataset: str) -> Arrival:
        table = TABLES[dataset]
        planted.append(table.database)
        reading = city.plant_database(
            department.dsn(), table, made.datasets[dataset].frame, password=PASSWORD
        )
        where = conninfo_to_dict(reading.dsn)
        form = SourceForm(
            name=table.comment,
            kind=Kind.POSTGRESQL,
            host="127.0.0.1",
            port=str(where["port"]),
            database=table.database,
            user=reading.role,
            password=reading.password,
        )
        mounted = mount(
            form, table.name, fields=city.FIELDS[dataset], watermark_column=table.changed
        )
        return Arrival(dataset, mounted, reading)

    def from_file(dataset: str) -> Arrival:
        frame = made.datasets[dataset].frame
        if dataset == "assistance":
            kind, table = Kind.XLSX, city.ASSISTANCE_SHEET
            path = tmp_path / "社会救助对象名单.xlsx"
            city.write_xlsx(path, table, frame)
        else:
            kind, table = Kind.CSV, "火化登记名单"
            path = tmp_path / f"{table}.csv"
            city.write_csv(path, frame)

        def upload(unit, source):
            content = BytesIO(path.read_bytes())
            return ingestion.upload(unit, CLERK, source.id, name=path.name, content=content)

        mounted = mount(
            SourceForm(name=path.stem, kind=kind),
            table,
            prepare=upload,
            fields=city.FIELDS[dataset],
        )
        return Arrival(dataset, mounted, None)

    yield lambda dataset: from_database(dataset) if dataset in TABLES else from_file(dataset)
    for name in planted:
        department.drop_database(name)


@pytest.mark.parametrize("dataset", city.SIZES)
def test_quarantine_holds_every_sown_fault_and_no_other(made, arrive, dataset):
    arrival = arrive(dataset)
    load = arrival.mounted.run()

    sown = made.datasets[dataset]
    assert load.state is LoadState.DONE
    assert arrival.waiting() == sown.manifest
    assert load.quarantined == len(sown.manifest)
    assert len(arrival.mounted.rows("1")) == sown.frame.height - len(sown.manifest)


def test_a_row_corrected_at_the_source_leaves_quarantine_by_itself(made, arrive):
    arrival = arrive("persons")
    arrival.mounted.run()
    blank = next(k for k, faults in arrival.waiting().items() if ("xm", "required") in faults)
    city.change_row(arrival.reading, blank, {"xm": "汪德胜"}, at=utc_now())
    arrival.mounted.run()

    assert blank not in arrival.waiting()
    assert len(arrival.waiting()) == made.faulty["persons"] - 1
    assert arrival.mounted.rows("xm", f"gmsfhm = '{blank}'") == [("汪德胜",)]


def test_what_the_suggestions_propose_finds_nearly_all(made, arrive, mount, department):
    """Without a clerk's eye only the order of birth and registration is missing."""
    arrival = arrive("persons")
    form = SourceForm(
        name="按建议编目",
        kind=Kind.POSTGRESQL,
        host="127.0.0.1",
        port=str(department.port),
        database=city.PERSONS.database,
        user=city.PERSONS.role,
        password=PASSWORD,
    )
    by_suggestion = replace(arrival, mounted=mount(form, city.PERSONS.name, title="按建议编目"))
    by_suggestion.mounted.run()

    unseen = {
        key
        for key, faults in made.manifests["persons"].items()
        if faults == {("djrq", "not_before")}
    }
    assert set(by_suggestion.waiting()) == set(made.manifests["persons"]) - unseen
