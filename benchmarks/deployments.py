"""The two sides as they are deployed: functions, environment and code. Ours are read from s.yaml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.cloud import ROOT
from benchmarks.probes.imported import REAL_HANDLER
from benchmarks.services import SAMPLE_TABLE, Services
from local import deployment
from local.deployment import Secrets
from local.function_compute.environment import CODE, Surroundings
from local.function_compute.function_spec import FunctionSpec
from local.function_compute.template import load_template

USER_ID_KEY = "benchmark-" * 4


@dataclass(frozen=True)
class Deployment:
    """One side. `functions` by name; of the sample there are only those that both sides have."""

    functions: Mapping[str, FunctionSpec]
    surroundings: Surroundings

    def calling(self, id_verification: str) -> Deployment:
        """The same with another ID Verification, at this URL."""
        overrides = {**self.surroundings.overrides, "FACEGATE_ID_VERIFICATION_ENDPOINT": id_verification}
        return replace(self, surroundings=replace(self.surroundings, overrides=overrides))

    def probing(self, handler: str, function: str = "face-compare", first_on_path: Path | None = None) -> Deployment:
        """The same with `handler` of `benchmarks.probes` in a function's place, which finds the real one's name in its
        environment, and without an initializer.
        """
        spec = self.functions[function]
        packages = spec.environment["PYTHONPATH"].replace(CODE, str(spec.code))
        path = [*([str(first_on_path)] if first_on_path else []), packages, str(spec.code)]
        environment = {**spec.environment, "PYTHONPATH": os.pathsep.join(path), REAL_HANDLER: spec.handler}
        handler = f"benchmarks.probes.{handler}"
        # The code folder is always the first on the path: here it is the project's, where the probes are.
        probe = replace(spec, handler=handler, code=ROOT, environment=environment, initializer=None)
        return replace(self, functions={**self.functions, function: probe})


def ours(layer: Path, services: Services) -> Deployment:
    """What s.yaml deploys, over this layer. Raises TemplateError."""
    secrets = Secrets(services.account.access_key_id, services.account.access_key_secret, USER_ID_KEY)
    functions = load_template(ROOT / "s.yaml", deployment.template_environment(secrets))
    overrides = deployment.endpoint_overrides(
        id_verification=services.id_verification,
        tablestore=services.tablestore,
        oss=services.oss,
        function_compute=services.id_verification,
    )
    return Deployment(functions, Surroundings(deployment.ACCOUNT_ID, layer, overrides))


def sample(code: Path, services: Services, like: Deployment) -> Deployment:
    """The sample's functions, each with the memory and time limit of ours."""
    id_verification = urlsplit(services.id_verification)
    environment = {
        "PYTHONPATH": CODE,
        "CLOUDAUTH_PROTOCOL": id_verification.scheme.upper(),
        "CLOUDAUTH_ENDPOINT": id_verification.netloc,
        "OTS_ENDPOINT": services.tablestore,
        "OTS_INSTANCE": deployment.TABLESTORE_INSTANCE,
        "OTS_TABLE": SAMPLE_TABLE,
        "OSS_ENDPOINT": services.oss,
        "FACE_GROUP": deployment.FACE_GROUPS[0],
    }
    functions = {
        name: replace(
            like.functions[name],
            handler=f"official_sample.{name.replace('-', '_')}.handler",
            code=code,
            environment=environment,
            layers=(),
            initializer=None,
        )
        for name in ("face-compare", "face-cross-compare", "enroll-on-upload")
    }
    return Deployment(functions, Surroundings(deployment.ACCOUNT_ID))
