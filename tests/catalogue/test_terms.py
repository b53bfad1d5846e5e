"""Scope, citation and relations as data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.catalogue import Citation, ShareScope
from datahall.organisations import OrgKind
from tests.factories import make_org

LAW = "《中华人民共和国精神卫生法》（主席令第62号）第四条"


class TestScope:
    TOWN = make_org(kind=OrgKind.TOWN, region="341502004")
    COUNTY = make_org(kind=OrgKind.COUNTY, region="341502")
    CITY = make_org(kind=OrgKind.CITY, region="341500")
    OTHER = make_org(kind=OrgKind.COUNTY, region="341503")

    @pytest.mark.parametrize(
        ("scope", "admitted"),
        [
            (ShareScope(), {"TOWN", "COUNTY", "CITY", "OTHER"}),
            (ShareScope(levels=(OrgKind.CITY,)), {"CITY"}),
            (ShareScope(regions=("341502",)), {"TOWN", "COUNTY"}),
            (ShareScope(regions=("341500",)), {"TOWN", "COUNTY", "CITY", "OTHER"}),
            (ShareScope(levels=(OrgKind.COUNTY,), regions=("341502",)), {"COUNTY"}),
            (ShareScope(departments=(OTHER.id,)), {"OTHER"}),
            (ShareScope(departments=(OTHER.id,), levels=(OrgKind.CITY,)), {"OTHER", "CITY"}),
        ],
    )
    def test_admits(self, scope, admitted):
        orgs = {name: getattr(self, name) for name in ("TOWN", "COUNTY", "CITY", "OTHER")}
        assert {name for name, org in orgs.items() if scope.admits(org)} == admitted


WORDS = st.text(st.characters(categories=["Lo", "Nd"]), min_size=1, max_size=20)
ARTICLES = st.integers(1, 400).map("第{}条".format) | st.just("第十二条第二款第（三）项")


class TestCitation:
    def test_reads_its_parts(self):
        assert Citation.read(LAW) == Citation(
            document="中华人民共和国精神卫生法", number="主席令第62号", article="第四条"
        )

    @given(document=WORDS, number=WORDS, article=ARTICLES)
    def test_what_is_written_is_read_back(self, document, number, article):
        made = Citation(document=document, number=number, article=article)
        assert Citation.read(made.text) == made

    @pytest.mark.parametrize(
        ("text", "missing"),
        [
            ("", ("文件名称", "文号", "条款")),
            ("领导说不给", ("文件名称", "文号", "条款")),
            ("《精神卫生法》第四条", ("文号",)),
            ("《精神卫生法》（主席令第62号）", ("条款",)),
            ("国务院令第809号第四条", ("文件名称", "文号")),
        ],
    )
    def test_says_what_is_missing(self, text, missing):
        assert Citation.read(text).missing == missing

    @pytest.mark.parametrize(
        ("number", "statutory"),
        [
            ("主席令第62号", True),
            ("国务院令第809号", True),
            ("国发〔2016〕51号", True),
            ("皖政〔2020〕1号", False),
            ("六政办秘〔2022〕28号", False),
        ],
    )
    def test_a_local_document_forbids_nothing(self, number, statutory):
        assert Citation(document="x", number=number, article="第一条").is_statutory is statutory
