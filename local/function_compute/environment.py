"""The environment of a function instance: what FC sets, what s.yaml sets, and nothing of the developer's."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.credentials import TemporaryKey
    from local.function_compute.function_spec import FunctionSpec

CODE = "/code"
LAYER = "/opt/python"


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every function: the account, the layer's folder, the interpreter and what the local
    cloud sets on top.

    `overrides` go over s.yaml's variables: they point the deployed code at the local services. `python` is the
    command that starts an interpreter.
    """

    account_id: str
    layer: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    python: tuple[str, ...] = (sys.executable,)


def instance_environment(
    spec: FunctionSpec, surroundings: Surroundings, instance_id: str, key: TemporaryKey | None
) -> dict[str, str]:
    """The whole environment of one instance.

    System variables are the documented ones for Debian 10. Credentials are those of the function's
    role: without a role there are none. PATH and LANG are the host's, since the interpreter is; no
    proxy settings pass, since every service is on loopback. PYTHONPATH stands for what the image
    finds under /opt/python.
    """
    return {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        **spec.environment,
        **surroundings.overrides,
        "PYTHONPATH": _python_path(spec, surroundings.layer),
        "FC_FUNC_CODE_PATH": str(spec.code),
        "FC_ACCOUNT_ID": surroundings.account_id,
        "FC_FUNCTION_HANDLER": spec.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "FC_FUNCTION_NAME": spec.name,
        "FC_REGION": spec.region,
        "FC_CUSTOM_LISTEN_PORT": "9000",
        "FC_INSTANCE_ID": instance_id,
        "FC_VER_ID": "LATEST",
        **_credentials(key),
    }


def _credentials(key: TemporaryKey | None) -> dict[str, str]:
    if key is None:
        return {}
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": key.security_token,
    }


def _python_path(spec: FunctionSpec, layer: Path | None) -> str:
    folders = {CODE: str(spec.code)}
    if layer is not None and spec.layers:
        folders[LAYER] = str(layer)
    wanted = spec.environment.get("PYTHONPATH", LAYER).split(os.pathsep)
    return os.pathsep.join(_local_folder(entry, folders) for entry in wanted if entry)


def _local_folder(entry: str, folders: Mapping[str, str]) -> str:
    for deployed, local in folders.items():
        if entry == deployed or entry.startswith(deployed + "/"):
            return local + entry[len(deployed) :]
    return entry
