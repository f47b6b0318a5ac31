"""What may be kept with an object and set for a bucket."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from local.oss.attributes import Attributes, attributes_of, tags_of_document, tags_of_header
from local.oss.documents import parse, render
from local.oss.errors import OssError
from local.oss.lifecycle import DAY_MS, Age, complete, rules_of
from local.oss.policy import parse_policy

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=timezone.utc)


def test_headers_become_attributes() -> None:
    headers = {
        "content-type": "image/jpeg",
        "cache-control": "no-store",
        "x-oss-meta-uid": "7",
        "x-oss-tagging": "a=b%20c&d=",
        "x-oss-forbid-overwrite": "true",
        "user-agent": "x",
    }
    assert attributes_of(headers, "AES256") == Attributes(
        "image/jpeg",
        {"cache-control": "no-store", "x-oss-server-side-encryption": "AES256"},
        {"x-oss-meta-uid": "7"},
        {"a": "b c", "d": ""},
    )
    assert attributes_of({}).content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-oss-meta-a_b": "1"}, "InvalidArgument"),
        ({"x-oss-meta-": "1"}, "InvalidArgument"),
        ({"x-oss-meta-a": "1" * 8192}, "InvalidArgument"),
        ({"x-oss-meta-a": "1\r\nset-cookie: 2"}, "InvalidArgument"),
        ({"content-type": "text/html\n"}, "InvalidArgument"),
        ({"x-oss-forbid-overwrite": "yes"}, "InvalidArgument"),
        ({"x-oss-storage-class": "IA"}, "InvalidArgument"),
        ({"x-oss-object-acl": "public-read"}, "InvalidArgument"),
        ({"x-oss-server-side-encryption": "DES"}, "InvalidArgument"),
        ({"x-oss-callback": "e30="}, "NotImplemented"),
        ({"x-oss-tagging": "a=1&a=2"}, "InvalidTag"),
        ({"x-oss-tagging": "&".join(f"k{number}=" for number in range(11))}, "InvalidTag"),
        ({"x-oss-tagging": "=1"}, "InvalidTag"),
        ({"x-oss-tagging": "a=%3Cb%3E"}, "InvalidTag"),
        ({"x-oss-tagging": "a=%FF"}, "InvalidTag"),
        ({"x-oss-tagging": "a" * 129 + "=1"}, "InvalidTag"),
        ({"x-oss-tagging": "a=" + "b" * 257}, "InvalidTag"),
    ],
)
def test_headers_that_no_object_may_have(headers: dict[str, str], code: str) -> None:
    with pytest.raises(OssError) as refused:
        attributes_of(headers)
    assert refused.value.code == code


def test_tags_are_the_same_in_a_header_and_in_a_document() -> None:
    body = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>"
    assert tags_of_document(body) == tags_of_header("a=b+c") == {"a": "b c"}


def test_a_document_is_escaped_and_comes_back() -> None:
    body = render("Root", {"Key": "<é&\x01>", "Gone": None, "One": [{"N": 1}, {"N": True}]})
    assert body.endswith(
        b"<Root><Key>&lt;\xc3\xa9&amp;\xef\xbf\xbd&gt;</Key><One><N>1</N></One><One><N>true</N></One></Root>"
    )
    assert [one.text for one in parse(body, "Root").iter("N")] == ["1", "true"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Root>",
        b"<Other/>",
        b"\xff",
        b"<Root>\x01</Root>",
        b'<!DOCTYPE Root [<!ENTITY a "b">]><Root>&a;</Root>',
        "<Root/>".encode("utf-16"),
        b"<Root>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</Root>",
    ],
)
def test_other_documents_are_refused(body: bytes) -> None:
    with pytest.raises(OssError, match="MalformedXML"):
        parse(body, "Root")


def lifecycle(*rules: str) -> bytes:
    return (
        f"<LifecycleConfiguration>{''.join(f'<Rule>{rule}</Rule>' for rule in rules)}</LifecycleConfiguration>".encode()
    )


ENABLED = "<Status>Enabled</Status>"
DAYS = "<Expiration><Days>7</Days></Expiration>"


def test_enabled_rules_say_what_has_had_its_time() -> None:
    kept = complete(
        lifecycle(
            f"<ID>selfies</ID><Prefix>enroll/</Prefix>{ENABLED}{DAYS}<Tag><Key>k</Key><Value>v</Value></Tag>",
            f"{ENABLED}<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>",
            f"<Prefix>old/</Prefix><Status>Disabled</Status>{DAYS}",
        )
    )
    first, second = rules_of(kept)
    assert first.expiration == Age(days=7)
    assert first.expiration.limit(10 * DAY_MS) == 3 * DAY_MS
    assert first.covers("enroll/a", {"k": "v", "l": "w"})
    assert not first.covers("enroll/a", {"k": "w"})
    assert not first.covers("other/a", {"k": "v"})
    assert second.expiration is None
    assert second.abort == Age(days=1)
    assert second.covers("anything", {})
    assert kept.count("<ID>") == 3


def test_a_rule_can_have_a_date() -> None:
    [rule] = rules_of(
        complete(
            lifecycle(
                f"{ENABLED}<Expiration><CreatedBeforeDate>1970-01-02T00:00:00.000Z</CreatedBeforeDate></Expiration>"
            )
        )
    )
    assert rule.expiration is not None
    assert rule.expiration.limit(0) == DAY_MS - 1


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (ENABLED,),
        (DAYS,),
        (f"<Status>On</Status>{DAYS}",),
        (f"{ENABLED}<Expiration/>",),
        (f"{ENABLED}<Expiration><Days>0</Days></Expiration>",),
        (f"{ENABLED}<Expiration><Days>-1</Days></Expiration>",),
        (
            f"{ENABLED}<Expiration><Days>1</Days><CreatedBeforeDate>1970-01-01T00:00:00Z</CreatedBeforeDate></Expiration>",
        ),
        (f"{ENABLED}<Expiration><CreatedBeforeDate>soon</CreatedBeforeDate></Expiration>",),
        (f"<ID>a</ID>{ENABLED}{DAYS}", f"<ID>a</ID>{ENABLED}{DAYS}"),
        (f"{ENABLED}{DAYS}<Filter/>",),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules: tuple[str, ...]) -> None:
    with pytest.raises(OssError):
        complete(lifecycle(*rules))


def policy(*conditions: Any, expiration: object = "2026-11-21T12:00:01.000Z") -> str:
    return base64.b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode()).decode()


FIELDS = {"bucket": "faces", "key": "enroll/7/a.jpg", "content-type": "image/jpeg"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"bucket": "faces"}, True),
        ({"bucket": "other"}, False),
        (["eq", "$key", "enroll/7/a.jpg"], True),
        (["eq", "$Key", "enroll/7/a.jpg"], True),
        (["eq", "$key", "enroll/7/"], False),
        (["starts-with", "$key", "enroll/7/"], True),
        (["starts-with", "$key", "enroll/8/"], False),
        (["starts-with", "$key", ""], True),
        (["starts-with", "$x-oss-meta-uid", ""], False),
        (["in", "$content-type", ["image/jpeg", "image/png"]], True),
        (["in", "$content-type", ["image/png"]], False),
        (["not-in", "$content-type", ["image/png"]], True),
        (["not-in", "$content-type", ["image/jpeg"]], False),
    ],
)
def test_a_form_must_say_what_its_policy_wants(condition: Any, holds: bool) -> None:
    parsed = parse_policy(policy({"bucket": "faces"}, condition))
    if holds:
        parsed.check(FIELDS, NOW)
        return
    with pytest.raises(OssError, match="Policy Condition failed"):
        parsed.check(FIELDS, NOW)


def test_a_policy_expires() -> None:
    parsed = parse_policy(policy())
    parsed.check(FIELDS, NOW)
    with pytest.raises(OssError, match="Policy expired"):
        parsed.check(FIELDS, NOW + timedelta(seconds=1))


@pytest.mark.parametrize("name", ["x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-security-token"])
def test_a_policy_fixes_who_signed_it(name: str) -> None:
    fields = {**FIELDS, name: "a"}
    parse_policy(policy({name: "a"})).check(fields, NOW)
    for other in (policy(), policy(["starts-with", f"${name}", ""])):
        with pytest.raises(OssError, match="it must have a condition"):
            parse_policy(other).check(fields, NOW)


def test_size_ranges_are_all_kept() -> None:
    parsed = parse_policy(policy(["content-length-range", 1, 10], ["content-length-range", 3, 20]))
    assert (parsed.least, parsed.most) == (3, 10)
    assert parse_policy(policy()).most is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        base64.b64encode(b"{").decode(),
        base64.b64encode(b"[" * 100_000).decode(),
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"expiration": "2026-11-21T12:00:01.000Z"}').decode(),
        policy(expiration="tomorrow"),
        policy(expiration=None),
        policy("eq"),
        policy(["eq", "$key"]),
        policy(["eq", "key", "a"]),
        policy(["eq", "$key", 1]),
        policy(["eq", "$key", ["a"]]),
        policy(["in", "$key", "a"]),
        policy(["like", "$key", "a"]),
        policy([["eq"], "$key", "a"]),
        policy({"bucket": 1}),
        policy(["content-length-range", 1]),
        policy(["content-length-range", "1", "2"]),
        policy(["content-length-range", True, 2]),
        policy(["content-length-range", 2, 1]),
        policy(["content-length-range", 0, 0]),
        policy(["content-length-range", -1, 2]),
    ],
)
def test_other_policies_are_refused(text: str) -> None:
    with pytest.raises(OssError) as refused:
        parse_policy(text)
    assert refused.value.code == "InvalidPolicyDocument"
