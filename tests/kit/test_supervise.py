"""Children are revived while we live and gone when we are."""

import os
import subprocess
import sys
import textwrap
import time

import psutil

from datahall.kit.supervise import Child, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def child(tmp_path, name="sleeper", command=SLEEP) -> Child:
    return Child(name, command, tmp_path / f"{name}.log")


def test_a_dead_child_is_started_again(tmp_path):
    supervisor = Supervisor()
    supervisor.add(child(tmp_path))
    (sleeper,) = supervisor.children
    first = sleeper.process.pid
    sleeper.process.kill()
    sleeper.process.wait()
    sleeper.started_at -= sleeper.backoff_s  # its time to wait is over

    supervisor.revive()

    assert sleeper.alive()
    assert sleeper.process.pid != first
    supervisor.stop()


def test_a_child_that_keeps_dying_waits_longer_each_time(tmp_path):
    supervisor = Supervisor()
    supervisor.add(child(tmp_path, command=[sys.executable, "-c", ""]))
    (failing,) = supervisor.children
    waits = []
    for _ in range(3):
        failing.process.wait()
        failing.started_at -= failing.backoff_s
        supervisor.revive()
        waits.append(failing.backoff_s)
    supervisor.stop()

    assert waits == [1, 2, 4]


def test_stop_ends_a_child_and_what_it_started(tmp_path):
    nested = f"import subprocess, time; subprocess.Popen({SLEEP!r}); time.sleep(600)"
    supervisor = Supervisor()
    supervisor.add(child(tmp_path, command=[sys.executable, "-c", nested]))
    parent = psutil.Process(supervisor.children[0].process.pid)
    while not parent.children(recursive=True):
        time.sleep(0.05)
    family = [parent, *parent.children(recursive=True)]

    supervisor.stop()

    gone, alive = psutil.wait_procs(family, timeout=10)
    assert (len(gone), alive) == (len(family), [])


def test_children_are_gone_when_the_supervisor_is_killed(tmp_path):
    script = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from datahall.kit.supervise import Child
        child = Child("sleeper", {SLEEP!r}, Path({str(tmp_path)!r}) / "log")
        child.start()
        print(child.process.pid, flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as supervisor:
        sleeper = psutil.Process(int(supervisor.stdout.readline()))
        supervisor.kill()

    gone, _ = psutil.wait_procs([sleeper], timeout=10)
    assert gone
