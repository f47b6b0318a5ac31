"""How this process keeps its connections, for the three SDKs that call on a request's path.

Left alone, each of them loads the CA bundle again for every new connection (17 ms, measured), and takes up a
connection that a network in between has long forgotten: idle ones are lost within seconds (documented), and an
instance may have been frozen meanwhile. A call over a dead connection fails; an enrolment so lost has to be asked
for. So all share one TLS context, and what was last used more than IDLE_S ago is opened anew.
"""

from __future__ import annotations

import ssl
import time
from functools import lru_cache
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.poolmanager import PoolManager

IDLE_S = 5.0
POOL_SIZE = 4


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The process's own. It verifies certificates and names."""
    return ssl.create_default_context(cafile=certifi.where())


class KeptPools(PoolManager):
    """Pools by host, emptied after a pause. `options` are urllib3's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used_at = time.monotonic()

    def connection_from_host(self, host: str | None, *args: Any, **options: Any) -> HTTPConnectionPool:
        """The pool of `host`, as urllib3 and requests ask for it before each request."""
        now = time.monotonic()
        if now - self._used_at > IDLE_S:
            self.clear()
        self._used_at = now
        return super().connection_from_host(host, *args, **options)

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        context = dict(self.connection_pool_kw if request_context is None else request_context)
        if scheme == "https":
            context.setdefault("ssl_context", tls_context())
        return super()._new_pool(scheme, host, port, context)


class KeptAdapter(HTTPAdapter):
    """The same for what calls through requests."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """Called by HTTPAdapter's constructor."""
        self.poolmanager = KeptPools(num_pools=connections, maxsize=maxsize, block=block, **options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The shared context verifies; requests would have the CA bundle loaded into it again by each connection."""
        if verify is not True or cert is not None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # requests has no types here


def adapter() -> KeptAdapter:
    """Repeats nothing by itself."""
    return KeptAdapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE)
