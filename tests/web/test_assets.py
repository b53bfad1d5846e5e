"""Assets: found without npm on PATH, locked without addresses, named by their content."""

import json
from pathlib import Path

from datahall.web import assets


def test_npm_comes_with_the_wheel_where_none_is_installed(monkeypatch):
    monkeypatch.setattr(assets.shutil, "which", lambda _name: None)
    assert all(Path(part).is_file() for part in assets.npm())


def test_the_lock_has_hashes_and_no_addresses():
    lock = json.loads((assets.PACKAGES / "package-lock.json").read_text())
    packages = [p for name, p in lock["packages"].items() if name]
    assert all(p["integrity"].startswith("sha512-") for p in packages)
    assert not any("resolved" in p for p in packages)


def test_an_address_changes_with_the_content(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    (tmp_path / "a.css").write_text("a {}")
    first = assets.address.__wrapped__("a.css")
    (tmp_path / "a.css").write_text("b {}")
    assert first.startswith("/static/a.css?v=")
    assert assets.address.__wrapped__("a.css") != first
