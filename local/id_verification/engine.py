"""The face engine: dlib's frontal detector, five landmarks and 128-d residual network, on two threads.

The model files come from the package face_recognition_models, located without importing it (it needs the
removed pkg_resources). Measured on two shared cores: about 0.2 s for a 720x960 picture. dlib lets other threads
run while it detects, but not while it computes an embedding, so the server pauses for about 0.1 s at a time
(measured; 0.6 s on a busy machine).
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import queue
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlib
import numpy as np

from local.id_verification.errors import ServiceError
from local.id_verification.pictures import PictureProfile, open_picture, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from local.id_verification.scores import Embedding

THREADS = 2
CACHED_EMBEDDINGS = 256


class _Models:
    """One set of models; it must not be used by two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._detect: Any = dlib.get_frontal_face_detector()
        self._landmarks: Any = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
        self._embed: Any = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def embedding(self, image: NDArray[np.uint8]) -> Embedding | None:
        """Of the largest face; None if there is no face."""
        faces = self._detect(image, 0)
        if not faces:
            return None
        largest = max(faces, key=lambda face: face.area())
        return np.array(self._embed.compute_face_descriptor(image, self._landmarks(image, largest)))


def model_folder() -> Path:
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise RuntimeError("The face models are missing: install the package face_recognition_models.")
    return Path(spec.origin).parent / "models"


class FaceEngine:
    """Embeddings from picture bytes; the last ones are kept by SHA-256, which is only for speed."""

    def __init__(self) -> None:
        folder = model_folder()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="face-engine")
        self._idle: queue.SimpleQueue[_Models] = queue.SimpleQueue()
        for models in self._threads.map(_Models, [folder] * THREADS):
            self._idle.put(models)
        self._cache: OrderedDict[bytes, Embedding] = OrderedDict()
        self._cache_lock = threading.Lock()

    async def embedding(self, picture: bytes, profile: PictureProfile) -> Embedding:
        """Of the largest face in `picture`. Raises ServiceError for an unfit picture or one without a face."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._compute, picture, profile)

    def close(self) -> None:
        self._threads.shutdown()

    def _compute(self, picture: bytes, profile: PictureProfile) -> Embedding:
        image = open_picture(picture, profile)
        digest = hashlib.sha256(picture).digest()
        with self._cache_lock:
            known = self._cache.get(digest)
            if known is not None:
                self._cache.move_to_end(digest)
                return known
        models = self._idle.get()
        try:
            found = models.embedding(pixels(image, profile))
        finally:
            self._idle.put(models)
        if found is None:
            raise ServiceError(profile.codes.no_face)
        with self._cache_lock:
            self._cache[digest] = found
            if len(self._cache) > CACHED_EMBEDDINGS:
                self._cache.popitem(last=False)
        return found
