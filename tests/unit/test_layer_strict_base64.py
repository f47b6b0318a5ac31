"""The quick decoder takes what RFC 4648 calls Base64, and nothing else."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facegate.strict_base64 import decode

WHOLE = st.binary(max_size=60).map(lambda data: base64.b64encode(data).decode())
RFC_4648 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
NEARLY = st.text(alphabet="ABab01+/=-_ \n\r\té", max_size=12)


@settings(derandomize=True, max_examples=500)
@given(st.one_of(WHOLE, NEARLY, st.tuples(WHOLE, NEARLY, WHOLE).map("".join)))
@example("====")
@example("A===")
@example("QQ==QQ==")
@example("QQ=Q")
@example("QUJD=")
@example("Q Q=")
@example("QQ\n==")
@example("QUJDRA")
def test_what_is_not_whole_base64_is_refused(text: str) -> None:
    if RFC_4648.fullmatch(text):
        assert decode(text) == base64.b64decode(text)
    else:
        with pytest.raises(ValueError):
            decode(text)
