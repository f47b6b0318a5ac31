"""From the distance of two face embeddings to the service's similarity score.

The engine's decision boundary is the distance 0.6 (its authors' recommendation). Measured on the test
photographs: 0.04 to 0.43 between pictures of one person, 0.81 and more between different people. The map is
piecewise linear and falls strictly from (0, 100) to (1.2, 0). It meets the example thresholds of CompareFaces
at 0.50, 0.55 and 0.60; the false accept rates that they carry are the document's examples, not measurements
of this engine. FaceCompare's own threshold is undocumented: the same boundary serves every operation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Embedding = NDArray[np.float64]

BOUNDARY = 0.60

# Each row: false accept rate, distance, similarity.
_THRESHOLDS = (("0.0001", 0.50, 90.07), ("0.001", 0.55, 80.01), ("0.01", BOUNDARY, 70.02))
_DISTANCES = (0.0, *(row[1] for row in _THRESHOLDS), 1.2)
_SIMILARITIES = (100.0, *(row[2] for row in _THRESHOLDS), 0.0)

CONFIDENCE_THRESHOLDS = {rate: f"{similarity:.2f}" for rate, _, similarity in _THRESHOLDS}


def distance(a: Embedding, b: Embedding) -> float:
    """Euclidean distance of two 128-d embeddings; 0 for the same picture."""
    return float(np.linalg.norm(a - b))


def is_same_person(face_distance: float) -> bool:
    return face_distance <= BOUNDARY


def similarity(face_distance: float) -> float:
    """0 to 100, the larger the more alike."""
    return float(np.interp(face_distance, _DISTANCES, _SIMILARITIES))
