"""Colours: however a file stores them, they come out as a viewer would show them."""

from __future__ import annotations

import pytest
from PIL import Image, ImageStat

from facegate.pictures.normaliser import normalise
from tests.unit import picture_samples as samples

_SIZE = (480, 640)
_ORANGE = (220, 130, 40)


def _half_transparent() -> Image.Image:
    return Image.new("RGBA", _SIZE, (0, 0, 0, 128))


def _palette_with_a_hole() -> bytes:
    picture = Image.new("RGB", _SIZE, _ORANGE).quantize(4)
    return samples.encoded(picture, "PNG", transparency=picture.getpixel((0, 0)))


def _grey16(level: int) -> Image.Image:
    return Image.frombytes("I;16", _SIZE, level.to_bytes(2, "little") * (_SIZE[0] * _SIZE[1]))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(samples.encoded(Image.new("RGB", _SIZE, _ORANGE)), _ORANGE, id="JPEG"),
        pytest.param(samples.encoded(Image.new("RGB", _SIZE, _ORANGE), keep_rgb=True), _ORANGE, id="JPEG in RGB"),
        pytest.param(samples.encoded(Image.new("L", _SIZE, 77)), (77,) * 3, id="grey JPEG"),
        pytest.param(samples.encoded(Image.new("CMYK", _SIZE, (0, 255, 255, 0))), (255, 0, 0), id="CMYK JPEG"),
        pytest.param(samples.encoded(Image.new("RGB", _SIZE, _ORANGE), "PNG"), _ORANGE, id="PNG"),
        pytest.param(samples.encoded(Image.new("L", _SIZE, 77), "PNG"), (77,) * 3, id="grey PNG"),
        pytest.param(samples.encoded(Image.new("1", _SIZE, 1), "PNG"), (255,) * 3, id="1-bit PNG"),
        pytest.param(samples.encoded(_grey16(0x7F7F), "PNG"), (127,) * 3, id="16-bit grey PNG is not clipped to white"),
        pytest.param(samples.encoded(_grey16(0xFFFF), "PNG"), (255,) * 3, id="16-bit white"),
        pytest.param(
            samples.with_chunks(samples.encoded(_grey16(0x4040), "PNG"), samples.chunk(b"tRNS", b"\x40\x40")),
            (64,) * 3,
            id="a 16-bit colour key is ignored",
        ),
        pytest.param(samples.encoded(Image.new("RGB", _SIZE, _ORANGE).quantize(4), "PNG"), _ORANGE, id="palette PNG"),
        pytest.param(_palette_with_a_hole(), (255,) * 3, id="a transparent palette entry becomes white"),
        pytest.param(samples.encoded(_half_transparent(), "PNG"), (127,) * 3, id="half transparent black over white"),
        pytest.param(
            samples.encoded(Image.new("RGBA", _SIZE, (*_ORANGE, 255)), "PNG"),
            _ORANGE,
            id="opaque RGBA keeps its colour",
        ),
        pytest.param(samples.encoded(Image.new("LA", _SIZE, (0, 0)), "PNG"), (255,) * 3, id="transparent grey"),
        pytest.param(
            samples.encoded(Image.new("RGB", _SIZE, _ORANGE), "PNG", transparency=_ORANGE),
            (255,) * 3,
            id="a colour key becomes white",
        ),
    ],
)
def test_colour_out_for_colours_in(data: bytes, expected: tuple[int, ...]) -> None:
    result = samples.opened(normalise(data, samples.PROFILE).jpeg)

    assert result.mode == "RGB"
    assert ImageStat.Stat(result).mean == pytest.approx(expected, abs=4)
