"""The rules that `judge` holds every page of every test to are themselves seen to fail.

A page is judged wherever a test opens it (`judged` in conftest), so that a capability cannot
forget to.
"""

import pytest

from tests.tools.judge import faults_of

GOOD = (
    '<!doctype html><html lang="zh-CN"><head><title>页</title></head><body><h1>页</h1>'
    '<form method="post"><input type="hidden" name="_csrf" value="t">'
    '<label for="a">名称</label><input id="a" name="a"></form></body></html>'
)


def test_a_good_page_passes():
    assert faults_of(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("</form>", "", "end-tag"),
        (' lang="zh-CN"', "", "no lang"),
        ("<h1>页</h1>", "", "0 h1"),
        ("<h1>页</h1>", '<h1 id="a">页</h1>', "id twice: a"),
        ('<label for="a">名称</label>', "", "no label: a"),
        ('<input type="hidden" name="_csrf" value="t">', "", "no token"),
        ("</form>", "</form><script>1</script>", "<script> inside"),
        ("<h1>", '<h1 onclick="x()">', "onclick on <h1>"),
        ("</form>", '</form><a href="#">更多</a>', "link to nowhere"),
        ("</form>", '</form><a href="/x"><svg></svg></a>', "without a name"),
        ("</form>", '</form><p aria-describedby="gone">x</p>', "refers to no id: gone"),
    ],
)
def test_a_fault_is_found(old, new, fault):
    assert any(fault in found for found in faults_of(GOOD.replace(old, new)))
