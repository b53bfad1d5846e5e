from datahall.catalogue import Relation, RelationKind
from datahall.catalogue.relations import related
from tests.catalogue.test_codes import published


def test_a_relation_is_seen_from_both_ends(unit):
    people = published(unit)
    poor = published(
        unit,
        title="低保对象",
        relations=(Relation(kind=RelationKind.DERIVED_FROM, code=people.code),),
        related_codes=(people.code, "999001/000009"),
    )
    assert [(r.words, r.id, r.code) for r in related(unit.conn, poor)] == [
        ("加工自", people.id, people.code),
        ("相关", None, "999001/000009"),  # another platform's
    ]
    (back,) = related(unit.conn, people)
    assert (back.words, back.id, back.title) == ("加工出", poor.id, "低保对象")


def test_an_alias_names_the_entry_too(unit):
    people = published(unit, alias_code="SJ-0007")
    part = published(
        unit, title="分表", relations=(Relation(kind=RelationKind.PART_OF, code="SJ-0007"),)
    )
    assert related(unit.conn, part)[0].id == people.id
    assert [r.words for r in related(unit.conn, people)] == ["包含"]
