"""The form body without the SDK's percent-encoding is the same, byte for byte."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from hypothesis import example, given, settings
from hypothesis import strategies as st

from facegate.verification.form import encode

NAMES = st.text(min_size=1, max_size=12)
PLAIN = st.dictionaries(NAMES, st.text(max_size=40), max_size=6)
PICTURES = st.dictionaries(
    NAMES.map(lambda name: f"{name}Picture"),
    st.tuples(st.sampled_from(["", "base64://"]), st.binary(max_size=200)).map(
        lambda parts: parts[0] + base64.b64encode(parts[1]).decode()
    ),
    max_size=3,
)


@settings(derandomize=True)
@given(PLAIN, PICTURES)
@example({"b": "two words & a+b/c=d~", "é": "中文"}, {"aPicture": "base64://+/+/aa=="})
@example({}, {})
def test_the_body_is_what_urlencode_makes_of_the_sorted_fields(plain: dict[str, str], pictures: dict[str, str]) -> None:
    fields = {**plain, **pictures}
    assert encode(fields, pictures.keys()) == urlencode(sorted(fields.items())).encode()


@settings(derandomize=True)
@given(PLAIN)
def test_a_field_that_is_not_said_to_be_base64_is_escaped_in_full(plain: dict[str, str]) -> None:
    assert encode(plain, ()) == urlencode(sorted(plain.items())).encode()
