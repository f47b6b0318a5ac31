"""The pictures of one request, read and normalised: side by side, where the process may use more than one CPU.

Pillow lets go of the interpreter lock while it decodes and encodes, so two pictures take the time of one. Pictures that
are passed on, and objects, are read by the calling thread alone: threads would cost them more than they save. The
threads live as long as the request: making them takes a tenth of a millisecond, and none is frozen with the instance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from facegate.errors import FacegateError
from facegate.objects import Objects
from facegate.pictures.normaliser import Normalised, begin, finish
from facegate.pictures.profile import Profile
from facegate.pictures.stream import Stream
from facegate.pictures_given import Picture, PictureBytes, PictureObject, PictureUrl


def usable_cpus() -> int:
    """How many CPUs this process may use. What Function Compute shows for a part of one is unconfirmed; if it is more
    than that part, threads take turns and gain nothing.
    """
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_ready(pictures: Mapping[str, Picture], profile: Profile, objects: Objects, cpus: int) -> dict[str, Normalised]:
    """Each picture that is sent, under its field name and in their order; what is given as a URL is left out.

    At most `cpus` are decoded at once. Raises PictureError and ObjectError, `message` naming the field: of several
    pictures that cannot be used, the error is that of the first. No thread outlives the call.
    """
    begun: dict[str, Normalised | Stream] = {}
    unusable: FacegateError | None = None
    for name, picture in pictures.items():
        if isinstance(picture, PictureUrl):
            continue
        try:
            with _naming(name):
                begun[name] = begin(_read(picture, profile, objects), profile)
        except FacegateError as error:
            unusable = error  # raised unless one before it turns out to be unusable when it is decoded
            break
    ready = _finished(begun, profile, cpus)
    if unusable is not None:
        raise unusable
    return ready


def _finished(begun: Mapping[str, Normalised | Stream], profile: Profile, cpus: int) -> dict[str, Normalised]:
    at_once = min(cpus, sum(isinstance(picture, Stream) for picture in begun.values()))
    if at_once < 2:
        return {name: _finish(name, picture, profile) for name, picture in begun.items()}
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(at_once) as pool:
        working = {name: pool.submit(_finish, name, picture, profile) for name, picture in begun.items()}
        return {name: future.result() for name, future in working.items()}


def _finish(name: str, picture: Normalised | Stream, profile: Profile) -> Normalised:
    if isinstance(picture, Normalised):
        return picture
    with _naming(name):
        return finish(picture, profile)


def _read(picture: PictureBytes | PictureObject, profile: Profile, objects: Objects) -> bytes:
    if isinstance(picture, PictureBytes):
        return picture.data
    return objects.get(picture.key, profile.max_input_bytes).data


@contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except FacegateError as error:
        error.message = f"{name}: {error.message}"
        raise
