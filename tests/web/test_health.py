import sqlalchemy as sa
from fastapi.testclient import TestClient

from datahall.web.app import create_app


def test_ready_with_a_database(engine):
    assert TestClient(create_app(engine)).get("/readyz").json() == {"status": "ok"}


def test_alive_but_not_ready_without_one():
    nowhere = sa.create_engine(
        "postgresql+psycopg://x@127.0.0.1:1/x", connect_args={"connect_timeout": 1}
    )
    client = TestClient(create_app(nowhere))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
