from datahall.demo import cast
from datahall.security import Role


def test_everybody_enters_by_the_real_doors(units):
    with units.open() as unit:
        cast.assemble(unit)
    with units.open() as unit:
        assert cast.assembled(unit)
        clerk = cast.actor(unit, "social.clerk")
        assert (clerk.org_name, clerk.roles) == ("市人社局", frozenset({Role.CLERK}))
