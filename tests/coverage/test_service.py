"""Finding gaps, and what people do about them."""

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from sqlalchemy import event

from datahall import catalogue, coverage, ingestion, lists
from datahall.coverage import ExemptionStatus, State, SubjectKind, finding, proofs
from datahall.coverage.errors import (
    ExemptionNotFound,
    NotAGap,
    ProofLost,
    ProofRefused,
    RequestIncomplete,
    SubjectNotFound,
    WrongStage,
)
from datahall.ingestion import Kind, SourceForm
from datahall.security import NotPermitted
from tests.coverage.factories import (
    JPG,
    PDF,
    PNG,
    add_table,
    ask,
    publish_entry,
    publish_systems,
)

TODAY = date(2026, 10, 16)


def states(unit, actor, on=TODAY):
    found = finding.account(unit.conn, on, actor.org).subjects
    return {one.name: one.state for one in found}


class TestGaps:
    def test_a_table_is_a_gap_until_its_entry_is_published(self, unit, clerk, head, bureau):
        table = add_table(unit, clerk, "t_hh", "火化登记")
        assert states(unit, clerk) == {"火化登记": State.GAP}
        item = catalogue.draft_from_table(unit, clerk, table)
        assert states(unit, clerk) == {"火化登记": State.DRAFTED}
        catalogue.discard(unit, clerk, item.id)
        publish_entry(unit, clerk, head, bureau, table)
        assert states(unit, clerk) == {"火化登记": State.COVERED}

    def test_a_next_version_on_its_way_leaves_the_table_covered(self, unit, clerk, head, bureau):
        table = add_table(unit, clerk, "t_hh", "火化登记")
        publish_entry(unit, clerk, head, bureau, table)
        (one,) = finding.account(unit.conn, TODAY, clerk.org).subjects
        catalogue.start_version(unit, clerk, one.entry)
        assert states(unit, clerk) == {"火化登记": State.COVERED}

    def test_a_second_table_mounted_to_a_published_entry_is_covered(
        self, unit, clerk, head, bureau
    ):
        table = add_table(unit, clerk, "t_hh", "火化登记")
        publish_entry(unit, clerk, head, bureau, table)
        (one,) = finding.account(unit.conn, TODAY, clerk.org).subjects
        history = add_table(unit, clerk, "t_hh_old", "火化登记历史")
        item = catalogue.get(unit.conn, one.entry)
        asked = catalogue.Mount(
            kind=catalogue.ResourceKind.TABLE,
            title="历史数据",
            table=history,
            field_map={field.name: field.source_column for field in item.fields},
        )
        made = catalogue.mount(unit, clerk, item.id, asked)
        assert states(unit, clerk)["火化登记历史"] is State.COVERED
        catalogue.unmount(unit, clerk, made.id)
        assert states(unit, clerk)["火化登记历史"] is State.GAP

    def test_a_table_that_is_gone_does_not_count(self, unit, clerk):
        add_table(unit, clerk)
        (source,) = ingestion.sources_of(unit.conn, clerk.org)
        later = replace(unit, now=unit.now + timedelta(days=1))
        catalogue.record_scan(later, clerk, source.id, clerk.org, [])
        assert states(unit, clerk) == {}

    def test_a_system_is_covered_by_what_is_named_after_it(self, unit, clerk, head, bureau):
        publish_systems(unit, clerk, head, bureau, "殡葬管理系统", "婚姻登记系统", "接口日志平台")
        add_table(unit, clerk, comment="接口日志")
        form = SourceForm(name="婚姻登记前置库", kind=Kind.CSV)
        ingestion.register_source(unit, clerk, form)
        found = {s.name: s for s in finding.account(unit.conn, TODAY, clerk.org).subjects}
        assert found["殡葬管理系统"].state is State.GAP
        assert found["婚姻登记系统"].covered_by == "数据源“婚姻登记前置库”"
        assert found["接口日志平台"].covered_by == "数据表“接口日志”"

    def test_only_the_published_list_counts(self, unit, clerk, bureau):
        lists.open_period(unit, bureau, "2026-Q4", due_on=date(2026, 12, 1))
        version = lists.start(unit, clerk, lists.ListKind.SYSTEMS, "2026-Q4")
        lists.take(unit, clerk, version.id, [{"name": "殡葬管理系统"}])
        assert states(unit, clerk) == {}

    def test_departments_are_told_apart(self, unit, clerk, stranger):
        add_table(unit, clerk)
        add_table(unit, stranger, "t_x", "别人的表")
        found = finding.accounts(unit.conn, TODAY)
        assert {org: [s.name for s in of.subjects] for org, of in found.items()} == {
            clerk.org: ["接口日志"],
            stranger.org: ["别人的表"],
        }
        with pytest.raises(NotPermitted):
            coverage.account_of(unit, clerk, stranger.org)


