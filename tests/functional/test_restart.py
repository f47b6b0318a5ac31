"""What a data folder keeps: results, claims and enrolled faces survive a restart, and a stop that was not asked for."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.cloud import enrol, face_compare, new_id, raw_user, running, search


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
def test_state_survives_a_restart(tmp_path: Path, stop: signal.Signals) -> None:
    data, user, fields = tmp_path / "state", raw_user(), face_compare(MerchantBizId=new_id())
    with running(data) as first:
        answered = first.post("face-compare", fields).json()
        pseudonym = first.post("add-face-record", enrol(user)).json()["MerchantUserId"]
        first.process.send_signal(stop)
        first.process.wait(timeout=30)
    with running(data) as second:
        replay = second.post("face-compare", fields)
        assert replay.headers["Idempotency-Replayed"] == "true"
        assert replay.json() == answered
        assert second.calls("FaceCompare") == 0
        assert second.client.get(f"/v1/users/{user}/results").json()["MerchantUserId"] == pseudonym
        assert pseudonym in second.post("face-duplication-check", search("obama2")).json()["Result"]["DuplicateFace"]
