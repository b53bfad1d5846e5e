"""Going out to an address that somebody typed."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.kit import outbound
from datahall.kit.outbound import OutboundFailed
from datahall.kit.settings import Settings


class Far(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_GET(self):
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for n in range(100):
                try:
                    self.wfile.write(b"X-%d: x\r\n" % n)
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.1)
            return
        status = {"/gone": 404, "/away": 302}.get(self.path, 200)
        self.send_response(status)
        self.send_header("Location", "http://169.254.169.254/")
        body = b"x" * (outbound.MOST_BYTES * 2) if self.path == "/big" else b"ok"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def far() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Far) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def set_to(monkeypatch, **about):
    made = Settings(sources_on_this_machine=True, **about)
    monkeypatch.setattr(outbound, "settings", lambda: made)


class TestGet:
    def test_gives_the_status_and_the_time(self, far):
        answer = outbound.get(f"{far}/x?y=1", timeout_s=5)
        assert (answer.status, answer.body) == (200, b"ok")
        assert answer.took_ms >= 0

    def test_follows_no_redirect(self, far):
        assert outbound.get(f"{far}/away", timeout_s=5).status == 302

    def test_reads_no_more_than_it_should(self, far):
        assert len(outbound.get(f"{far}/big", timeout_s=5).body) == outbound.MOST_BYTES

    def test_ends_a_conversation_that_drips_on(self, far):
        began = time.monotonic()
        with pytest.raises(OutboundFailed) as failed:
            outbound.get(f"{far}/drip", timeout_s=0.5)
        assert failed.value.why == "timeout"
        assert time.monotonic() - began < 3

    def test_says_that_nobody_is_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            with pytest.raises(OutboundFailed) as failed:
                outbound.get(f"http://127.0.0.1:{port}/", timeout_s=1)
        assert failed.value.why == "unreachable"


class TestRefused:
    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://100.100.100.200/",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:169.254.169.254]/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
        ],
    )
    def test_where_secrets_live(self, url):
        with pytest.raises(OutboundFailed) as failed:
            outbound.get(url, timeout_s=1)
        assert failed.value.why == "refused"

    def test_the_hall_itself(self, monkeypatch):
        made = Settings(sources_on_this_machine=False)
        monkeypatch.setattr(outbound, "settings", lambda: made)
        for url in (
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://localhost/",
            "http://2130706433/",
        ):
            with pytest.raises(OutboundFailed) as failed:
                outbound.get(url, timeout_s=1)
            assert failed.value.why == "refused"

    @pytest.mark.parametrize(
        "url",
        [
            "", "ftp://x/", "file:///etc/passwd", "http://", "http://a b/", "http://u:p@x/",
            "http://x:99999/", "http://x:0/", "http://例子/", "http://x/\r\nHost: y", "javascript:1",
        ],
    )  # fmt: skip
    def test_what_is_no_address(self, url):
        with pytest.raises(OutboundFailed) as failed:
            outbound.checked(url)
        assert failed.value.why == "malformed"

    @given(st.text(max_size=80))
    def test_any_text_is_judged(self, text):
        try:
            assert outbound.checked(text).hostname
        except OutboundFailed:
            return

    def test_a_list_is_held_to(self, monkeypatch, far):
        set_to(monkeypatch, outbound_hosts=("10.0.0.0/8", ".gov.cn"))
        with pytest.raises(OutboundFailed) as failed:
            outbound.get(far, timeout_s=1)
        assert failed.value.why == "not_listed"
        set_to(monkeypatch, outbound_hosts=("127.0.0.0/8",))
        assert outbound.get(far, timeout_s=5).status == 200
        set_to(monkeypatch, outbound_hosts=("127.0.0.1",))
        assert outbound.get(far, timeout_s=5).status == 200
