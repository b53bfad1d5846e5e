"""The worker: every capability's jobs and loops in one process (后台任务)."""

from datahall.worker.main import run

__all__ = ["run"]
