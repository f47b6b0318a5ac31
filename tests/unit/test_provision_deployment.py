"""The deployment's variables: where they come from, what is refused, and what provisioning makes of them."""

from __future__ import annotations

from dataclasses import fields

import pytest

from deploy.provision.bucket import Encryption
from deploy.provision.deployment import read
from deploy.provision.retention import Retention
from deploy.provision.steps import ProvisionError

GIVEN = {
    "REGION": "ap-southeast-5",
    "ACCOUNT_ID": "1234567890123456",
    "BUCKET": "acme-faces",
    "TABLESTORE_INSTANCE": "acme-faces",
    "SIGNUP_TOPIC": "sign-ups",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI0000",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret-of-no-account",
}


def test_endpoints_are_the_public_ones_unless_they_are_given() -> None:
    found = read(GIVEN)
    assert found.tablestore_endpoint == "https://acme-faces.ap-southeast-5.ots.aliyuncs.com"
    assert found.oss_endpoint == "https://oss-ap-southeast-5.aliyuncs.com"
    assert found.mns_endpoint == "https://1234567890123456.mns.ap-southeast-5.aliyuncs.com"
    assert read({**GIVEN, "OSS_ENDPOINT": "http://127.0.0.1:9001/"}).oss_endpoint == "http://127.0.0.1:9001"


def test_retention_and_encryption_have_defaults() -> None:
    found = read(GIVEN)
    assert found.bucket is not None
    assert (found.retention, found.bucket.encryption) == (Retention(180, 30, 30, 30), Encryption("AES256"))


def test_retention_and_encryption_come_from_variables() -> None:
    given = {
        "RETENTION_DAYS": "365",
        "FAILURE_RETENTION_DAYS": "14",
        "UPLOAD_RETENTION_DAYS": "3",
        "PICTURE_RETENTION_DAYS": "4",
        "BUCKET_ENCRYPTION": "KMS",
        "BUCKET_KMS_KEY_ID": "key-1",
    }
    found = read({**GIVEN, **given})
    assert found.bucket is not None
    assert (found.retention, found.bucket.encryption) == (Retention(365, 14, 3, 4), Encryption("KMS", "key-1"))
    assert {rule.prefix: rule.days for rule in found.bucket.rules} == {"enroll/": 3, "pictures/": 4, "deferred/": 1}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    given = {key: text for key, text in {**GIVEN, name: value}.items() if text is not None}
    with pytest.raises(ProvisionError, match=f"^{name} is not set"):
        read(given)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("REGION", "cn-hangzhou", "ap-southeast-1, ap-southeast-5"),
        ("ACCOUNT_ID", "acme", "the number of the account"),
        ("BUCKET", "Acme_Faces", "3 to 63 lower-case letters"),
        ("TABLESTORE_INSTANCE", "a", "3 to 16 letters"),
        ("SIGNUP_TOPIC", "sign ups", "letters, digits and hyphens"),
        ("RETENTION_DAYS", "0", "from 1 to 24855"),
        ("RETENTION_DAYS", "24856", "from 1 to 24855"),
        ("FAILURE_RETENTION_DAYS", "1.5", "a whole number of days"),
        ("UPLOAD_RETENTION_DAYS", "-1", "a whole number of days"),
        ("PICTURE_RETENTION_DAYS", "\N{ARABIC-INDIC DIGIT ONE}", "a whole number of days"),
        ("BUCKET_ENCRYPTION", "aes", "AES256 or KMS"),
        ("OSS_ENDPOINT", "oss-ap-southeast-5.aliyuncs.com", "http://host"),
    ],
)
def test_a_wrong_variable_is_refused_with_what_would_be_right(name: str, value: str, expected: str) -> None:
    with pytest.raises(ProvisionError, match=f"^{name} is {value!r}: .*{expected}"):
        read({**GIVEN, name: value})


def test_a_key_of_kms_without_kms_is_refused() -> None:
    with pytest.raises(ProvisionError, match="BUCKET_KMS_KEY_ID is set, but BUCKET_ENCRYPTION is not KMS"):
        read({**GIVEN, "BUCKET_KMS_KEY_ID": "key-1"})


def test_no_secret_is_shown_by_what_was_read() -> None:
    shown = repr(read({**GIVEN, "ALIBABA_CLOUD_SECURITY_TOKEN": "a-token"}))
    assert "a-secret-of-no-account" not in shown
    assert "a-token" not in shown


def test_every_retention_has_a_variable_of_its_own() -> None:
    names = {"results": "RETENTION_DAYS", "failures": "FAILURE_RETENTION_DAYS"}
    names |= {"uploads": "UPLOAD_RETENTION_DAYS", "pictures": "PICTURE_RETENTION_DAYS"}
    for field in fields(Retention):
        found = read({**GIVEN, names[field.name.removesuffix("_days")]: "2"}).retention
        assert getattr(found, field.name) == 2
