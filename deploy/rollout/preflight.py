"""What a deployment needs and does not have: variables, tools, keys, the layer. All of it is told at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.rollout.layer import ARN, NAME
from deploy.variables import Declared
from facegate import settings
from facegate.regions import REGIONS

LAYER = Path(".local/layer.zip")
TEMPLATE = Path("s.yaml")
TOOLS = {
    "node": "Node.js 14.14 or later, which Serverless Devs runs on",
    "s": "Serverless Devs: npm install -g @serverless-devs/s",
}
FOR_PROVISION = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
MADE_HERE = ("LAYER_ARN",)
"""Named by s.yaml, and set by a step of the deployment where it is not set before."""
SHOWN = 60

_NEEDED = re.compile(r"\$\{[^}]*?env\('([A-Z][A-Z0-9_]*)'\)")
_FORMS = {
    "REGION": ("|".join(map(re.escape, REGIONS)), f"a region where ID Verification is offered: {', '.join(REGIONS)}"),
    "ACCOUNT_ID": (r"[0-9]{10,20}", "the number of the account"),
    "BUCKET": (settings.BUCKET.pattern, "3 to 63 lower-case letters, digits or '-'"),
    "TABLESTORE_INSTANCE": (settings.INSTANCE.pattern, "3 to 16 letters, digits or '-'"),
    "FACE_GROUPS": (r"[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*", "face group codes, separated by commas"),
    "USER_ID_KEY": (r"plain|(?s:.{32,})", "32 characters or more (openssl rand -hex 32), or plain"),
    "LAYER_ARN": (ARN.pattern, f"acs:fc:<region>:<account>:layers/{NAME}/versions/<number>"),
}
SECRET = ("USER_ID_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")


@dataclass(frozen=True, slots=True)
class Missing:
    """`name` of a variable, tool or file; `right` says what would be right."""

    name: str
    right: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a deployment starts from. `path` is the search path of commands, `access_file` where Serverless Devs keeps
    its keys."""

    variables: Mapping[str, str]
    declared: Declared
    folder: Path
    path: str
    access_file: Path


def missing(given: Surroundings) -> list[Missing]:
    """In the order in which it is best put right; empty when a deployment can begin."""
    return [*_variables(given), *_accounts(given), *_tools(given), *_keys(given), *_layer(given)]


def named_by(template: str) -> set[str]:
    """The variables that a template cannot be rendered without: those without a default."""
    return set(_NEEDED.findall(template))


def _variables(given: Surroundings) -> Iterator[Missing]:
    template = (given.folder / TEMPLATE).read_text("utf-8")
    needed = {*given.declared.required, *named_by(template)} - {*MADE_HERE}
    for name in sorted(needed):
        if name not in given.variables:
            expected = _FORMS.get(name, ("", "see deployment.env.example"))[1]
            yield Missing(name, f"not set: {expected}")
    for name, (form, expected) in _FORMS.items():
        value = given.variables.get(name)
        if value is not None and not re.fullmatch(form, value):
            shown = "not right" if name in SECRET else repr(value[:SHOWN])
            yield Missing(name, f"{shown}: expected {expected}")


def _accounts(given: Surroundings) -> Iterator[Missing]:
    """Everything must be of one account and region."""
    account, region = given.variables.get("ACCOUNT_ID", ""), given.variables.get("REGION", "")
    layer = ARN.fullmatch(given.variables.get("LAYER_ARN", ""))
    if layer and (layer["region"], layer["account"]) != (region, account):
        yield Missing("LAYER_ARN", f"of another account or region than {account} in {region}")


def _tools(given: Surroundings) -> Iterator[Missing]:
    for tool, what in TOOLS.items():
        if shutil.which(tool, path=given.path) is None:
            yield Missing(tool, f"not on the PATH: {what}")


def _keys(given: Surroundings) -> Iterator[Missing]:
    for name in FOR_PROVISION:
        if name not in given.variables:
            yield Missing(name, "not set: the deploying user's key, for make provision")
    alias = given.variables.get("ACCESS", "default")
    if alias not in _aliases(given.access_file):
        yield Missing("ACCESS", f"Serverless Devs knows no alias {alias!r}: `s config add -a {alias}` asks for the key")


def _aliases(path: Path) -> set[str]:
    """Their names; what stands under them is a key, and not looked at."""
    try:
        read = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError):
        return set()
    return {str(name) for name in read} if isinstance(read, dict) else set()


def _layer(given: Surroundings) -> Iterator[Missing]:
    if "LAYER_ARN" in given.variables:
        return
    built = given.folder / LAYER
    if not built.is_file():
        yield Missing(str(LAYER), "not built: make layer")
    elif any(path.stat().st_mtime > built.stat().st_mtime for path in _shipped(given.folder / "shared")):
        yield Missing(str(LAYER), "older than what is in shared/: make layer")


def _shipped(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
