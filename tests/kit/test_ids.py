import time

from datahall.kit.ids import new_id


def test_ids_are_version_7_of_rfc_9562():
    before = time.time_ns() // 1_000_000
    id = new_id()
    assert (id.version, id.variant) == (7, "specified in RFC 4122")
    assert before <= id.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_are_in_the_order_of_creation():
    made = []
    for _ in range(200):
        made.append(new_id())
        time.sleep(2e-6)
    assert made == sorted(made)
