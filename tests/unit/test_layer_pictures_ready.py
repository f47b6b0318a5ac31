"""Pictures made ready: the same with one CPU as with several; the first that cannot be used is the one that is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from facegate import pictures_ready
from facegate.errors import FacegateError
from facegate.objects import ObjectMissing, StoredObject
from facegate.operations import OPERATIONS
from facegate.pictures.errors import BrokenPicture, UnsupportedFormat
from facegate.pictures.normaliser import Normalised, finish, normalise
from facegate.pictures.profile import Profile
from facegate.pictures.stream import Stream
from facegate.pictures_given import Picture, PictureBytes, PictureObject, PictureUrl
from facegate.pictures_ready import make_ready, usable_cpus
from tests.fakes import MemoryObjects
from tests.unit import picture_samples as samples

PROFILE = OPERATIONS["FaceCrossCompareIntl"].profile
CPUS = (1, 2, 3, 64)
WAIT_S = 60
NEVER_S = 0.2
"""How long is waited for what must not happen."""


GOOD = PictureBytes(samples.encoded(samples.corners()))
"""Is passed on."""

LARGE = PictureBytes(samples.encoded(samples.corners(1500, 2000)))
PNG = PictureBytes(samples.encoded(samples.corners(), "PNG"))
STORED = PictureObject("pictures/ada/face.jpg")
URL = PictureUrl("https://pictures.example.com/face.jpg")

LATE = PictureBytes(samples.encoded(samples.noise(2000, 3000))[:-50_000] + b"\xff\xd9")
"""Found to be broken only when it is decoded."""
BROKEN = PictureBytes(GOOD.data[:200])
HEIC = PictureBytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1")
MISSING = PictureObject("pictures/nobody/face.jpg")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects({STORED.key: StoredObject(GOOD.data, {})})


def named(*pictures: Picture) -> dict[str, Picture]:
    return {f"Source{letter}FacePicture": picture for letter, picture in zip("ABC", pictures, strict=False)}


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize(
    "given",
    [(), (GOOD,), (URL,), (STORED, GOOD), (LARGE, PNG), (URL, LARGE, GOOD), (LARGE, STORED, PNG), (LARGE,) * 3],
    ids=lambda given: f"{len(given)} pictures",
)
def test_each_picture_under_its_name_and_in_its_order(
    given: tuple[Picture, ...], cpus: int, objects: MemoryObjects
) -> None:
    data = {**{picture: picture.data for picture in (GOOD, LARGE, PNG)}, STORED: GOOD.data}
    expected = {name: normalise(data[picture], PROFILE) for name, picture in named(*given).items() if picture != URL}

    ready = make_ready(named(*given), PROFILE, objects, cpus)

    assert list(ready.items()) == list(expected.items())


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize(
    ("given", "field", "error"),
    [
        pytest.param((HEIC, BROKEN), "SourceAFacePicture", UnsupportedFormat, id="both"),
        pytest.param(
            (HEIC, LATE), "SourceAFacePicture", UnsupportedFormat, id="the first, while the second is decoded"
        ),
        pytest.param((LATE, HEIC), "SourceAFacePicture", BrokenPicture, id="the first is found last"),
        pytest.param((LATE, HEIC, MISSING), "SourceAFacePicture", BrokenPicture, id="all three"),
        pytest.param((GOOD, HEIC, LATE), "SourceBFacePicture", UnsupportedFormat, id="the second and the third"),
        pytest.param((GOOD, LARGE, BROKEN), "SourceCFacePicture", BrokenPicture, id="the last"),
        pytest.param((LATE, MISSING), "SourceAFacePicture", BrokenPicture, id="broken, then missing"),
        pytest.param((MISSING, HEIC), "SourceAFacePicture", ObjectMissing, id="missing, then foreign"),
        pytest.param((LARGE, MISSING, HEIC), "SourceBFacePicture", ObjectMissing, id="missing after a good one"),
        pytest.param((URL, MISSING), "SourceBFacePicture", ObjectMissing, id="missing after a URL"),
    ],
)
def test_the_error_is_that_of_the_first_picture_that_cannot_be_used(
    given: tuple[Picture, ...], field: str, error: type[FacegateError], cpus: int, objects: MemoryObjects
) -> None:
    with pytest.raises(error) as raised:
        make_ready(named(*given), PROFILE, objects, cpus)

    assert raised.value.message.startswith(f"{field}: ")
    assert raised.value.message.count("FacePicture") == 1


@pytest.mark.parametrize("cpus", CPUS)
def test_nothing_is_read_after_an_object_that_cannot_be(cpus: int, objects: MemoryObjects) -> None:
    with pytest.raises(ObjectMissing):
        make_ready(named(MISSING, STORED), PROFILE, objects, cpus)

    assert objects.calls == [("get", MISSING.key)]


def test_only_the_caller_reads_objects() -> None:
    class Watched(MemoryObjects):
        def get(self, key: str, max_bytes: int, etag: str | None = None) -> StoredObject:
            readers.append(threading.current_thread())
            assert max_bytes == PROFILE.max_input_bytes
            return super().get(key, max_bytes, etag)

    readers: list[threading.Thread] = []
    make_ready(named(STORED, STORED, STORED), PROFILE, Watched({STORED.key: StoredObject(GOOD.data, {})}), 3)

    assert readers == [threading.current_thread()] * 3


def _instead(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """`work` is done before each picture is decoded, by the thread that decodes it."""

    def finish_after_work(stream: Stream, profile: Profile) -> Normalised:
        work()
        return finish(stream, profile)

    monkeypatch.setattr(pictures_ready, "finish", finish_after_work)


@pytest.mark.parametrize(("pictures", "cpus"), [(2, 2), (3, 3), (2, 64)])
def test_as_many_at_once_as_there_are_cpus(
    pictures: int, cpus: int, objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_there = threading.Barrier(pictures)
    _instead(monkeypatch, lambda: all_there.wait(WAIT_S))

    assert len(make_ready(named(*[PNG] * pictures), PROFILE, objects, cpus)) == pictures


def test_never_more_at_once_than_there_are_cpus(objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are held until the third would have begun too, if there were a thread for it."""
    begun = [threading.Event() for _ in range(3)]
    free = iter(begun)
    workers: set[threading.Thread] = set()

    def work() -> None:
        workers.add(threading.current_thread())
        next(free).set()
        assert begun[1].wait(WAIT_S)
        begun[2].wait(NEVER_S)

    _instead(monkeypatch, work)

    assert len(make_ready(named(PNG, PNG, PNG), PROFILE, objects, 2)) == 3
    assert len(workers) == 2


