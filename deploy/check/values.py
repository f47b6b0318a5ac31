"""What the variables of s.yaml stand for while it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.variables import EXAMPLE, FILE, Declared, Variables

KEY = "USER_ID_KEY"
STAND_INS = {
    KEY: "stands-in-for-the-key-of-the-hash",
    "LAYER_ARN": "acs:fc:{REGION}:{ACCOUNT_ID}:layers/facegate/versions/1",
}
"""For what may be unknown when the file is checked: the key is a secret, the layer is published later."""


@dataclass(frozen=True, slots=True)
class Values:
    """`source` says in words where they are from."""

    by_name: Mapping[str, str]
    source: str

    @property
    def without_secrets(self) -> dict[str, str]:
        """For the eyes of another program."""
        shown = {name: value for name, value in self.by_name.items() if not name.startswith("ALIBABA_CLOUD_")}
        return {**shown, KEY: STAND_INS[KEY]}


def values(deployed: Variables, declared: Declared) -> Values:
    """The deployment's own where there is a deployment.env, else the example's."""
    if deployed.file is None:
        found, source = dict(declared.required), f"{EXAMPLE}'s: there is no {FILE}"
    else:
        found, source = dict(deployed.values), FILE
        if deployed.from_environment:
            source += f", and from the environment {', '.join(deployed.from_environment)}"
    missing = [name for name in STAND_INS if name not in found]
    for name in missing:
        found[name] = STAND_INS[name].format_map({"REGION": "", "ACCOUNT_ID": "", **found})
    return Values(found, f"{source}; stand-ins for {', '.join(missing)}" if missing else source)
