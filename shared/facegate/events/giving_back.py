"""Work that came by an event has nobody waiting: what may pass is given back to the platform, what cannot is
recorded as failed.

Function Compute repeats an asynchronous invocation whose function raises, and hands it to the failure destination
in the end.
"""

from __future__ import annotations

from facegate.errors import FacegateError, StillInProgress

FIRST_PASSING_STATUS = 424
"""424, 429 and 5xx are about the moment; what is below is about the request itself."""


class GivenBack(Exception):
    """Raised out of a handler so that the platform repeats the event. Its text is `<Code>: <sentence>`, and no more."""


def may_pass(error: FacegateError) -> bool:
    """Whether the same event can fare better later."""
    return isinstance(error, StillInProgress) or error.http_status >= FIRST_PASSING_STATUS


def given_back(error: FacegateError) -> GivenBack:
    return GivenBack(f"{error.code}: {error.message}")
