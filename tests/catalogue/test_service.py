import pytest

from datahall import catalogue
from datahall.catalogue import (
    AlreadyCatalogued,
    EditedMeanwhile,
    EntryIncomplete,
    EntryInvalid,
    ItemNotFound,
    ItemPublished,
    ItemStatus,
    RemarksRequired,
    Sharing,
    WrongStage,
    repository,
)
from datahall.kit.ids import ItemId, SourceId, new_id
from datahall.security import NotPermitted, Role
from tests.conftest import NOON
from tests.factories import POLICE, make_actor, make_field, make_item, make_org, make_table

CIVIL_AFFAIRS = make_org(short_name="市民政局")
CLERK = make_actor(Role.CLERK, org=POLICE)
HEAD = make_actor(Role.HEAD, org=POLICE)
BUREAU = make_actor(Role.BUREAU)
STRANGER = make_actor(Role.CLERK, Role.HEAD, org=CIVIL_AFFAIRS)


@pytest.fixture
def draft(unit):
    made = make_item()
    repository.add(unit.conn, made)
    return made


def publish(unit, id):
    catalogue.submit(unit, CLERK, id)
    catalogue.agree(unit, HEAD, id)
    return catalogue.publish(unit, BUREAU, id)


def scanned(unit, **about):
    source = SourceId(new_id())
    catalogue.record_scan(unit, CLERK, source, POLICE.id, [make_table(**about)])
    return catalogue.inventory(unit.conn, source)[0]


class TestRecordScan:
    def test_keeps_ids_and_marks_what_is_gone(self, unit):
        source = SourceId(new_id())
        scan = [make_table(), make_table(name="t_old", comment="")]
        catalogue.record_scan(unit, CLERK, source, POLICE.id, scan)
        before = {t.name: t.id for t in catalogue.inventory(unit.conn, source)}

        unit.now = NOON.replace(hour=5)
        catalogue.record_scan(unit, CLERK, source, POLICE.id, scan[:1])

        after = catalogue.inventory(unit.conn, source)
        assert {t.name: t.id for t in after} == before
        assert [(t.name, t.gone_at) for t in after] == [("t_czrk", None), ("t_old", unit.now)]
        assert after[0].columns == scan[0].columns
        assert [t.name for t in catalogue.tables_of(unit.conn, POLICE.id)] == ["t_czrk"]


class TestDraftFromTable:
    def test_is_an_item_of_the_tables_owner(self, unit):
        table = scanned(unit)
        made = catalogue.draft_from_table(unit, CLERK, table.id)

        assert catalogue.get(unit.conn, made.id) == made
        assert (made.provider, made.table, made.title) == (
            POLICE.id,
            table.id,
            "常住人口基本信息",
        )
        assert unit.events[-1].tag == "catalogue:item:draft"

    def test_refuses_a_table_that_has_an_entry(self, unit):
        table = scanned(unit)
        catalogue.draft_from_table(unit, CLERK, table.id)
        with pytest.raises(AlreadyCatalogued):
            catalogue.draft_from_table(unit, CLERK, table.id)

    def test_gives_another_title_when_it_is_taken(self, unit):
        repository.add(unit.conn, make_item())
        made = catalogue.draft_from_table(unit, CLERK, scanned(unit).id)
        assert made.title == "常住人口基本信息（t_czrk）"

    def test_refuses_another_department(self, unit):
        with pytest.raises(NotPermitted):
            catalogue.draft_from_table(unit, STRANGER, scanned(unit).id)


class TestRevise:
    def test_saves_and_tells_what_changed(self, unit, draft):
        catalogue.revise(unit, CLERK, draft.id, edit=0, title="户籍人口信息", contact="李四")

        saved = catalogue.get(unit.conn, draft.id)
        assert (saved.title, saved.contact, saved.edit) == ("户籍人口信息", "李四", 1)
        assert unit.events[-1].places == ("title", "contact")

    def test_without_a_change_saves_nothing(self, unit, draft):
        catalogue.revise(unit, CLERK, draft.id, title=draft.title)
        assert unit.events == []

    def test_refuses_when_a_colleague_saved_meanwhile(self, unit, draft):
        catalogue.revise(unit, CLERK, draft.id, edit=0, contact="李四")
        with pytest.raises(EditedMeanwhile):
            catalogue.revise(unit, CLERK, draft.id, edit=0, contact="王五")

    def test_refuses_withholding_without_a_citation(self, unit, draft):
        with pytest.raises(EntryInvalid) as refused:
            catalogue.revise(unit, CLERK, draft.id, sharing=Sharing.WITHHELD)
        assert [f.field for f in refused.value.faults] == ["withheld_basis"]

    def test_refuses_a_title_of_another_entry_of_the_provider(self, unit, draft):
        other = make_item(title="死亡人口信息")
        repository.add(unit.conn, other)
        with pytest.raises(EntryInvalid) as refused:
            catalogue.revise(unit, CLERK, other.id, title=draft.title)
        assert [(f.field, f.code) for f in refused.value.faults] == [
            ("title", "catalogue.title_taken")
        ]

    def test_allows_a_title_of_another_provider(self, unit, draft):
        other = make_item(title="死亡人口信息", provider=CIVIL_AFFAIRS.id)
        repository.add(unit.conn, other)
        assert catalogue.revise(unit, STRANGER, other.id, title=draft.title).title == draft.title

    def test_refuses_a_field_that_the_table_does_not_have(self, unit):
        item = catalogue.draft_from_table(unit, CLERK, scanned(unit).id)
        fields = (*item.fields, make_field("swrq", title="死亡日期"))
        with pytest.raises(EntryInvalid) as refused:
            catalogue.revise(unit, CLERK, item.id, fields=fields)
        assert [f.field for f in refused.value.faults] == ["fields.9.source_column"]

    def test_refuses_what_is_not_content(self, unit, draft):
        with pytest.raises(TypeError, match="status"):
            catalogue.revise(unit, CLERK, draft.id, status=ItemStatus.PUBLISHED)


