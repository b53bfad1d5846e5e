from datahall import bootstrap
from datahall.kit.events import REGISTRY
from datahall.ledger.words import act_name, said, subject_name

bootstrap.load_tables()


def test_acts_are_named_by_the_docstring_of_their_event():
    assert act_name("ledger:act:refuse") == "操作被拒绝"
    assert act_name("gateway:call:answer") == "数据调用"
    assert act_name("nobody:knows:this") == "nobody:knows:this"


def test_every_act_has_a_chinese_name():
    """Auditors and receipts show it: `(登录)` in the docstring of the event."""
    acts = [tag for tag in REGISTRY if not tag.startswith("test:")]
    assert [tag for tag in acts if act_name(tag) == tag] == []


def test_subjects_are_named_by_their_kind():
    assert subject_name("item:0197") == "目录项 0197"
    assert subject_name("moon:0197") == "moon 0197"
    assert subject_name("") == ""


def test_a_record_is_told_term_by_term():
    record = {
        "kind": "ledger:act:refuse", "id": "7", "at": "2026-10-16T04:00:00Z", "by": "p1", "subject": "item:9",
        "body": {"on": "9", "act": "POST /x", "code": "", "fields": ["a", "b"], "agreed": True, "more": {"b": 1}},
    }  # fmt: skip
    assert said(record) == [
        ("事项", "操作被拒绝"),
        ("时间", "2026-10-16 12:00:00（北京时间）"),
        ("存证号", "7"),
        ("办理人", "p1"),
        ("对象", "目录项 9"),
        ("操作", "POST /x"),
        ("信息项", "a、b"),
        ("同意", "是"),
        ("more", '{"b":1}'),
    ]


def test_what_no_page_may_hold_is_replaced():
    assert said({"by": "p\x00\x1b1"}) == [("办理人", "p\ufffd\ufffd1")]
