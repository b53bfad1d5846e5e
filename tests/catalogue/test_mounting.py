"""What an entry is served from: mounted only while its probe succeeds inside the cycle."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall import catalogue
from datahall.catalogue import Health, Mount, MountRefused, ResourceKind, UpdateCycle
from datahall.catalogue.findings import Finding
from datahall.catalogue.mounting import files, repository, service
from datahall.catalogue.mounting.model import Resource, allowance, interval_s
from datahall.catalogue.mounting.views import mounted
from datahall.kit import outbound
from datahall.kit.ids import ItemId, ResourceId, SourceId, new_id
from datahall.security import NotPermitted, Role
from tests.catalogue.test_codes import BUREAU, CLERK, published
from tests.conftest import NOON
from tests.factories import POLICE, make_actor, make_item, make_table

STRANGER = make_actor(Role.CLERK)
XLSX = files.ZIP + b"\x00" * 100
GOOD, BAD = (
    Finding(ok=True, code="catalogue.probe_answered"),
    Finding(ok=False, code="catalogue.probe_timeout"),
)


def make_resource(**about) -> Resource:
    given = {
        "id": ResourceId(new_id()),
        "item": ItemId(new_id()),
        "kind": ResourceKind.API,
        "title": "核验接口",
        "mounted_at": NOON,
        "due_at": NOON,
    }
    return Resource(**given | about)


def later(**by):
    return NOON + timedelta(**by)


class TestHealth:
    DAILY = UpdateCycle.DAILY

    def test_nobody_has_looked_yet(self):
        assert make_resource().health(self.DAILY, NOON) is Health.UNKNOWN

    def test_one_success_counts_for_one_cycle(self):
        seen = make_resource().probed(GOOD, self.DAILY, at=NOON)
        assert seen.health(self.DAILY, later(hours=23, minutes=59)) is Health.HEALTHY
        assert seen.health(self.DAILY, later(days=1, minutes=1)) is Health.STALE

    def test_a_failure_ends_it_at_once(self):
        seen = make_resource().probed(GOOD, self.DAILY, at=NOON)
        assert seen.probed(BAD, self.DAILY, at=NOON).health(self.DAILY, NOON) is Health.FAILING

    def test_a_table_counts_from_when_it_was_read(self):
        read = replace(GOOD, as_of=later(hours=-25))
        seen = make_resource().probed(read, self.DAILY, at=NOON)
        assert seen.health(self.DAILY, NOON) is Health.STALE

    def test_a_failed_probe_is_soon_repeated(self):
        assert make_resource().probed(BAD, self.DAILY, at=NOON).due_at == later(minutes=1)
        assert make_resource().probed(GOOD, self.DAILY, at=NOON).due_at == later(hours=8)

    @given(st.sampled_from(UpdateCycle))
    def test_a_good_resource_is_looked_at_again_before_it_grows_stale(self, cycle):
        assert timedelta(seconds=interval_s(cycle)) < allowance(cycle)


class TestMount:
    @pytest.mark.parametrize(
        ("about", "fault"),
        [
            ({"title": " "}, "mount_title_blank"),
            ({"title": "字" * 101}, "too_long"),
            ({"address": "ftp://x"}, "mount_address_malformed"),
            ({"address": "http://user:pass@x/"}, "mount_address_malformed"),
            ({"address": "http://169.254.169.254/"}, "mount_address_refused"),
            ({"kind": ResourceKind.TABLE}, "mount_table_missing"),
            ({"kind": ResourceKind.FILE}, "mount_file_missing"),
            ({"kind": ResourceKind.FILE, "file_name": "a.exe"}, "mount_file_kind"),
            ({"kind": ResourceKind.VIDEO_GROUP, "address": "A区"}, "mount_group_malformed"),
            ({"field_map": {"nope": "x"}}, "mount_map_unknown"),
        ],
    )
    def test_refuses(self, unit, about, fault):
        item = published(unit)
        asked = replace(
            Mount(kind=ResourceKind.API, title="接口", address="http://127.0.0.1:9/"), **about
        )
        with pytest.raises(MountRefused) as refused:
            catalogue.mount(unit, CLERK, item.id, asked)
        assert f"catalogue.{fault}" in [f.code for f in refused.value.faults]
        assert catalogue.resources(unit, item.id) == []

    def test_one_entry_has_many(self, unit):
        item = published(unit)
        asked = [
            Mount(kind=ResourceKind.API, title="接口", address="http://127.0.0.1:9/"),
            Mount(kind=ResourceKind.VIDEO_GROUP, title="路口", address="34150200002160000001"),
            Mount(kind=ResourceKind.FILE, title="名录", file_name="名录.xlsx"),
        ]
        for one in asked:
            catalogue.mount(unit, CLERK, item.id, one, content=BytesIO(XLSX))
        assert [r.title for r in catalogue.resources(unit, item.id)] == ["接口", "路口", "名录"]
        with pytest.raises(MountRefused):  # the same address again
            catalogue.mount(unit, CLERK, item.id, asked[0])

    def test_is_the_providers_clerks(self, unit):
        item = published(unit)
        with pytest.raises(NotPermitted):
            catalogue.mount(unit, STRANGER, item.id, Mount(kind=ResourceKind.API, title="x"))

    def test_another_departments_table_is_not_mounted(self, unit):
        item = published(unit)
        source = SourceId(new_id())
        other = make_actor(Role.CLERK)
        catalogue.record_scan(unit, other, source, other.org, [make_table()])
        (table,) = catalogue.inventory(unit.conn, source)
        with pytest.raises(MountRefused):
            catalogue.mount(
                unit, CLERK, item.id, Mount(kind=ResourceKind.TABLE, title="x", table=table.id)
            )

    def test_a_file_that_is_not_what_it_says_is_not_kept(self, unit):
        item = published(unit)
        asked = Mount(kind=ResourceKind.FILE, title="名录", file_name="a.xlsx")
        with pytest.raises(MountRefused) as refused:
            catalogue.mount(unit, CLERK, item.id, asked, content=BytesIO(b"<html>"))
        assert [f.code for f in refused.value.faults] == ["catalogue.mount_file_content"]


class TestProbes:
    @pytest.fixture
    def at(self, units):
        return lambda **by: replace(units, clock=lambda: later(**by))

    def make(self, units, **about) -> Resource:
        with units.open() as unit:
            item = published(unit)
            asked = {"kind": ResourceKind.API, "title": "接口", "address": "http://127.0.0.1:9/"}
            return catalogue.mount(
                unit, CLERK, item.id, Mount(**asked | about), content=BytesIO(XLSX)
            )

    def now(self, units, id: ResourceId) -> Resource:
        with units.open() as unit:
            return repository.get(unit.conn, id)

    def test_an_api_is_asked_and_its_fall_and_recovery_are_on_record(self, at, monkeypatch):
        made = self.make(at())
        answers = iter([200, 500, 200])
        monkeypatch.setattr(
            outbound,
            "get",
            lambda *_a, **_k: outbound.Answer(
                status=next(answers), content_type="", body=b"", took_ms=12
            ),
        )
        tags: list[str] = []
        for hours in (0, 9, 18):
            units = at(hours=hours)
            spied = replace(units, sink=lambda _u, events: tags.extend(e.tag for e in events))
            assert catalogue.probe_due(spied) == 1
            assert catalogue.probe_due(units) == 0
        assert tags == ["catalogue:resource:fail", "catalogue:resource:recover"]
        last = self.now(at(), made.id).last
        assert last is not None
        assert (last.ok, last.detail, last.took_ms) == (True, {"status": 200}, 12)
        with at().open() as unit:
            seen = [p.ok for p in service.history(unit, CLERK, made.id)]
        assert seen == [True, False, True]

    def test_an_unreachable_api_says_so(self, at):
        made = self.make(at())
        catalogue.probe_due(at())
        last = self.now(at(), made.id).last
        assert last is not None
        assert (last.ok, last.code) == (False, "catalogue.probe_unreachable")

    @pytest.mark.parametrize(
        ("harm", "code"),
        [
            (Path.exists, "catalogue.probe_file_sound"),
            (Path.unlink, "catalogue.probe_file_gone"),
            (lambda path: path.write_bytes(XLSX + b"x"), "catalogue.probe_file_changed"),
            (lambda path: path.write_bytes(b"x" * len(XLSX)), "catalogue.probe_file_changed"),
        ],
    )
    def test_a_file_is_as_it_was_mounted(self, at, harm, code):
        made = self.make(at(), kind=ResourceKind.FILE, address="", file_name="名录.xlsx")
        harm(files.path_of(made.id))
        catalogue.probe_due(at())
        last = self.now(at(), made.id).last
        assert last is not None
        assert last.code == code

    def test_a_camera_group_waits_for_its_platform(self, at):
        self.make(at(), kind=ResourceKind.VIDEO_GROUP, address="34150200002160000001")
        assert catalogue.probe_due(at()) == 0

    def test_a_table_without_a_task_is_as_the_scan_saw_it(self, at):
        source = SourceId(new_id())
        with at().open() as unit:
            item = published(unit)
            catalogue.record_scan(unit, CLERK, source, POLICE.id, [make_table()])
            (table,) = catalogue.inventory(unit.conn, source)
            asked = Mount(kind=ResourceKind.TABLE, title="表", table=table.id)
            made = catalogue.mount(unit, CLERK, item.id, asked)
        catalogue.probe_due(at())
        assert self.now(at(), made.id).succeeded_at == NOON
        with at(hours=1).open() as unit:
            catalogue.record_scan(unit, CLERK, source, POLICE.id, [])
        catalogue.probe_due(at(hours=9))
        last = self.now(at(), made.id).last
        assert last is not None
        assert last.code == "catalogue.probe_table_gone"

    def test_what_was_unmounted_is_not_looked_at(self, at):
        made = self.make(at())
        with at().open() as unit:
            catalogue.unmount(unit, CLERK, made.id)
        assert catalogue.probe_due(at()) == 0
        with at().open() as unit:
            assert service.remember(unit, made.id, UpdateCycle.DAILY, GOOD) is None

    def test_drafts_are_not_probed(self, at):
        with at().open() as unit:
            item = make_item(title="草稿")
            catalogue.repository.add(unit.conn, item)
            catalogue.mount(
                unit, CLERK, item.id,
                Mount(kind=ResourceKind.API, title="接口", address="http://127.0.0.1:9/"),
            )  # fmt: skip
        assert catalogue.probe_due(at()) == 0


class TestSeen:
    def test_others_see_only_what_they_can_count_on(self, unit):
        item = published(unit)
        made = [
            catalogue.mount(
                unit, CLERK, item.id,
                Mount(kind=ResourceKind.API, title=f"接口{n}", address=f"http://127.0.0.1:{n}/"),
            )
            for n in (1, 2)
        ]  # fmt: skip
        service.remember(unit, made[0].id, item.update_cycle, GOOD)
        service.remember(unit, made[1].id, item.update_cycle, BAD)
        assert [m.resource.title for m in mounted(unit, STRANGER, item.id)] == ["接口1"]
        assert len(mounted(unit, CLERK, item.id)) == 2
        assert len(mounted(unit, BUREAU, item.id)) == 2
        offered = catalogue.offered(item, catalogue.resources(unit, item.id), NOON)
        assert [r.title for r in offered] == ["接口1"]
