"""MNS through its official SDK, which knows the API that topics are also published to by."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mns.account import Account
from mns.mns_exception import MNSExceptionBase, MNSServerException
from mns.topic import TopicMeta

from deploy.provision import topic
from deploy.provision.steps import ProvisionError, Step
from deploy.provision.topic import CreateTopic
from deploy.provision.troubles import OF_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.provision.deployment import Deployment

TIMEOUT_S = 10


class MnsPart:
    """The topic of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        key = deployment.credentials
        self._name = deployment.topic
        self._endpoint = deployment.mns_endpoint
        self._account = Account(
            deployment.mns_endpoint, key.access_key_id, key.access_key_secret, key.security_token or ""
        )
        http = self._account.mns_client.http
        http.set_keep_alive(False)
        # The SDK's own setting does not reach connections over TLS, which would wait without end.
        http.conn.timeout = http.conn.connection_timeout = TIMEOUT_S

    def plan(self, *, may_shorten: bool) -> list[Step]:
        return [topic.plan(self._name, exists=self._exists())]

    def apply(self, change: object) -> None:
        if not isinstance(change, CreateTopic):
            raise TypeError(f"not a change of a topic: {change!r}")
        with self._asking("CreateTopic"):
            self._account.get_topic(change.name).create(TopicMeta())

    def _exists(self) -> bool:
        with self._asking("GetTopicAttributes"):
            try:
                self._account.get_topic(self._name).get_attributes()
            except MNSServerException as error:
                if error.type == "TopicNotExist":
                    return False
                raise
        return True

    @contextlib.contextmanager
    def _asking(self, operation: str) -> Iterator[None]:
        """What the SDK raises, as a ProvisionError."""
        where = f"MNS topic {self._name} at {self._endpoint}"
        try:
            yield
        except MNSServerException as error:
            raise ProvisionError(f"{where}: {_explained(error, operation)}") from error
        except MNSExceptionBase as error:
            hint = "are REGION and ACCOUNT_ID right?"
            raise ProvisionError(f"{where}: no answer ({' '.join(str(error.message).split())}): {hint}") from error


def _explained(error: MNSServerException, operation: str) -> str:
    if error.type in OF_KEYS:
        return OF_KEYS[error.type]
    if error.type == "AccessDenied":
        return f"access denied: ACCOUNT_ID is not the key's account, or the key lacks mns:{operation}"
    return f"{operation}: {error.type}: {' '.join(str(error.message).split())}"
