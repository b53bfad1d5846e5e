"""How a route says who may call it; a route that says nothing keeps the program from starting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from datahall.kit.http import UnitDep
from datahall.kit.uow import Unit
from datahall.security.errors import LoginRequired
from datahall.security.model import Actor
from datahall.security.service import require


class Identify(Protocol):
    """Finds out who sent a request; `organisations` has it, `bootstrap` puts it in place."""

    def __call__(self, unit: Unit, request: Request) -> Actor | None: ...


def actor_of_request(request: Request, unit: UnitDep) -> Actor:
    """Who is calling.

    Raises:
        LoginRequired
    """
    identify: Identify = request.app.state.identify
    actor = identify(unit, request)
    if actor is None:
        raise LoginRequired
    request.state.actor = actor
    return actor


@dataclass(frozen=True, slots=True)
class Permits:
    """Dependency of a route: the caller, who holds a post that may do `act` to something.

    The relation to the thing itself is asked by the service, which has loaded it.
    """

    act: str

    def __call__(self, actor: Annotated[Actor, Depends(actor_of_request)]) -> Actor:
        require(actor, self.act)
        return actor


@dataclass(frozen=True, slots=True)
class Public:
    """Dependency of a route that anybody may call, with the reason."""

    reason: str

    def __call__(self) -> None:
        return None


def permits(act: str) -> Callable[..., Actor]:
    """Use as `actor: Annotated[Actor, Depends(permits("catalogue:view"))]`."""
    return Permits(act)
