"""What is deployed, from the deployment's variables.

Endpoints are the public ones, since the command runs outside the cloud; OSS_ENDPOINT, TABLESTORE_ENDPOINT and
MNS_ENDPOINT override them, for a machine inside a VPC and for the local cloud.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.provision.bucket import Bucket, Encryption
from deploy.provision.lifecycle import wanted as lifecycle_rules
from deploy.provision.retention import Retention
from deploy.provision.steps import ProvisionError
from deploy.variables import FILE
from facegate import settings
from facegate.credentials import Credentials
from facegate.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHMS = ("AES256", "KMS")
MOST_DAYS = 24_855
"""Tablestore's time to live is a signed 32-bit number of seconds."""
TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,254}")


@dataclass(frozen=True, slots=True)
class Deployment:
    """`bucket` None: there is no OSS, as in a local cloud that runs without it. Endpoints are URLs."""

    region: str
    instance: str
    bucket: Bucket | None
    topic: str
    retention: Retention
    credentials: Credentials
    tablestore_endpoint: str
    oss_endpoint: str
    mns_endpoint: str


def of_local_cloud(endpoints: Mapping[str, object]) -> dict[str, str]:
    """The variables that stand for a running local cloud, from its GET /_local/endpoints."""
    names = {
        "REGION": "region",
        "ACCOUNT_ID": "account_id",
        "BUCKET": "bucket",
        "TABLESTORE_INSTANCE": "tablestore_instance",
        "SIGNUP_TOPIC": "signup_topic",
        "TABLESTORE_ENDPOINT": "tablestore",
        "OSS_ENDPOINT": "oss",
        "MNS_ENDPOINT": "mns",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "access_key_id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "access_key_secret",
    }
    given = {variable: endpoints.get(name) for variable, name in names.items()}
    return {"ALIBABA_CLOUD_SECURITY_TOKEN": "", **{name: str(value or "") for name, value in given.items()}}


def read(given: Mapping[str, str], *, without_bucket: bool = False) -> Deployment:
    """Checks everything before anything is called. Raises ProvisionError naming the variable and what it must be."""
    region = _text(given, "REGION")
    if region not in REGIONS:
        raise ProvisionError(f"REGION is {region!r}: ID Verification is offered in {', '.join(REGIONS)}")
    account = _matching(given, "ACCOUNT_ID", re.compile(r"\d{1,20}"), "the number of the account")
    instance = _matching(given, "TABLESTORE_INSTANCE", settings.INSTANCE, "3 to 16 letters, digits or '-'")
    usual = Retention()
    retention = Retention(
        results_days=_days(given, "RETENTION_DAYS", usual.results_days),
        failures_days=_days(given, "FAILURE_RETENTION_DAYS", usual.failures_days),
        uploads_days=_days(given, "UPLOAD_RETENTION_DAYS", usual.uploads_days),
        pictures_days=_days(given, "PICTURE_RETENTION_DAYS", usual.pictures_days),
    )
    return Deployment(
        region=region,
        instance=instance,
        bucket=None if without_bucket else _bucket(given, region, retention),
        topic=_matching(given, "SIGNUP_TOPIC", TOPIC, "1 to 255 letters, digits and hyphens"),
        retention=retention,
        credentials=Credentials(
            _text(given, "ALIBABA_CLOUD_ACCESS_KEY_ID"),
            _text(given, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
            given.get("ALIBABA_CLOUD_SECURITY_TOKEN") or None,
        ),
        tablestore_endpoint=_endpoint(given, "TABLESTORE_ENDPOINT", f"https://{instance}.{region}.ots.aliyuncs.com"),
        oss_endpoint=_endpoint(given, "OSS_ENDPOINT", f"https://oss-{region}.aliyuncs.com"),
        mns_endpoint=_endpoint(given, "MNS_ENDPOINT", f"https://{account}.mns.{region}.aliyuncs.com"),
    )


def _bucket(given: Mapping[str, str], region: str, retention: Retention) -> Bucket:
    name = _matching(given, "BUCKET", settings.BUCKET, "3 to 63 lower-case letters, digits and hyphens")
    algorithm, key = given.get("BUCKET_ENCRYPTION") or ALGORITHMS[0], given.get("BUCKET_KMS_KEY_ID") or None
    if algorithm not in ALGORITHMS:
        raise ProvisionError(f"BUCKET_ENCRYPTION is {algorithm!r}: expected {' or '.join(ALGORITHMS)}")
    if key is not None and algorithm != "KMS":
        raise ProvisionError("BUCKET_KMS_KEY_ID is set, but BUCKET_ENCRYPTION is not KMS")
    return Bucket(name, region, Encryption(algorithm, key), lifecycle_rules(retention))


def _text(given: Mapping[str, str], name: str, default: str = "") -> str:
    value = given.get(name, "").strip() or default
    if not value:
        raise ProvisionError(f"{name} is not set: set it in {FILE} or in the environment")
    return value


def _matching(given: Mapping[str, str], name: str, pattern: re.Pattern[str], expected: str) -> str:
    value = _text(given, name)
    if not pattern.fullmatch(value):
        raise ProvisionError(f"{name} is {value!r}: expected {expected}")
    return value


def _days(given: Mapping[str, str], name: str, default: int) -> int:
    value = _text(given, name, str(default))
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= MOST_DAYS:
        raise ProvisionError(f"{name} is {value!r}: expected a whole number of days from 1 to {MOST_DAYS}")
    return int(value)


def _endpoint(given: Mapping[str, str], name: str, default: str) -> str:
    value = _text(given, name, default).removesuffix("/")
    if not settings.ENDPOINT.fullmatch(value):
        raise ProvisionError(f"{name} is {value!r}: expected http://host[:port] or https://host[:port]")
    return value