@pytest.mark.parametrize(
    ("given", "cpus"),
    [
        pytest.param((PNG,), 64, id="one picture"),
        pytest.param((PNG, URL), 64, id="one and a URL"),
        pytest.param((GOOD, PNG, STORED), 64, id="one, the others are passed on"),
        pytest.param((PNG, LARGE), 1, id="one CPU"),
    ],
)
def test_one_picture_at_a_time_needs_no_thread(
    given: tuple[Picture, ...], cpus: int, objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[threading.Thread] = set()
    _instead(monkeypatch, lambda: seen.add(threading.current_thread()))

    make_ready(named(*given), PROFILE, objects, cpus)

    assert seen == {threading.current_thread()}


def test_what_nobody_foresaw_comes_out_as_it_is(objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise MemoryError("unforeseen")

    _instead(monkeypatch, fail)

    with pytest.raises(MemoryError, match="unforeseen"):
        make_ready(named(PNG, PNG), PROFILE, objects, 2)


@pytest.mark.parametrize(
    ("allowed", "present", "expected"), [({3}, 8, 1), ({0, 5}, 8, 2), (None, 8, 8), (None, None, 1)]
)
def test_the_cpus_are_those_that_the_process_may_use_where_the_system_tells(
    allowed: set[int] | None, present: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if allowed is None:
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    else:

        def affinity(_pid: int) -> Any:
            return allowed

        monkeypatch.setattr(os, "sched_getaffinity", affinity, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: present)

    assert usable_cpus() == expected
