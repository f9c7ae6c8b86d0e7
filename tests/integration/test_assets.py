"""The files of the pages, collected under names that carry their digest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.templatetags.static import static

from canbao.web import assets


def test_files_are_collected_once_under_names_that_change_with_their_content(
    settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    assert static("canbao/canbao.css") == "/static/canbao/canbao.css"  # plain before
    assert assets.collect()
    assert not assets.collect()
    names = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    style = tmp_path / "static" / names["font/index.css"]
    part = next(name for name in names if name.endswith("-4-wght-normal.woff2"))
    assert Path(names[part]).name in style.read_text()
    assert (tmp_path / "static" / f"{names['tabler/tabler.css']}.gz").exists()
    (tmp_path / "static" / ".state").write_text("older")
    monkeypatch.setattr(assets, "call_command", lambda *_, **__: settings.STATIC_ROOT.mkdir())  # once is slow enough
    assert assets.collect()
    assert [path.name for path in settings.STATIC_ROOT.iterdir()] == [".state"]


def test_missing_packages_are_named(settings, tmp_path: Path) -> None:
    settings.MODULES, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    with pytest.raises(assets.MissingPackages, match=r"tabler/tabler\.css"):
        assets.collect()
