"""A profile refuses values that contradict each other, naming the one at fault."""

from __future__ import annotations

from typing import Any

import msgspec.structs
import pytest

from facegate.pictures.normaliser import normalise
from tests.unit import picture_samples as samples


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": ""}, "name"),
        ({"max_input_bytes": 0}, "max_input_bytes"),
        ({"max_output_bytes": 49_999}, "max_output_bytes"),
        ({"jpeg_quality": 96}, "jpeg_quality"),
        ({"jpeg_quality": 59}, "lowest_quality"),
        ({"lowest_quality": 0}, "lowest_quality"),
        ({"min_width": 640}, "min_width"),
        ({"max_width": 1920}, "max_width"),
        ({"short_side": 479}, "short_side"),
        ({"short_side": 801}, "keep_short_side"),
        ({"keep_short_side": 1081}, "keep_short_side"),
        ({"max_height": 1081, "min_height": 1082}, "min_height"),
        ({"min_source_side": 0}, "min_source_side"),
        ({"min_source_side": 481}, "min_source_side"),
        ({"max_pixels_jpeg": 89_478_486}, "max_pixels"),
        ({"max_pixels_progressive": 0}, "max_pixels"),
        ({"max_pixels_png": -1}, "max_pixels"),
        ({"max_scans": 0}, "max_scans"),
    ],
)
def test_a_contradiction_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        msgspec.structs.replace(samples.PROFILE, **change)


def test_a_profile_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        samples.PROFILE.max_scans = 1000  # type: ignore[misc]


def test_the_quality_is_the_profiles() -> None:
    enrolment = msgspec.structs.replace(samples.PROFILE, jpeg_quality=80)

    assert normalise(samples.encoded(samples.corners(), "PNG"), enrolment).quality == 80
