"""Every command in the documents: curl is run, and its answer compared; the targets of make must exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.cloud import ROOT, Cloud

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "events").glob("*.md")))
BLOCK = re.compile(r"```sh\n(.*?)```(?:\n```json\n(.*?)```)?", re.DOTALL)
EXAMPLES = [(path.name, *match) for path in PAGES for match in BLOCK.findall(path.read_text("utf-8"))]
CURLS = [example for example in EXAMPLES if example[1].startswith("curl ")]


def test_there_are_examples_and_each_is_curl_or_make() -> None:
    assert len(CURLS) >= 9
    assert all(command.startswith(("curl ", "make ")) for _, command, _ in EXAMPLES)


def test_the_examples_hold_in_their_order(cloud: Cloud) -> None:
    for page, command, shown in CURLS:
        here = command.replace("http://127.0.0.1:9000", cloud.url)
        done = subprocess.run(["bash", "-c", here], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, (page, command, done.stderr)
        pattern = "".join(".+?" if part == "…" else re.escape(part) for part in re.split("(…)", shown.strip()))
        assert re.fullmatch(pattern, done.stdout.strip()) or not shown, (page, command, done.stdout)
    cloud.idle()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"`make ([a-z-]+)|^(?: {4})?make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {target for pair in named for target in pair if target} <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert all((page.parent / link).exists() for link in links if not link.startswith("http")), links
