"""The pictures of one request, read and normalised: side by side, where the process may use more than one CPU.

Pillow lets go of the interpreter lock while it decodes and encodes, so two pictures take the time of one. The threads
live as long as the request: making them takes a tenth of a millisecond, and none of them is there to be frozen with
the instance. Objects are read by the calling thread alone, while pictures before them are already being normalised.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from facegate.errors import FacegateError
from facegate.objects import Objects
from facegate.pictures import Normalised, Profile, normalise
from facegate.pictures_given import Picture, PictureBytes, PictureObject

if TYPE_CHECKING:
    from concurrent.futures import Future


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
    sent = {name: picture for name, picture in pictures.items() if isinstance(picture, PictureBytes | PictureObject)}
    at_once = min(cpus, len(sent))
    if at_once > 1:
        return _side_by_side(sent, profile, objects, at_once)
    ready = {}
    for name, picture in sent.items():
        with _naming(name):
            ready[name] = normalise(_read(picture, profile, objects), profile)
    return ready


def _side_by_side(
    sent: Mapping[str, PictureBytes | PictureObject], profile: Profile, objects: Objects, at_once: int
) -> dict[str, Normalised]:
    from concurrent.futures import ThreadPoolExecutor  # brings logging, which the SDKs load anyway, later than a start

    started: dict[str, Future[Normalised]] = {}
    unread: FacegateError | None = None
    ready = {}
    with ThreadPoolExecutor(at_once) as pool:
        for name, picture in sent.items():
            try:
                with _naming(name):
                    data = _read(picture, profile, objects)
            except FacegateError as error:
                unread = error  # raised unless a picture before it cannot be used either
                break
            started[name] = pool.submit(normalise, data, profile)
        for name, future in started.items():
            with _naming(name):
                ready[name] = future.result()
    if unread is not None:
        raise unread
    return ready


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
