"""Decoders of foreign formats are called in the reader process only: no other module of the product imports one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "canbao"
READER = ROOT / "outside" / "reader" / "formats"
DECODERS = {
    "PIL", "pypdfium2", "python_calamine", "openpyxl", "pyarrow.parquet", "pyarrow.csv", "pyarrow.json", "pyarrow.ipc",
    "pyarrow.dataset", "pyarrow.feather", "pyarrow.orc", "gzip", "zlib", "bz2", "lzma", "zipfile", "tarfile", "shelve",
    "pickle", "marshal", "xml", "lxml", "html.parser", "plistlib",
}  # fmt: skip
# What may be used of a decoder elsewhere: it writes, or it reads what we have written ourselves.
WRITERS = {
    ("bulk/engine.py", "pyarrow.parquet"): {"read_metadata"},  # of files that the engine wrote
    ("bulk/landing.py", "pyarrow.parquet"): {"ParquetWriter"},
    ("bulk/readings.py", "pyarrow.parquet"): {"ParquetWriter"},
    ("bulk/matching/engines.py", "pyarrow.parquet"): {"write_table", "read_table"},
    ("services/intake/returning.py", "pyarrow.parquet"): {"ParquetFile", "read_metadata"},
    ("web/jobs/archive.py", "zipfile"): {"ZipFile", "ZipInfo", "ZIP_STORED"},
}


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if READER not in path.parents)


def used(tree: ast.Module) -> dict[str, set[str]]:
    """Which names of which decoder a module uses."""
    found: dict[str, set[str]] = {}
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if decoder := decoder_of(alias.name):
                    found.setdefault(decoder, set())
                    aliases[alias.asname or alias.name] = decoder
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if decoder := decoder_of(node.module) or decoder_of(f"{node.module}.{alias.name}"):
                    found.setdefault(decoder, set()).add(alias.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            found[aliases[node.value.id]].add(node.attr)
    return found


def decoder_of(name: str) -> str | None:
    return next((decoder for decoder in DECODERS if name == decoder or name.startswith(f"{decoder}.")), None)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_decoder_is_used_outside_the_reader(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    for decoder, names in used(ast.parse(path.read_text(encoding="utf-8"))).items():
        allowed = WRITERS.get((name, decoder))
        assert allowed is not None and names <= allowed, f"{name} uses {decoder}: {sorted(names)}"


def test_the_archive_of_a_job_is_only_written() -> None:
    text = (ROOT / "web" / "jobs" / "archive.py").read_text(encoding="utf-8")
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "ZipFile"]
    assert made and all(isinstance(call.args[1], ast.Constant) and call.args[1].value == "w" for call in made)


def test_nothing_but_the_reader_imports_its_formats() -> None:
    for path in modules():
        if path.parent == ROOT / "outside" / "reader" and path.name in ("server.py", "trial.py", "worker.py"):
            continue
        assert "reader.formats" not in path.read_text(encoding="utf-8"), path
