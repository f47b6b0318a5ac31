"""The benchmark in its quickest form, so that it does not rot; and the sample that it compares with is correct."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tablestore import CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions

from benchmarks import __main__ as bench
from benchmarks import deployments, packages
from benchmarks.events import recorded
from benchmarks.function_process import FunctionProcess, Host
from benchmarks.services import SAMPLE_TABLE, Services
from local.credentials import Account
from tests.cloud import PHOTOS, Cloud

MARKS = ("bench: table", "bench: expectations")
ROWS = ("cold-start", "normaliser", "sdk-call", "connection", "ledger", "throughput", "growth")
"""The others are of the same parts, with larger pictures."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], str]]:
    """The JSON and the page of one quick run."""
    folder = tmp_path_factory.mktemp("bench")
    page, results = folder / "page.md", folder / "results.json"
    page.write_text("".join(f"<!-- {mark} -->\n<!-- /{mark} -->\n" for mark in MARKS), "utf-8")
    assert bench.main(["--quick", "--rows", ",".join(ROWS), "--json", str(results), "--write", str(page)]) == 0
    yield json.loads(results.read_text("utf-8")), page.read_text("utf-8")


def test_every_measurement_gives_rows(results: tuple[dict[str, Any], str]) -> None:
    rows = results[0]["rows"]
    assert set(Counter(row["measurement"] for row in rows)) == set(ROWS)
    assert all(row["ours"]["median"] > 0 for row in rows)


def test_every_row_that_has_a_twin_tells_a_ratio(results: tuple[dict[str, Any], str]) -> None:
    compared = [row for row in results[0]["rows"] if row["other"] and not row["other"]["note"]]
    assert len(compared) > 20
    assert all(row["ratio"] == pytest.approx(row["ours"]["median"] / row["other"]["median"]) for row in compared)


def test_a_connection_that_closes_under_a_request_fails_the_sample_alone(results: tuple[dict[str, Any], str]) -> None:
    (row,) = [row for row in results[0]["rows"] if row["what"] == "the service closes it as the request arrives"]
    assert row["ours"]["median"] and "1 of 1 failed" in row["other"]["note"]


def test_requests_to_tablestore_are_counted(results: tuple[dict[str, Any], str]) -> None:
    (row,) = [row for row in results[0]["rows"] if row["what"] == "face-compare, requests to Tablestore"]
    assert (row["ours"]["median"], row["other"]["median"]) == (2, 1)


def test_the_page_gets_both_tables(results: tuple[dict[str, Any], str]) -> None:
    assert "### cold-start" in results[1] and "| face-compare | 0.5 | 1 |" in results[1]


def test_the_header_says_that_a_quick_run_means_nothing(results: tuple[dict[str, Any], str]) -> None:
    assert "mean nothing" in results[0]["header"]["quick"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--rows", "cold-start,warmth"], "'warmth' is none of cold-start, warm"),
        (["--repeats", "0"], "not a whole number of at least 1"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(arguments)
    assert complaint in capsys.readouterr().err


@pytest.fixture
def sample(cloud: Cloud, tmp_path: Path) -> Iterator[FunctionProcess]:
    """The official sample's face-compare against the local ID Verification, with its signatures and its face engine."""
    found = cloud.endpoints()
    account = Account(found["access_key_id"], found["access_key_secret"])
    tables = OTSClient(
        found["tablestore"], account.access_key_id, account.access_key_secret, found["tablestore_instance"]
    )
    if SAMPLE_TABLE not in tables.list_table():
        meta = TableMeta(SAMPLE_TABLE, [("merchant_biz_id", "STRING")])
        tables.create_table(meta, TableOptions(), ReservedThroughput(CapacityUnit(0, 0)))
    services = Services(account, found["id_verification"], "", found["tablestore"], found["oss"])
    deployed = deployments.sample(packages.SAMPLE.parent, services, deployments.ours(packages.SHARED, services))
    host = Host(sys.executable, isolated=False, account=account, scratch=tmp_path)
    with host.process(deployed.functions["face-compare"], deployed.surroundings, None) as process:
        process.load()
        yield process


@pytest.mark.parametrize(("other", "passed"), [("obama2", "Y"), ("biden", "N")])
def test_the_sample_is_correct(sample: FunctionProcess, other: str, passed: str) -> None:
    pictures = [(PHOTOS / f"{name}.jpg").read_bytes() for name in ("obama", other)]
    answer = sample.invoke(recorded("face-compare.http", pictures)()).json()
    assert json.loads(answer["body"])["Result"]["Passed"] == passed
