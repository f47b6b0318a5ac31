"""What stops a build."""

from __future__ import annotations


class LayerError(Exception):
    """Why there is no layer, in one line: what was wrong, where, and what would be right."""
