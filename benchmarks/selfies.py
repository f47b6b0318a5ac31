"""As many different selfies as are asked for, made of a few fetched photographs.

Each is a portrait of 480 x 640 pixels: the smallest that the layer does not enlarge, so that the local face engine
has the least work. Crop, brightness and JPEG quality differ.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageEnhance

from facegate.operations import OPERATIONS
from facegate.pictures.normaliser import normalise

PEOPLE = ("obama", "obama2", "obama3", "biden", "collins")
SIZE = (480, 640)
_PROFILE = OPERATIONS["AddFaceRecord"].profile
_ROOM = 1.1
"""So much larger than a selfie is what it is cut from."""


def selfies(photographs: Path, count: int, chance: random.Random) -> list[bytes]:
    """JPEG files, no two of which are the same picture before or after the layer normalised it."""
    people = [_upper_part(photographs, person) for person in PEOPLE]
    made: list[bytes] = []
    known: set[str] = set()
    for selfie in _variations(people, chance):
        digest = normalise(selfie, _PROFILE).sha256
        if digest not in known:
            known.add(digest)
            made.append(selfie)
        if len(made) == count:
            break
    return made


def _upper_part(photographs: Path, person: str) -> Image.Image:
    """The upper middle of a photograph, where the face is, a little larger than a selfie."""
    (path,) = photographs.glob(f"{person}.*")
    with Image.open(path) as opened:
        photograph = opened.convert("RGB")
    width = min(photograph.width, photograph.height * SIZE[0] // SIZE[1])
    height = width * SIZE[1] // SIZE[0]
    left = (photograph.width - width) // 2
    large = (round(SIZE[0] * _ROOM), round(SIZE[1] * _ROOM))
    return photograph.resize(large, Image.Resampling.BICUBIC, (left, 0, left + width, height))


def _variations(people: list[Image.Image], chance: random.Random) -> Iterator[bytes]:
    """Without end."""
    while True:
        for person in people:
            left, top = chance.randrange(person.width - SIZE[0]), chance.randrange(person.height - SIZE[1])
            cut = person.crop((left, top, left + SIZE[0], top + SIZE[1]))
            selfie = ImageEnhance.Brightness(cut).enhance(chance.uniform(0.9, 1.1))
            out = BytesIO()
            selfie.save(out, "JPEG", quality=chance.randint(80, 92))
            yield out.getvalue()
