"""Compiled regular expressions are taken of the layer's file, and only where they are sure to be right."""

from __future__ import annotations

import _sre
import json
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from facegate import patterns

NEW_NAMES = sys.version_info >= (3, 11)
COMPILER, PARSER = map(import_module, ("re._compiler", "re._parser") if NEW_NAMES else ("sre_compile", "sre_parse"))
TEXT = r"only-this-test-(?P<number>[0-9]+)"


KEY = (str, TEXT, 0)


def row(pattern: str | bytes) -> list[Any]:
    parsed = PARSER.parse(pattern, 0)
    names = dict(parsed.state.groupdict)
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    code = list(map(int, COMPILER._code(parsed, 0)))
    return [isinstance(pattern, bytes), text, 0, parsed.state.flags, code, len(names), names, [None, *names]]


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    own: dict[Any, Any] = {}
    monkeypatch.setattr(re, "_cache", own)
    return own


def written(folder: Path, magic: int, rows: list[list[Any]]) -> Path:
    file = folder / "patterns.json"
    file.write_text(json.dumps({"magic": magic, "patterns": rows}), "utf-8")
    return file


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs the tests is the version that the file is for."""
    monkeypatch.setattr(patterns, "VERSION", sys.version_info[:2])


@pytest.mark.usefixtures("here")
def test_a_pattern_of_the_file_is_not_compiled_again(cache: dict[Any, Any], tmp_path: Path) -> None:
    assert patterns.install(written(tmp_path, _sre.MAGIC, [row(TEXT)])) == 1
    assert re.compile(TEXT) is cache[str, TEXT, 0]
    assert re.compile(TEXT) == COMPILER.compile(TEXT, 0)
    match = re.fullmatch(TEXT, "only-this-test-12")
    assert match is not None
    assert match["number"] == "12"


@pytest.mark.usefixtures("here")
def test_a_pattern_of_bytes_is_one(cache: dict[Any, Any], tmp_path: Path) -> None:
    patterns.install(written(tmp_path, _sre.MAGIC, [row(b"only-this-test-\xff+")]))
    assert (bytes, b"only-this-test-\xff+", 0) in cache
    assert re.search(b"only-this-test-\xff+", b"only-this-test-\xff\xff") is not None


@pytest.mark.usefixtures("here")
def test_code_for_another_engine_is_left_alone(cache: dict[Any, Any], tmp_path: Path) -> None:
    assert patterns.install(written(tmp_path, _sre.MAGIC + 1, [row(TEXT)])) == 0
    assert KEY not in cache


@pytest.mark.usefixtures("here")
def test_code_that_is_none_is_refused_by_the_engine(cache: dict[Any, Any], tmp_path: Path) -> None:
    broken = row(TEXT)
    broken[4] = broken[4][:-2]
    with pytest.raises(RuntimeError, match="invalid SRE code"):
        patterns.install(written(tmp_path, _sre.MAGIC, [broken]))
    assert KEY not in cache


def test_another_version_of_python_compiles_as_ever(
    cache: dict[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "VERSION", (3, 9))
    assert patterns.install(written(tmp_path, _sre.MAGIC, [row(TEXT)])) == 0
    assert KEY not in cache


@pytest.mark.usefixtures("here")
def test_without_the_file_all_is_compiled_as_ever(cache: dict[Any, Any], tmp_path: Path) -> None:
    assert patterns.install(tmp_path / "patterns.json") == 0
