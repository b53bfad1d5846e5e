"""Keeps a handful of child processes alive, and ends every one of them when we end."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger(__name__)

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
STOP_TIMEOUT_S: Final = 20.0
FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 30.0
STEADY_S: Final = 30.0  # a child that lived this long starts again without waiting


def dying_with_us(command: Sequence[str]) -> list[str]:
    """`command`, which the kernel kills when we are gone, even by kill -9 (Linux only).

    Killing is safe: what our processes have answered or loaded is committed.  A softer signal
    may be lost on a server that is only just starting.
    """
    if shutil.which("setpriv") is None:
        return list(command)
    return ["setpriv", "--pdeathsig", "KILL", *command]


def end_with_parent() -> None:
    """Let the kernel kill this process when the one that started it is gone (Linux only).

    For processes that a server of ours starts in turn, where no command line is ours.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(slots=True)
class Child:
    """One process of the program, its output in a log file of its own."""

    name: str
    command: Sequence[str]
    log_file: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    backoff_s: float = FIRST_BACKOFF_S

    def start(self) -> None:
        """Start in a session of its own: a Ctrl-C in the terminal reaches only the supervisor."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as out:
            self.process = subprocess.Popen(
                dying_with_us(self.command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, **self.env},
            )
        self.started_at = time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Signal the child and whatever it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def last_lines(self, count: int = 20) -> str:
        """The end of its log, for the person at the console."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-count:])


@dataclass(slots=True)
class Supervisor:
    """Starts children, restarts the ones that die, stops all in reverse order."""

    children: list[Child] = field(default_factory=list)

    def add(self, child: Child) -> None:
        child.start()
        self.children.append(child)

    def revive(self) -> None:
        """Start again whoever has died, waiting longer each time it dies young."""
        for child in self.children:
            if child.alive():
                continue
            age = time.monotonic() - child.started_at
            if age >= STEADY_S:
                child.backoff_s = FIRST_BACKOFF_S
            if age < child.backoff_s:
                continue
            code = child.process.returncode if child.process else None
            log.warning("process ended, starting it again", name=child.name, code=code)
            child.backoff_s = min(child.backoff_s * 2, LONGEST_BACKOFF_S)
            child.start()

    def stop(self) -> None:
        """Ask all to finish, then insist."""
        for child in reversed(self.children):
            if child.process is not None and child.alive():
                child.process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in reversed(self.children):
            if child.process is None:
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            child.signal(signal.SIGKILL)  # the rest of its session, whatever it did
            child.process.wait()
        self.children.clear()
