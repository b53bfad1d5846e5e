"""Run measurements: `python -m bench.run` for all, `python -m bench.run lookup` for one.

Each writes `bench/out/<name>.json` and prints its bars; the exit code says whether all are met.
A measurement is a module of this folder with a function `measure() -> Report`.
"""

import importlib
import json
import os
import platform
import sys
from pathlib import Path

from bench.report import Report

NAMES = {
    "cdc-postgres": "cdc_postgres",
    "load": "first_load",
    "lookup": "lookup",
    "sheet": "sheet",
    "search": "search",
    "suggest": "suggest",
}
OUT = Path(__file__).parent / "out"


def run(name: str) -> Report:
    """Take one measurement and write it down."""
    report: Report = importlib.import_module(f"bench.{NAMES[name]}").measure()
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    OUT.mkdir(exist_ok=True)
    content = {
        "name": name,
        "conditions": machine | report.conditions,
        "figures": report.figures,
        "bars": [bar.as_dict() for bar in report.bars],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return report


def main() -> int:
    reports = [run(name) for name in sys.argv[1:] or NAMES]
    return 0 if all(bar.ok for report in reports for bar in report.bars) else 1


if __name__ == "__main__":
    sys.exit(main())
