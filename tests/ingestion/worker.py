"""A real worker for tests that kill it: says when it is ready, starts at the first line it gets."""

import importlib
import importlib.util
import sys

from datahall import bootstrap, worker

if __name__ == "__main__":
    for name in bootstrap.CAPABILITIES:  # as the worker itself will; so that the wait is over
        if importlib.util.find_spec(f"datahall.{name}.tasks"):
            importlib.import_module(f"datahall.{name}.tasks")
    print("ready", flush=True)
    if sys.stdin.readline():
        worker.run(sys.argv[1])
