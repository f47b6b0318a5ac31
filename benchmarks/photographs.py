"""The pictures that are measured with, made once of a fetched photograph and kept.

A phone's photograph is imitated (12 megapixels, stored as the sensor lies, turned by its EXIF orientation, with a place
in its EXIF): the portrait is enlarged and gets a sensor's noise, without which an enlargement would be far too easy to
decode. Figures for real photographs can differ; ratios should hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

from benchmarks.cloud import ROOT

PORTRAITS = ROOT / ".local" / "photos"
TURNED_RIGHT = 6
"""EXIF: the camera was held upright, its rows run from top to bottom."""

_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825
_PLACE = {1: "N", 2: (1.0, 17.0, 13.0), 3: "E", 4: (103.0, 51.0, 3.0)}
_NOISE = 6
_RECIPE = "1"
"""To be changed with the code below, so that kept pictures are made anew."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One picture to make: sides in pixels as a viewer sees them; `most_bytes` lowers the quality until it fits."""

    name: str
    width: int
    height: int
    portrait: str = "obama"
    format: str = "JPEG"
    quality: int = 90
    progressive: bool = False
    phone: bool = True
    most_bytes: int | None = None

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1_000_000


PHONE_12MP = Photograph("phone-12mp", 3000, 4000)
PHONE_12MP_OTHER = Photograph("phone-12mp-other", 3000, 4000, portrait="obama2")
PHONE_12MP_THIRD = Photograph("phone-12mp-third", 3000, 4000, portrait="biden")
CONFORMING_100KB = Photograph("conforming-100kb", 720, 960, phone=False, most_bytes=100_000)
CONFORMING_100KB_OTHER = Photograph("conforming-100kb-other", 720, 960, "obama2", phone=False, most_bytes=100_000)
CONFORMING_600KB = Photograph("conforming-600kb", 1080, 1440, quality=99, phone=False, most_bytes=600_000)
CONFORMING_600KB_OTHER = Photograph(
    "conforming-600kb-other", 1080, 1440, "obama2", quality=99, phone=False, most_bytes=600_000
)
_SIZES = {2: (1200, 1600), 12: (3000, 4000), 48: (6000, 8000)}
OF_THE_NORMALISER = tuple(
    Photograph(f"{kind}-{megapixels}mp", *size, format=form, progressive=progressive)
    for kind, form, progressive in (("baseline", "JPEG", False), ("progressive", "JPEG", True), ("png", "PNG", False))
    for megapixels, size in _SIZES.items()
)


def file_of(photograph: Photograph, folder: Path) -> Path:
    """The picture's file in `folder`, made if it is not there."""
    path = folder / f"{photograph.name}-r{_RECIPE}.{'png' if photograph.format == 'PNG' else 'jpg'}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(_encoded(photograph))
        unfinished.replace(path)
    return path


def _encoded(photograph: Photograph) -> bytes:
    image = _enlarged(photograph)
    if photograph.format == "PNG":
        return _saved(image, "PNG")
    image = _noisy(image)
    options = {"subsampling": "4:2:0", "progressive": photograph.progressive}
    if photograph.phone:
        # Stored as the sensor lies: turned back by a quarter, which the orientation undoes.
        return _saved(image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=_exif(), quality=90, **options)
    for quality in range(photograph.quality, 40, -1):
        saved = _saved(image, "JPEG", quality=quality, **options)
        if photograph.most_bytes is None or len(saved) <= photograph.most_bytes:
            return saved
    raise ValueError(f"{photograph.name} cannot be brought under {photograph.most_bytes} bytes")


def _enlarged(photograph: Photograph) -> Image.Image:
    (path,) = PORTRAITS.glob(f"{photograph.portrait}.*")
    with Image.open(path) as opened:
        portrait = opened.convert("RGB")
    size = (photograph.width, photograph.height)
    return ImageOps.fit(portrait, size, Image.Resampling.BICUBIC, centering=(0.5, 0.0))


def _noisy(image: Image.Image) -> Image.Image:
    """With noise around no change: the sum of both, less the noise's middle of 128."""
    noise = Image.merge("RGB", [Image.effect_noise(image.size, _NOISE)] * 3)
    return ImageChops.add(image, noise, offset=-128)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_MAKE] = TURNED_RIGHT, "facegate benchmark"
    exif.get_ifd(_GPS).update(_PLACE)
    return exif


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
