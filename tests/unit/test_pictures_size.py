"""Size: what comes out is portrait and within the documented bounds and the byte budget, whatever came in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec.structs
import pytest
from PIL import Image

from facegate.pictures.errors import ExtremeAspect, PictureTooLarge, PictureTooSmall
from facegate.pictures.normaliser import normalise
from facegate.pictures.profile import Profile
from tests.unit import picture_samples as samples


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param((480, 640), (480, 640), id="the minimum is left alone"),
        pytest.param((600, 900), (600, 900), id="between 480 and 720 is not enlarged"),
        pytest.param((720, 960), (720, 960), id="the target"),
        pytest.param((800, 1066), (800, 1066), id="close to the target is not resampled"),
        pytest.param((801, 1068), (720, 960), id="above it is"),
        pytest.param((1080, 1920), (720, 1280), id="the documented maximum"),
        pytest.param((1500, 2000), (750, 1000), id="the scaled decode fits"),
        pytest.param((1200, 1600), (720, 960), id="the scaled decode does not fit"),
        pytest.param((240, 320), (480, 640), id="half the minimum is enlarged"),
        pytest.param((300, 520), (480, 832), id="enlarged until the width meets its minimum"),
        pytest.param((500, 550), (500, 640), id="too low: bordered, not enlarged"),
        pytest.param((600, 2400), (480, 1920), id="as long as can be"),
        pytest.param((480, 1920), (480, 1920), id="as long as can be, at the minimum"),
        pytest.param((900, 3000), (576, 1920), id="long: the height is the limit"),
        pytest.param((1000, 1000), (720, 736), id="square"),
        pytest.param((1000, 1001), (720, 721), id="barely portrait"),
        pytest.param((640, 480), (640, 656), id="landscape at the minimum"),
        pytest.param((1600, 1200), (960, 976), id="landscape 4:3"),
        pytest.param((1920, 1080), (1080, 1096), id="landscape 16:9"),
        pytest.param((1080, 480), (1080, 1096), id="as wide as can be"),
        pytest.param((320, 240), (640, 656), id="small landscape"),
    ],
)
def test_size_out_for_size_in(given: tuple[int, int], expected: tuple[int, int]) -> None:
    result = normalise(samples.encoded(Image.new("RGB", given)), samples.PROFILE)

    assert (result.width, result.height) == expected == samples.opened(result.jpeg).size


@pytest.mark.parametrize("short", [240, 251, 479, 480, 533, 719, 721, 799, 801, 1023, 1439, 1601, 2400])
@pytest.mark.parametrize("aspect", [0.45, 0.6, 0.999, 1, 1.001, 4 / 3, 16 / 9, 2.6, 3.999])
def test_every_result_is_portrait_within_the_documented_bounds(short: int, aspect: float) -> None:
    width, height = (short, round(short * aspect)) if aspect >= 1 else (round(short / aspect), short)

    result = normalise(samples.flat_png(width, height), samples.PROFILE)

    assert 480 <= result.width <= 1080
    assert 640 <= result.height <= 1920
    assert result.height > result.width


@pytest.mark.parametrize("size", [(12_000, 1999), (1999, 12_000), (12_000, 40)])
def test_strips_of_12000_pixels_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises((ExtremeAspect, PictureTooSmall)):
        normalise(samples.flat_png(*size), samples.PROFILE)


def test_12000_by_4000_pixels_of_baseline_jpeg_are_taken() -> None:
    jpeg = samples.encoded(Image.new("L", (4000, 12_000), 90))

    result = normalise(jpeg, samples.PROFILE)

    assert (result.width, result.height) == (640, 1920)


@pytest.mark.parametrize(
    ("size", "refusal"),
    [
        ((64, 64), PictureTooSmall),
        ((239, 800), PictureTooSmall),
        ((800, 239), PictureTooSmall),
        ((5000, 40), PictureTooSmall),
        ((480, 1950), ExtremeAspect),
        ((1100, 480), ExtremeAspect),
        ((3000, 700), ExtremeAspect),
    ],
)
def test_too_small_or_too_long(size: tuple[int, int], refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match=f"{size[0]} x {size[1]} pixels") as caught:
        normalise(samples.encoded(Image.new("RGB", size)), samples.PROFILE)

    assert (caught.value.code, caught.value.http_status) == ("UnqualifiedPhoto", 422)  # type: ignore[attr-defined]


def test_the_sides_are_judged_after_the_orientation() -> None:
    lying = samples.encoded(Image.new("RGB", (1900, 480)))

    with pytest.raises(ExtremeAspect, match="1900 x 480"):
        normalise(lying, samples.PROFILE)
    assert normalise(samples.with_exif(lying, samples.exif(6)), samples.PROFILE).height == 1900


def test_landscape_keeps_the_whole_picture_between_grey_borders() -> None:
    result = samples.opened(normalise(samples.encoded(samples.corners(800, 600)), samples.PROFILE).jpeg)

    assert result.size == (800, 816)
    column = [result.getpixel((200, y)) for y in (50, 140, 680, 760)]
    expected = ((118, 118, 118), samples.RED, samples.YELLOW, (118, 118, 118))
    for found, wanted in zip(column, expected, strict=True):
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 25 for a, b in zip(found, wanted, strict=True))


def test_a_portrait_picture_normalised_twice_keeps_its_size() -> None:
    once = normalise(samples.encoded(samples.corners(1500, 2000)), samples.PROFILE)
    twice = normalise(once.jpeg, samples.PROFILE)

    assert (twice.width, twice.height) == (once.width, once.height)


def _with_budget(budget: int) -> Profile:
    return msgspec.structs.replace(samples.PROFILE, max_output_bytes=budget)


def test_quality_is_the_profiles_where_the_budget_allows() -> None:
    assert normalise(samples.encoded(samples.corners(), "PNG"), samples.PROFILE).quality == 90


def test_over_budget_the_quality_steps_down_first() -> None:
    result = normalise(samples.encoded(samples.noise(480, 640), quality=95), _with_budget(150_000))

    assert len(result.jpeg) <= 150_000
    assert 60 <= result.quality < 90
    assert (result.width, result.height) == (480, 640)


def test_then_the_size_but_never_below_the_minimum() -> None:
    result = normalise(samples.encoded(samples.noise(720, 1100), quality=80), _with_budget(130_000))

    assert len(result.jpeg) <= 130_000
    assert result.quality == 60
    assert 480 <= result.width < 720
    assert 640 <= result.height < 1100


@pytest.mark.parametrize("height", range(770, 777))
def test_a_barely_portrait_picture_stays_portrait_when_its_size_gives_way(height: int) -> None:
    data = samples.encoded(samples.noise(height - 1, height), quality=80)

    result = normalise(data, _with_budget(200_000))

    assert result.width < height - 1
    assert result.height > result.width


def test_what_cannot_be_brought_into_the_budget_is_refused() -> None:
    with pytest.raises(PictureTooLarge, match="50,000 bytes") as caught:
        normalise(samples.encoded(samples.noise(720, 960)), _with_budget(50_000))

    assert (caught.value.code, caught.value.http_status) == ("ToolargeImage", 413)


def test_the_same_bytes_give_the_same_bytes() -> None:
    jpeg = samples.encoded(samples.noise(900, 1200), quality=70)

    assert normalise(jpeg, samples.PROFILE) == normalise(bytes(bytearray(jpeg)), samples.PROFILE)


def test_threads_do_not_disturb_each_other() -> None:
    inputs = [
        samples.encoded(samples.corners(1200, 1600)),
        samples.encoded(samples.corners(480, 640), "PNG"),
        samples.with_exif(samples.encoded(samples.corners(640, 480)), samples.exif(6)),
        samples.with_scans(12),
    ]
    alone = [normalise(data, samples.PROFILE) for data in inputs]

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda data: normalise(data, samples.PROFILE), inputs * 4))

    assert together == alone * 4
