"""The arithmetic of the benchmark: ratios, bounds, what is told of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import expectations, results_file, table
from benchmarks.figures import Figure, Row
from local import deployment
from local.deployment import Secrets
from local.function_compute.template import load_template

ROOT = Path(__file__).resolve().parents[2]
HEADER = {"machine": "a machine", "python": "3.10"}


def row(ours: Figure, other: Figure | None, at_most: float | None = None, measurement: str = "warm") -> Row:
    return Row(measurement, "face-compare, a pair", "ms", ours, other, at_most=at_most)


@pytest.mark.parametrize(("values", "note"), [((), ""), ((1.0,), "refused")])
def test_a_figure_is_measured_or_explained(values: tuple[float, ...], note: str) -> None:
    with pytest.raises(ValueError, match="values or a note"):
        Figure(values, note=note)


def test_a_bound_needs_something_to_compare_with() -> None:
    with pytest.raises(ValueError, match="a bound needs"):
        row(Figure.of([1]), None, at_most=0.5)


@pytest.mark.parametrize(
    ("ours", "other", "ratio", "holds"),
    [
        (Figure.of([1, 2, 9]), Figure.of([10, 8, 90]), 0.1, True),
        (Figure.of([2, 4, 40]), Figure.of([10]), 0.4, False),
        (Figure.of([2]), Figure.of([10]), 0.2, True),
        (Figure.of([3]), Figure.of([10]), 0.3, False),
        (Figure(note="refused"), Figure.of([10]), None, None),
        (Figure.of([3]), Figure(note="failed"), None, None),
        (Figure.of([3]), Figure.of([0]), None, None),
    ],
)
def test_a_ratio_is_the_median_of_turns_or_else_of_medians(
    ours: Figure, other: Figure, ratio: float | None, holds: bool | None
) -> None:
    compared = row(ours, other, at_most=0.2)
    assert (compared.ratio, compared.holds) == (ratio, holds)


def test_without_a_bound_nothing_holds_or_breaks() -> None:
    assert row(Figure.of([1]), Figure.of([2])).holds is None


def test_the_table_tells_medians_spread_ratios_and_which_bounds_break() -> None:
    rows = [
        row(Figure.of([1.234, 5, 3], [1, 1, 1]), Figure.of([30.04, 10, 20], [4, 4, 4]), at_most=0.2),
        row(Figure.of([20]), Figure.of([10]), at_most=0.2),
        row(Figure(note="refused"), Figure.of([1500.4])),
    ]
    shown = table.lines(rows, HEADER)
    (first, second, third) = [line for line in shown if line.startswith("warm")]
    assert shown[0] == "machine:   a machine"
    assert "3 (1.23 to 5)" in first and "20 (10 to 30.0)" in first
    assert first.endswith("0.15       0.25     0.20  holds")
    assert second.endswith("0.20  DOES NOT HOLD")
    assert "refused" in third and "1,500" in third
    assert shown[-1] == "1 of 2 bounds hold; not: face-compare, a pair (sample)."


def test_a_page_gets_a_table_for_each_measurement() -> None:
    rows = [row(Figure.of([1]), None), row(Figure.of([2]), None, measurement="ledger")]
    shown = table.markdown(rows, HEADER)
    assert [line for line in shown if line.startswith("###")] == ["### warm", "### ledger"]
    widths = {line.count("|") for line in shown if line.startswith("|")}
    assert widths == {len(table.HEAD)}


def test_the_file_keeps_every_value(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    results_file.save(path, [row(Figure.of([1, 2], [3, 4]), Figure.of([4]), at_most=0.5)], HEADER)
    kept = json.loads(path.read_text("utf-8"))
    assert kept["header"] == HEADER
    assert kept["rows"][0]["ours"] == {"values": [1, 2], "cpu": [3, 4], "note": "", "median": 1.5, "cpu_median": 3.5}
    assert (kept["rows"][0]["ratio"], kept["rows"][0]["holds"]) == (0.375, True)


def test_a_page_is_written_between_its_marks_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench: table -->old<!-- /bench: table -->\nafter\n", "utf-8")
    for _ in range(2):
        results_file.write_between(page, "bench: table", ["new", "lines"])
        assert page.read_text("utf-8") == (
            "before\n<!-- bench: table -->\n\nnew\nlines\n\n<!-- /bench: table -->\nafter\n"
        )


@pytest.mark.parametrize("text", ["", "<!-- bench: table -->", "<!-- /bench: table --><!-- bench: table -->"])
def test_a_page_without_both_marks_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    with pytest.raises(results_file.PageError, match="has no lines <!-- bench: table -->"):
        results_file.write_between(page, "bench: table", ["new"])
    assert page.read_text("utf-8") == text


@pytest.mark.parametrize(("share", "expected"), [(0.25, 400), (0.5, 200), (1.0, 100), (2.0, 100)])
def test_less_of_a_processor_takes_longer_and_more_than_one_not_less(share: float, expected: float) -> None:
    assert expectations.duration_ms(100, share) == expected


def test_what_is_billed_follows_from_time_share_and_memory() -> None:
    functions = load_template(ROOT / "s.yaml", deployment.template_environment(Secrets("id", "secret", "k" * 32)))
    spec = functions["results"]
    cost = expectations.billed(7, spec)
    assert cost.vcpu_seconds == pytest.approx(7)
    assert cost.gb_seconds == pytest.approx(7 / spec.cpu * spec.memory_mb / 1024)
    assert cost.vcpu_seconds_of_wait == pytest.approx(100 * spec.cpu)
    assert cost.gb_seconds_of_wait == pytest.approx(100 * spec.memory_mb / 1024)


def test_expectations_are_told_of_what_was_measured_alone() -> None:
    functions = load_template(ROOT / "s.yaml", deployment.template_environment(Secrets("id", "secret", "k" * 32)))
    rows = [
        row(Figure.of([20], [10]), None),
        Row("throughput", "face-compare, conforming pictures", "a second", Figure.of([50], [20]), None),
        row(Figure.of([20]), None, measurement="cold-start"),
    ]
    shown = list(expectations.markdown(rows, functions))
    assert "| face-compare, a pair | 40 | 29 | 20 | 10 |" in shown
    assert [line for line in shown if line.startswith("| face-compare |")] == [
        "| face-compare | 0.5 | 1 | 20.0 | 40.0 | 50 | 100 |"
    ]
