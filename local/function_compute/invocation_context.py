"""The context of an invocation as it travels to the worker, which makes the documented object of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.credentials import TemporaryKey
    from local.function_compute.function_spec import FunctionSpec


def context_fields(spec: FunctionSpec, key: TemporaryKey | None, account_id: str, request_id: str) -> dict[str, Any]:
    """The context's attributes by name; without a key, a function without a role, its credentials are empty."""
    return {
        "request_id": request_id,
        "credentials": {
            "access_key_id": key.access_key_id if key else "",
            "access_key_secret": key.access_key_secret if key else "",
            "security_token": key.security_token if key else "",
        },
        "function": {
            "name": spec.name,
            "handler": spec.handler,
            "memory": spec.memory_mb,
            "timeout": spec.timeout_seconds,
        },
        "service": {
            "name": "",
            "log_project": spec.log_project,
            "log_store": spec.log_store,
            "qualifier": "LATEST",
            "version_id": "",
        },
        "region": spec.region,
        "account_id": account_id,
        "tracing": {"span_context": "", "jaeger_endpoint": "", "span_baggages": {}},
    }
