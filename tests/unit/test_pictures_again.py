"""Normalised twice is normalised once, to the byte: an enrolment is recognised by the hash of its picture."""

from __future__ import annotations

import random

import msgspec.structs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from facegate.operations import OPERATIONS
from facegate.pictures.normaliser import normalise
from facegate.pictures.profile import Profile
from tests.unit import picture_samples as samples

PROFILES = {operation.profile.name: operation.profile for operation in OPERATIONS.values()}
_ROOMY = msgspec.structs.replace(samples.PROFILE, max_input_bytes=20_000_000)
_TIGHT = msgspec.structs.replace(_ROOMY, max_output_bytes=200_000)


def _grainy(width: int, height: int, grain: int) -> Image.Image:
    """The same for the same arguments; the finer the grain, the more bytes."""
    size = max(2, width * grain // 100), max(2, height * grain // 100)
    noise = random.Random(grain).randbytes(size[0] * size[1] * 3)  # noqa: S311 - nothing secret
    return Image.frombytes("RGB", size, noise).resize((width, height))


def _assert_settled(data: bytes, profile: Profile) -> None:
    once = normalise(data, profile)
    again = normalise(once.jpeg, profile)

    assert again.jpeg == once.jpeg
    assert (again.width, again.height, again.sha256) == (once.width, once.height, once.sha256)
    assert again.quality is None


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((480, 640), id="kept"),
        pytest.param((1500, 2000), id="scaled by the decoder"),
        pytest.param((1080, 1920), id="scaled"),
        pytest.param((240, 320), id="enlarged"),
        pytest.param((500, 550), id="border to the least height"),
        pytest.param((640, 480), id="border"),
        pytest.param((1920, 1080), id="border, as wide as can be"),
        pytest.param((1000, 1000), id="square"),
        pytest.param((1000, 1001), id="barely portrait"),
        pytest.param((600, 2400), id="as long as can be"),
    ],
)
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_every_way_of_sizing_settles_at_once(size: tuple[int, int], profile: Profile) -> None:
    _assert_settled(samples.encoded(_grainy(*size, 10)), profile)


@pytest.mark.parametrize(
    ("size", "budget", "expected"),
    [
        pytest.param((720, 960), 170_000, (720, 960), id="quality"),
        pytest.param((720, 960), 140_000, (612, 816), id="size"),
        pytest.param((720, 960), 110_000, (504, 672), id="size, twice"),
        pytest.param((1920, 1080), 170_000, (918, 934), id="size, with a border, wider than others are kept"),
        pytest.param((1440, 1080), 170_000, (816, 832), id="size, with a border"),
        pytest.param((900, 910), 115_000, (633, 641), id="size, to the least, barely portrait"),
    ],
)
def test_what_gave_way_to_the_budget_settles_at_once(
    size: tuple[int, int], budget: int, expected: tuple[int, int]
) -> None:
    profile = msgspec.structs.replace(_ROOMY, max_output_bytes=budget)
    data = samples.encoded(_grainy(*size, 20), quality=90)
    result = normalise(data, profile)

    assert (result.width, result.height) == expected
    _assert_settled(data, profile)


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(
    short=st.integers(240, 1200),
    aspect=st.floats(0.6, 1.8),
    grain=st.integers(1, 20),
    mode=st.sampled_from(("RGB", "L")),
    options=st.fixed_dictionaries(
        {"quality": st.integers(20, 100), "subsampling": st.integers(0, 2), "progressive": st.booleans()}
    ),
    orientation=st.integers(1, 8),
    profile=st.sampled_from((*PROFILES.values(), _TIGHT)),
)
def test_any_picture_settles_at_once(
    short: int,
    aspect: float,
    grain: int,
    mode: str,
    options: dict[str, int],
    orientation: int,
    profile: Profile,
) -> None:
    size = (short, round(short * aspect)) if aspect >= 1 else (round(short / aspect), short)
    jpeg = samples.encoded(_grainy(*size, grain).convert(mode), **options)

    _assert_settled(samples.with_exif(jpeg, samples.exif(orientation)), profile)
