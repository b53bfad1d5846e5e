"""The examples on a grant's page run as they stand, and what they send is signed rightly."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from datahall.kit import signing
from datahall.supply_demand import Algorithm, GrantedField
from datahall.supply_demand.examples import examples
from tests.supply_demand.factories import make_cremations, make_grant

SECRET = "kN7-fAq2_w0Xr5pJvB9sLz3yTgHcEuMiOdQ1aW4xRb8"
ITEM = make_cremations()
BY_KEY = make_grant(fields=(GrantedField("gmsfhm", masked=False),))
WITHOUT_KEY = make_grant(fields=(GrantedField("hhrq", masked=False),))


class Listener(BaseHTTPRequestHandler):
    """A gateway that believes nobody: it checks the signature and answers one row."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        sent = {name.lower(): value for name, value in self.headers.items()}
        algorithm = sent["x-sign-alg"]
        text = signing.string_to_sign(
            "GET", path, query, signing.body_digest(algorithm, b""),
            sent["x-timestamp"], sent["x-nonce"],
        )  # fmt: skip
        signed = signing.is_signed(signing.key(algorithm, SECRET), text, sent["x-sign"])
        self.server.seen.append((signed, path, unquote(query), sent["x-app-id"], sent["x-grant"]))
        self.send_response(200 if signed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Receipt", "r-1")
        self.end_headers()
        self.wfile.write(b'{"data": [{"hhrq": "2026-10-01"}], "masked": [], "next": null}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize(
    ("grant", "query"),
    [(BY_KEY, "gmsfhm=eq.341502199001011239"), (WITHOUT_KEY, "limit=10")],
    ids=["by key", "first rows"],
)
class TestExamples:
    def asked(self, listener, grant, algorithm):
        base = f"http://127.0.0.1:{listener.server_address[1]}"
        return examples(grant, ITEM, algorithm, base=base, secret=SECRET)

    def test_curl(self, listener, grant, algorithm, query):
        script = self.asked(listener, grant, algorithm).curl
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True
        )

        assert "2026-10-01" in done.stdout
        assert listener.seen == [
            (True, "/v1/data/307011/000001", query, grant.app_id, str(grant.id))
        ]

    def test_python(self, listener, grant, algorithm, query, capsys):
        pytest.importorskip("datahall.client.calls")
        exec(self.asked(listener, grant, algorithm).python, {})  # noqa: S102 - the page's own lines

        assert "2026-10-01" in capsys.readouterr().out
        assert listener.seen == [
            (True, "/v1/data/307011/000001", query, grant.app_id, str(grant.id))
        ]
