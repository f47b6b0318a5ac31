"""The form body without the SDK's percent-encoding is the same, byte for byte."""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import example, given, settings
from hypothesis import strategies as st

from facegate.verification.form import Base64, encode

NAMES = st.text(min_size=1, max_size=12)
PLAIN = st.dictionaries(NAMES, st.text(max_size=40), max_size=6)
PICTURES = st.dictionaries(
    NAMES.map(lambda name: f"{name}Picture"),
    st.builds(Base64, st.binary(max_size=200), st.sampled_from(["", "base64://"])),
    max_size=3,
)


@settings(derandomize=True)
@given(PLAIN, PICTURES)
@example({"b": "two words & a+b/c=d~", "é": "中文"}, {"aPicture": Base64(b"\xfb\xff\xbf\xff", "base64://")})
@example({}, {})
def test_the_body_is_what_urlencode_makes_of_the_sorted_fields(
    plain: dict[str, str], pictures: dict[str, Base64]
) -> None:
    texts = {**plain, **{name: picture.text() for name, picture in pictures.items()}}
    assert encode({**plain, **pictures}) == urlencode(sorted(texts.items())).encode()


@settings(derandomize=True)
@given(PLAIN)
def test_a_text_is_escaped_in_full(plain: dict[str, str]) -> None:
    assert encode(plain) == urlencode(sorted(plain.items())).encode()
