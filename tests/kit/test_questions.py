from dataclasses import dataclass

from datahall.kit.questions import Question
from datahall.kit.uow import Unit
from tests.conftest import NOON


@dataclass(frozen=True)
class Neighbours(Question[str]):
    of: int


class TestAsk:
    def test_collects_the_answers_in_the_order_of_the_wiring(self, conn):
        def before(_unit, question):
            yield str(question.of - 1)

        def after(_unit, question):
            return [str(question.of + 1)]

        unit = Unit(conn=conn, now=NOON, answerers={Neighbours: [before, after]})
        assert unit.ask(Neighbours(7)) == ["6", "8"]

    def test_nobody_answers_unless_wired(self, conn):
        assert Unit(conn=conn, now=NOON).ask(Neighbours(7)) == []