class TestExemption:
    def test_takes_its_subject_out_until_its_review_date(self, unit, clerk, bureau):
        table = add_table(unit, clerk)
        asked = ask(unit, clerk, table)
        assert states(unit, clerk) == {"接口日志": State.ASKED}
        coverage.decide(unit, bureau, asked.id, granted=True)
        assert states(unit, clerk) == {"接口日志": State.EXEMPT}
        assert states(unit, clerk, date(2027, 10, 16)) == {"接口日志": State.EXEMPT}
        assert states(unit, clerk, date(2027, 10, 17)) == {"接口日志": State.GAP}
        assert [e.tag for e in unit.events][-2:] == [
            "coverage:exemption:ask", "coverage:exemption:decide",
        ]  # fmt: skip

    def test_can_be_asked_for_again_when_it_has_run_out(self, unit, clerk, bureau):
        table = add_table(unit, clerk)
        coverage.decide(unit, bureau, ask(unit, clerk, table).id, granted=True)
        later = replace(unit, now=unit.now + timedelta(days=400))
        again = ask(later, clerk, table, review_on=date(2028, 10, 1))
        assert again.status is ExemptionStatus.ASKED
        assert states(later, clerk, date(2027, 12, 1)) == {"接口日志": State.ASKED}

    def test_of_what_is_covered_or_asked_for_is_refused(self, unit, clerk, head, bureau):
        table = add_table(unit, clerk, "t_hh", "火化登记")
        ask(unit, clerk, table)
        with pytest.raises(NotAGap):
            ask(unit, clerk, table)
        covered = add_table(unit, clerk, "t_hy", "婚姻登记")
        publish_entry(unit, clerk, head, bureau, covered)
        with pytest.raises(NotAGap):
            ask(unit, clerk, covered)

    def test_of_another_departments_table_is_refused(self, unit, clerk, stranger):
        table = add_table(unit, stranger)
        with pytest.raises(SubjectNotFound):
            ask(unit, clerk, table)

    def test_is_refused_ended_or_withdrawn_and_a_gap_again(self, unit, clerk, bureau):
        table = add_table(unit, clerk)
        for undo in ("refuse", "end", "withdraw"):
            asked = ask(unit, clerk, table)
            if undo == "refuse":
                coverage.decide(unit, bureau, asked.id, granted=False, remarks="是业务数据")
            elif undo == "end":
                coverage.decide(unit, bureau, asked.id, granted=True)
                coverage.end(unit, bureau, asked.id, remarks="情况变了")
            else:
                coverage.withdraw(unit, clerk, asked.id)
            assert states(unit, clerk) == {"接口日志": State.GAP}
        with pytest.raises(WrongStage):
            coverage.withdraw(unit, clerk, asked.id)
        assert len(coverage.exemptions(unit, clerk)) == 3

    def test_each_step_is_its_posts(self, unit, clerk, head, bureau, stranger):
        table = add_table(unit, clerk)
        for actor in (head, bureau):
            with pytest.raises(NotPermitted):
                ask(unit, actor, table)
        asked = ask(unit, clerk, table)
        for actor in (clerk, head, stranger):
            with pytest.raises(NotPermitted):
                coverage.decide(unit, actor, asked.id, granted=True)
        with pytest.raises(ExemptionNotFound):
            coverage.read(unit, stranger, asked.id)
        assert coverage.exemptions(unit, stranger) == []

    @pytest.mark.parametrize(
        ("about", "field", "code"),
        [
            ({"ground": None}, "ground", "coverage.ground_required"),
            ({"reason": "日志"}, "reason", "coverage.reason_required"),
            ({"reason": "长" * 501}, "reason", "coverage.reason_too_long"),
            ({"review_on": None}, "review_on", "coverage.review_required"),
            ({"review_on": TODAY}, "review_on", "coverage.review_too_early"),
            ({"review_on": date(2028, 10, 18)}, "review_on", "coverage.review_too_late"),
        ],
    )
    def test_names_what_is_missing(self, unit, clerk, about, field, code):
        table = add_table(unit, clerk)
        with pytest.raises(RequestIncomplete) as refused:
            ask(unit, clerk, table, **about)
        assert [(f.field, f.code) for f in refused.value.faults] == [(field, code)]

    def test_of_a_system(self, unit, clerk, head, bureau):
        publish_systems(unit, clerk, head, bureau, "老档案系统")
        (one,) = finding.account(unit.conn, TODAY, clerk.org).subjects
        asked = ask(unit, clerk, one.id, kind=SubjectKind.SYSTEM)
        coverage.decide(unit, bureau, asked.id, granted=True)
        assert states(unit, clerk) == {"老档案系统": State.EXEMPT}


