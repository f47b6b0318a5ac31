"""What the local cloud puts where a deployment has its own values: s.yaml's `${env('NAME')}`, and service endpoints.

The account's key and the key of the user-id hash are random and stay in the data folder, so that stored data can
be read again after a restart.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local.credentials import Account

if TYPE_CHECKING:
    from pathlib import Path

REGION = "ap-southeast-1"
ACCOUNT_ID = "1234567890123456"
TABLESTORE_INSTANCE = "facegate"
FACE_GROUPS = ("members", "staff")
BUCKET = "facegate-local"
SIGNUP_TOPIC = "signups"


class DeploymentError(Exception):
    """The kept secrets of a data folder cannot be read."""


@dataclass(frozen=True)
class Secrets:
    access_key_id: str
    access_key_secret: str
    user_id_key: str

    @property
    def account(self) -> Account:
        return Account(self.access_key_id, self.access_key_secret)


def kept_secrets(folder: Path) -> Secrets:
    """The secrets of a data folder, made at the first use (file mode 0600). Raises DeploymentError."""
    path = folder / "secrets.json"
    try:
        return Secrets(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        account = Account.new()
        made = Secrets(account.access_key_id, account.access_key_secret, secrets.token_hex(32))
    except (OSError, ValueError, TypeError) as error:
        raise DeploymentError(f"{path} cannot be read; remove the data folder to start afresh") from error
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(made), file)
    return made


def template_environment(kept: Secrets) -> dict[str, str]:
    """The values of s.yaml's `${env('NAME')}`. Names that are not here need a default in s.yaml."""
    return {
        "REGION": REGION,
        "ACCOUNT_ID": ACCOUNT_ID,
        "LAYER_ARN": f"acs:fc:{REGION}:{ACCOUNT_ID}:layers/facegate/versions/1",
        "LOG_PROJECT": "facegate-local",
        "FACE_GROUPS": ",".join(FACE_GROUPS),
        "TABLESTORE_INSTANCE": TABLESTORE_INSTANCE,
        "USER_ID_KEY": kept.user_id_key,
        "BUCKET": BUCKET,
        "SIGNUP_TOPIC": SIGNUP_TOPIC,
    }


def endpoint_overrides(
    *, id_verification: str, tablestore: str, oss: str | None, function_compute: str
) -> dict[str, str]:
    """What every function's environment gets on top of s.yaml's, so that it calls the local services."""
    overrides = {
        "FACEGATE_ID_VERIFICATION_ENDPOINT": id_verification,
        "FACEGATE_COMPARE_FACES_ENDPOINT": id_verification,
        "FACEGATE_TABLESTORE_ENDPOINT": tablestore,
        "FACEGATE_FC_ENDPOINT": function_compute,
    }
    return overrides if oss is None else {**overrides, "FACEGATE_OSS_ENDPOINT": oss}
