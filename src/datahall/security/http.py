"""How a route says who may call it; a route that says nothing keeps the program from starting."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from datahall.kit.http import UnitDep
from datahall.kit.uow import Unit
from datahall.security.errors import LoginRequired
from datahall.security.model import Actor
from datahall.security.policy import POLICY
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


class Route(Protocol):
    """What is asked of a route of FastAPI, wherever it stands."""

    path: str
    methods: set[str]
    dependant: Dependant


class UndeclaredRoute(Exception):
    """A route does not say who may call it; the program does not start."""


def declared(route: Route) -> tuple[Permits | Public, ...]:
    """What the route says about who may call it; more than one act must all be permitted."""
    return tuple(_declarations(route.dependant))


def _declarations(dependant: Dependant) -> Iterator[Permits | Public]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Permits | Public):
            yield inner.call
        yield from _declarations(inner)


def refuse_undeclared(routes: Iterable[Route]) -> None:
    """Deny by default: a route names its act, or the reason why anybody may call it.

    Raises:
        UndeclaredRoute
    """
    for route in routes:
        where = f"{'/'.join(sorted(route.methods))} {route.path}"
        found = declared(route)
        if not found:
            raise UndeclaredRoute(f"{where} declares neither a permission nor a Public reason")
        kinds = {type(each) for each in found}
        if len(kinds) > 1:
            raise UndeclaredRoute(f"{where} is public and not public")
        for each in found:
            if isinstance(each, Permits) and each.act not in POLICY:
                raise UndeclaredRoute(
                    f"{where} asks for {each.act}, which the policy does not know"
                )
            if isinstance(each, Public) and not each.reason.strip():
                raise UndeclaredRoute(f"{where} is public without a reason")