def ofd() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("OFD.xml", "<ofd/>")
    return out.getvalue()


def plain_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("a.exe", "x")
    return out.getvalue()


class TestProof:
    @pytest.mark.parametrize(
        ("name", "content"),
        [("a.pdf", PDF), ("b.PNG", PNG), ("c.jpeg", JPG), ("关于豁免的函.ofd", ofd())],
    )
    def test_is_kept_under_its_hash_once(self, name, content):
        kept = proofs.keep(name, BytesIO(content))
        assert kept.digest == sha256(content).hexdigest()
        assert proofs.keep(name, BytesIO(content)) == kept
        assert proofs.content_of(kept) == content
        assert [p.name for p in proofs.path_of(kept.digest).parent.iterdir()] == [kept.digest]

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("a.docx", plain_zip(), "只收 PDF、OFD、JPG、PNG"),
            ("a.ofd", plain_zip(), "只收"),
            ("a.exe", b"MZ\x90", "只收"),
            ("a.pdf", b"", "文件是空的"),
            ("a.png", PDF, "内容却是 PDF"),
            ("", b"", "还没有选择文件"),
        ],
    )
    def test_of_another_type_is_refused(self, name, content, words):
        with pytest.raises(ProofRefused) as refused:
            proofs.keep(name, BytesIO(content) if name else None)
        assert words in refused.value.detail["reason"]

    def test_that_is_too_large_is_refused_and_leaves_nothing(self, monkeypatch):
        monkeypatch.setattr(proofs, "LARGEST_BYTES", 100)
        with pytest.raises(ProofRefused):
            proofs.keep("a.pdf", BytesIO(PDF * 10))
        assert list(proofs._home().glob(".*.part")) == []

    def test_that_was_changed_on_the_disk_is_not_shown(self):
        kept = proofs.keep("a.pdf", BytesIO(PDF + b"changed"))
        proofs.path_of(kept.digest).write_bytes(b"%PDF-other")
        with pytest.raises(ProofLost):
            proofs.content_of(kept)
        proofs.path_of(kept.digest).unlink()
        with pytest.raises(ProofLost):
            proofs.content_of(kept)

    def test_a_name_places_nothing(self):
        kept = proofs.keep("../../etc/passwd.pdf", BytesIO(PDF))
        assert "/" not in kept.name
        with pytest.raises(ProofLost):
            proofs.path_of("../../etc/passwd")


class TestTodos:
    def test_reach_who_is_next(self, unit, clerk, bureau):
        table = add_table(unit, clerk)
        (todo,) = coverage.todos(unit, clerk)
        assert (todo.kind, todo.title, todo.note) == ("应编未编", "还有 1 项没有编目", "接口日志")
        asked = ask(unit, clerk, table, review_on=TODAY + timedelta(days=20))
        assert coverage.todos(unit, clerk) == []
        assert [(t.kind, t.org) for t in coverage.todos(unit, bureau)] == [("豁免审定", "市民政局")]
        coverage.decide(unit, bureau, asked.id, granted=True)
        (todo,) = coverage.todos(unit, clerk)
        assert (todo.kind, todo.due_on) == ("豁免到期", TODAY + timedelta(days=20))


def test_every_department_is_counted_with_a_handful_of_queries(unit, clerk, stranger):
    """However many departments and tables there are: the board must not grow with them."""
    asked: list[str] = []

    def note(_conn, _cursor, statement, *_more):
        asked.append(statement)

    for n in range(8):
        add_table(unit, clerk, f"t{n}", f"表{n}")
        add_table(unit, stranger, f"t{n}", f"表{n}")
    event.listen(unit.conn, "before_cursor_execute", note)
    of = finding.account(unit.conn, TODAY)
    event.remove(unit.conn, "before_cursor_execute", note)
    assert (of.due, of.covered) == (16, 0)
    assert len(asked) <= 6