class TestSubmit:
    @pytest.mark.parametrize("assessment", ["secrecy", "privacy"])
    def test_refuses_without_an_assessment(self, unit, assessment):
        item = make_item(**{assessment: None})
        repository.add(unit.conn, item)
        with pytest.raises(EntryIncomplete) as refused:
            catalogue.submit(unit, CLERK, item.id)
        assert [f.field for f in refused.value.faults] == [f"{assessment}.number"]

    def test_a_draft_under_review_cannot_be_changed(self, unit, draft):
        catalogue.submit(unit, CLERK, draft.id)
        with pytest.raises(WrongStage):
            catalogue.revise(unit, CLERK, draft.id, contact="李四")


class TestReview:
    def test_head_then_authority_publish(self, unit, draft):
        published = publish(unit, draft.id)

        assert published == catalogue.get(unit.conn, draft.id)
        assert (published.status, published.published_at) == (ItemStatus.PUBLISHED, NOON)
        assert published.code.startswith("101001/")
        assert unit.events[-1] == ItemPublished(
            at=NOON, by=BUREAU.by, item=draft.id, version=1, code=published.code
        )

    @pytest.mark.parametrize("actor", [CLERK, BUREAU, STRANGER])
    def test_only_the_own_head_agrees(self, unit, draft, actor):
        catalogue.submit(unit, CLERK, draft.id)
        with pytest.raises(NotPermitted):
            catalogue.agree(unit, actor, draft.id)

    @pytest.mark.parametrize("actor", [CLERK, HEAD, STRANGER])
    def test_only_the_authority_publishes(self, unit, draft, actor):
        catalogue.submit(unit, CLERK, draft.id)
        catalogue.agree(unit, HEAD, draft.id)
        with pytest.raises(NotPermitted):
            catalogue.publish(unit, actor, draft.id)

    def test_authority_cannot_skip_the_head(self, unit, draft):
        catalogue.submit(unit, CLERK, draft.id)
        with pytest.raises(WrongStage):
            catalogue.publish(unit, BUREAU, draft.id)

    def test_returned_with_the_reason_it_starts_again(self, unit, draft):
        catalogue.submit(unit, CLERK, draft.id)
        catalogue.agree(unit, HEAD, draft.id)
        returned = catalogue.return_(unit, BUREAU, draft.id, remarks=" 摘要没写范围 ")
        assert (returned.status, returned.remarks) == (ItemStatus.RETURNED, "摘要没写范围")
        assert publish(unit, draft.id).remarks == ""

    def test_a_return_says_why(self, unit, draft):
        catalogue.submit(unit, CLERK, draft.id)
        with pytest.raises(RemarksRequired):
            catalogue.return_(unit, HEAD, draft.id, remarks="  ")


class TestVersions:
    def test_the_version_in_force_stays_until_the_next_is_published(self, unit, draft):
        first = publish(unit, draft.id)
        catalogue.start_version(unit, CLERK, draft.id)
        catalogue.revise(unit, CLERK, draft.id, contact="李四")
        assert catalogue.get(unit.conn, draft.id) == first

        second = publish(unit, draft.id)

        assert (second.version, second.code) == (2, first.code)
        assert catalogue.get(unit.conn, draft.id) == second
        assert [v.status for v in catalogue.history(unit.conn, draft.id)] == [
            ItemStatus.PUBLISHED,
            ItemStatus.SUPERSEDED,
        ]

    def test_one_open_version_at_a_time(self, unit, draft):
        publish(unit, draft.id)
        catalogue.start_version(unit, CLERK, draft.id)
        with pytest.raises(WrongStage):
            catalogue.start_version(unit, CLERK, draft.id)

    def test_goes_back_to_an_earlier_version(self, unit, draft):
        publish(unit, draft.id)
        catalogue.start_version(unit, CLERK, draft.id)
        catalogue.revise(unit, CLERK, draft.id, title="户籍人口信息")
        publish(unit, draft.id)

        again = catalogue.start_version(unit, CLERK, draft.id, like=1)

        assert (again.version, again.title) == (3, draft.title)

    def test_a_discarded_draft_leaves_the_version_in_force(self, unit, draft):
        first = publish(unit, draft.id)
        catalogue.start_version(unit, CLERK, draft.id)
        catalogue.discard(unit, CLERK, draft.id)
        assert catalogue.history(unit.conn, draft.id) == [first]

    def test_withdrawal_frees_the_title_and_never_the_code(self, unit, draft):
        first = publish(unit, draft.id)
        catalogue.withdraw(unit, BUREAU, draft.id, remarks="职责已划转")
        again = make_item()
        repository.add(unit.conn, again)
        assert publish(unit, again.id).code > first.code


class TestRead:
    def test_a_draft_is_seen_by_its_parties_only(self, unit, draft):
        assert catalogue.read(unit, CLERK, draft.id) == draft
        assert catalogue.read(unit, BUREAU, draft.id) == draft
        with pytest.raises(ItemNotFound):
            catalogue.read(unit, STRANGER, draft.id)

    def test_unknown_item(self, unit):
        with pytest.raises(ItemNotFound):
            catalogue.get(unit.conn, ItemId(new_id()))
