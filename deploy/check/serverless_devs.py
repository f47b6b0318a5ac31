"""The published tool, `s` of Serverless Devs, which renders s.yaml and verifies it against a schema.

It is installed once, by npm, pinned with its hash, and runs with a home folder of its own, without reporting and
without the network. `s verify` needs the schema of the fc3 component, which is in no package: it is the one that the
developer's own `s` has fetched, if any, and otherwise made of our model.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from deploy.check.model import Function

VERSION = "3.1.10"
COMPONENT = Path(".s/components/devsapp.cn/v3/fc3")
_PACKAGING = Path(__file__).with_name("serverless-devs")
_INSTALL_SECONDS = 120
_RUN_SECONDS = 60


class Unavailable(Exception):
    """Why the tool cannot run here, in one line."""


class Refused(Exception):
    """What the tool says is wrong; one line for each of `problems`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Tool:
    """`home` takes the place of the user's home folder, so that no keys are found there. `own_schema`: the component's
    own schema is at hand."""

    node: str
    entry: Path
    home: Path
    own_schema: bool

    def preview(self, template: Path, variables: Mapping[str, str]) -> dict[str, Any]:
        """The resources of `template` as `s` renders them. Raises Refused."""
        said = self._run("preview", "--output-format", "json", template=template, variables=variables)
        start = re.search(r"^\{", said, re.MULTILINE)
        try:
            resources: dict[str, Any] = json.loads(said[start.start() :] if start else said)["resources"]
        except (ValueError, KeyError):
            raise Refused(_complaints(said)) from None
        return resources

    def verify(self, template: Path, variables: Mapping[str, str]) -> None:
        """Raises Refused where the props of a resource do not fit the schema."""
        self._run("verify", template=template, variables=variables)

    def _run(self, *command: str, template: Path, variables: Mapping[str, str]) -> str:
        try:
            ran = subprocess.run(
                [self.node, str(self.entry), *command, "--template", str(template)],
                env={"PATH": os.environ["PATH"], "HOME": str(self.home), "NODE_ENV": "test", **variables},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_RUN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refused([f"no answer within {_RUN_SECONDS} s"]) from None
        if ran.returncode != 0:
            raise Refused(_complaints(ran.stdout + ran.stderr))
        return ran.stdout


def tool(folder: Path, home: Path) -> Tool:
    """The tool, in `folder`; installed there if it is not yet. `home` is the developer's. Raises Unavailable."""
    node = shutil.which("node")
    if node is None:
        raise Unavailable("Node is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    entry = folder.resolve() / "node_modules" / "@serverless-devs" / "s" / "bin" / "s"
    if not entry.is_file():
        _install(folder)
    fetched = home / COMPONENT / "dist" / "schema.json"
    own_schema = fetched.is_file()
    _lay_out_component(folder / "home", fetched.read_bytes() if own_schema else _schema_of_model())
    return Tool(node, entry, (folder / "home").resolve(), own_schema)


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_PACKAGING / name, folder / name)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--loglevel=error")
    try:
        subprocess.run(
            [npm, "ci", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_INSTALL_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        raise Unavailable(f"npm could not install @serverless-devs/s {VERSION}: is its registry in reach?") from None


def _lay_out_component(home: Path, schema: bytes) -> None:
    """Where `s` keeps what it has fetched, with the schema and nothing else."""
    dist = home / COMPONENT / "dist"
    dist.mkdir(parents=True, exist_ok=True)
    shutil.copy(_PACKAGING / "component.js", dist / "index.js")
    (dist / "schema.json").write_bytes(schema)
    (dist.parent / "package.json").write_text('{"name": "fc3", "main": "dist/index.js"}', "utf-8")
    (dist.parent / ".s.lock").touch()


def _schema_of_model() -> bytes:
    return json.dumps(_without_discriminators(msgspec.json.schema(Function))).encode()


def _without_discriminators(schema: Any) -> Any:
    """A hint beside `anyOf` that the tool's validator does not know, and refuses."""
    if isinstance(schema, dict):
        return {key: _without_discriminators(item) for key, item in schema.items() if key != "discriminator"}
    return [_without_discriminators(item) for item in schema] if isinstance(schema, list) else schema


def _complaints(said: str) -> list[str]:
    """The lines between the tool's `Error Message:` and its hints."""
    body = said.partition("Error Message:")[2] or said
    body = re.split(r"A complete log of this run|🍼 Tips", body)[0]
    return [line.strip() for line in body.splitlines() if line.strip()] or ["no output"]
