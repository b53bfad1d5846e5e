"""The main job told in eight steps against a running hall, each step checked (全流程演示).

From one department's database to another department's governed call: nothing here touches the
gateway's configuration, and every figure is measured.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from datahall.demo import supplying, using
from datahall.demo.stage import Figures, Stage

STEPS: Final[tuple[Callable[[Stage], Figures], ...]] = (
    supplying.connect_sources,
    supplying.publish_items,
    supplying.load_data,
    supplying.apply_and_answer,
    using.call_gateway,
    using.change_at_source,
    using.verify_receipt,
    using.revoke,
)


def play(stage: Stage) -> dict[str, Any]:
    """Play every step; a step that fails ends the story.

    Returns:
        `{"ok", "steps": [{"n", "name", "ok", "seconds", "figures"}, …]}`, with `error` in the
        step that failed.
    """
    steps: list[dict[str, Any]] = []
    for number, step in enumerate(STEPS, start=1):
        name = (step.__doc__ or step.__name__).strip()
        stage.say(f"[bold]{number}. {name}[/bold]")
        started = time.monotonic()
        told: dict[str, Any] = {"n": number, "name": name}
        try:
            told |= {"ok": True, "figures": step(stage)}
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the report says it
            told |= {"ok": False, "figures": {}, "error": f"{type(error).__name__}: {error}"}
        told["seconds"] = round(time.monotonic() - started, 2)
        steps.append(told)
        if not told["ok"]:
            break
    return {"ok": len(steps) == len(STEPS) and all(s["ok"] for s in steps), "steps": steps}
