"""Our own server survives what operators and kernels do to it."""

import os
import signal
import subprocess
import sys
import textwrap

import psutil
import psycopg
import pytest

from datahall.kit.postgres import PostgresUnavailable, Server, scratch_folder

SUPERVISOR = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from datahall.kit.postgres import Server
    server = Server(Path(sys.argv[1]))
    server.start()
    print(server.process.pid, flush=True)
    time.sleep(600)
""")


@pytest.fixture
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pg")
    for part in [folder, *folder.parents][:3]:
        part.chmod(0o755)  # pytest's folders are private; the server's own user must walk through
    return folder / "home"


def test_committed_rows_survive_a_kill_of_the_postmaster(home):
    with Server(home) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute("create table kept (n int)")
            conn.execute("insert into kept values (1)")
        busy = psycopg.connect(server.dsn())
        busy.execute("insert into kept select generate_series(2, 200000)")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        busy.close()

        server.start()

        with psycopg.connect(server.dsn()) as conn:
            assert conn.execute("select count(*) from kept").fetchone() == (1,)


def test_the_server_ends_when_its_supervisor_is_killed(home):
    parent = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    postmaster = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()

    gone, _ = psutil.wait_procs([postmaster], timeout=10)

    assert gone


def test_a_second_supervisor_may_follow_at_once(home):
    parent = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    parent.stdout.readline()
    parent.kill()
    parent.communicate()

    with Server(home) as server:
        assert server.alive()


def test_one_folder_serves_one_hall(home, monkeypatch):
    monkeypatch.setattr("datahall.kit.postgres.LEAVING_TIMEOUT_S", 0.2)
    with Server(home), pytest.raises(PostgresUnavailable, match="只能启动一个大厅"):
        Server(home).start()


def test_a_wrong_password_is_refused(home):
    with Server(home) as server:
        wrong = server.dsn().replace("datahall:", "datahall:x", 1)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_stopping_twice_is_harmless(home):
    server = Server(home)
    server.start()
    server.stop()
    server.stop()
    assert not server.alive()


def test_a_cluster_of_one_use_leaves_nothing():
    with scratch_folder() as folder, Server(folder / "pg") as server:
        assert server.data.is_relative_to(folder)
        server.create_database("used")
    assert not folder.exists()
