"""What happens beside a run, in a thread of its own."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TypeVar

Self = TypeVar("Self", bound="Background")


class Background:
    """While it is entered, `work` runs; it ends early once `stopping` is set."""

    def __init__(self, name: str) -> None:
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self.work, name=name, daemon=True)

    def work(self) -> None:
        """To be overridden."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._thread.join()
