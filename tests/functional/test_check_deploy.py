"""`make check-deploy` as a command, in a copy of the repository: what it prints, and when it fails.

Stand-ins for node and npm answer as the published tool does; the tool itself runs in `make check-deploy`.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.check.rules import RULES
from deploy.variables import ROOT

FAKE_NPM = """
import pathlib, sys
assert sys.argv[1] == "ci" and "--ignore-scripts" in sys.argv
assert '"@serverless-devs/s": "3.1.10"' in pathlib.Path("package.json").read_text()
assert "sha512-" in pathlib.Path("package-lock.json").read_text()
entry = pathlib.Path("node_modules/@serverless-devs/s/bin/s")
entry.parent.mkdir(parents=True)
entry.touch()
"""
FAILING_NPM = "import sys; sys.exit(1)"
FAKE_NODE = """
import json, os, pathlib, sys
_, _, command, *_ = sys.argv
pathlib.Path("{seen}").open("a").write(json.dumps({{"command": command, "environment": dict(os.environ)}}) + "\\n")
if command == "preview":
    print("[WARN] not recommended to run the command as root")
    print(pathlib.Path("{preview}").read_text())
elif {verified}:
    print("Format verification passed.")
else:
    print("Error Message:\\nresults/props/timeout must be integer\\n\\nA complete log of this run is elsewhere")
    sys.exit(1)
"""
ROUTES = (ROOT / "deploy" / "routes.yaml").read_text("utf-8").count("method:")
NO_TOOL = ["s preview  skipped: Node is not installed", "s verify   skipped: Node is not installed"]


class Checkout:
    """A copy of what the command reads, and a PATH with nothing on it but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "facegate"
        self.bin = folder / "bin"
        self.seen = folder / "seen"
        self.preview = folder / "preview.json"
        self.bin.mkdir()
        for name in ("deploy", "functions", "shared", "local"):
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("s.yaml", "deployment.env.example"):
            shutil.copy(ROOT / name, self.root / name)

    def edit(self, before: str, after: str) -> None:
        path = self.root / "s.yaml"
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), "utf-8")

    def executable(self, name: str, source: str) -> None:
        path = self.bin / name
        path.write_text(f"#!{sys.executable}\n{source}", "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def tool(self, resources: object, *, verified: bool = True, npm: str = FAKE_NPM) -> None:
        self.preview.write_text(json.dumps({"edition": "3.0.0", "resources": resources}), "utf-8")
        self.executable("npm", npm)
        self.executable("node", FAKE_NODE.format(seen=self.seen, preview=self.preview, verified=verified))

    def rendered(self) -> dict[str, object]:
        """The resources as the command's own reader renders them."""
        script = (
            "import json, os; from deploy import variables; from deploy.check.checking import check\n"
            "from deploy.check.values import values; from deploy.variables import ROOT\n"
            "chosen = values(variables.load(os.environ), variables.declared()).without_secrets\n"
            "print(json.dumps(check((ROOT / 's.yaml').read_text(), ROOT, chosen).resources))"
        )
        ran = self.python("-c", script)
        resources: dict[str, object] = json.loads(ran.stdout)
        return resources

    def check(self, *arguments: str, **environment: str) -> tuple[int, list[str]]:
        ran = self.python("-m", "deploy.check", *arguments, **environment)
        return ran.returncode, (ran.stdout + ran.stderr).splitlines()

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.root / "shared"), str(self.root)])
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={"PATH": str(self.bin), "PYTHONPATH": path, "HOME": str(self.root.parent), **environment},
            capture_output=True,
            check=False,
            text=True,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_fit_file_passes_and_what_was_skipped_is_said(checkout: Checkout) -> None:
    status, lines = checkout.check()

    assert status == 0
    assert lines == [
        f"s.yaml     10 functions, {ROUTES} routes, {len(RULES)} rules and the typed model",
        "variables  deployment.env.example's: there is no deployment.env; stand-ins for USER_ID_KEY, LAYER_ARN",
        *NO_TOOL,
        "no problems",
    ]


def test_everything_wrong_is_told_sorted_and_counted(checkout: Checkout) -> None:
    checkout.edit("    timeout: 15\n", "    timeout: 5\n")
    checkout.edit("logBeginRule: None", "logBeginrule: None")

    status, lines = checkout.check()

    assert status == 1
    assert lines[4:] == [
        "s.yaml: resources.*.props.logConfig.logBeginRule: is missing: expected None or DefaultRegex [shape]",
        "s.yaml: resources.*.props.logConfig.logBeginrule: unknown key; did you mean logBeginRule? [unknown-key]",
        "2 problems",
    ]


def test_the_deployments_own_values_are_checked_and_the_key_is_not_shown(checkout: Checkout) -> None:
    example = (checkout.root / "deployment.env.example").read_text("utf-8")
    own = example.replace("#USER_ID_KEY=", "USER_ID_KEY=hush-hush").replace("=ap-southeast-1", "=ap-southeast-3")
    (checkout.root / "deployment.env").write_text(own, "utf-8")

    status, lines = checkout.check(BUCKET="A_BUCKET")

    assert status == 1
    assert lines[1] == "variables  deployment.env, and from the environment BUCKET; stand-ins for LAYER_ARN"
    assert any("FACEGATE_BUCKET is 'A_BUCKET': expected the name of an OSS bucket" in line for line in lines)
    assert not any("hush" in line for line in lines)


def test_a_file_of_variables_that_cannot_be_read_is_one_line(checkout: Checkout) -> None:
    (checkout.root / "deployment.env").write_text("REGION = ap-southeast-1\n", "utf-8")

    status, lines = checkout.check()

    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("check-deploy: deployment.env: line 1 is not NAME=value")


def test_the_rules_are_listed(checkout: Checkout) -> None:
    status, lines = checkout.check("--rules")

    assert status == 0
    assert "no-http-trigger-is-anonymous" in lines
    assert len(lines) == 2 * len(RULES)
    assert all(line.strip() for line in lines)


def test_the_published_tool_is_installed_once_and_sees_no_secret(checkout: Checkout) -> None:
    example = (checkout.root / "deployment.env.example").read_text("utf-8")
    (checkout.root / "deployment.env").write_text(example, "utf-8")
    checkout.tool(checkout.rendered())

    for _ in range(2):
        status, lines = checkout.check(USER_ID_KEY="raw-secret" * 4, ALIBABA_CLOUD_ACCESS_KEY_SECRET="raw-secret")
        assert status == 0, lines
        checkout.executable("npm", FAILING_NPM)

    assert lines[2] == "s preview  renders the same (@serverless-devs/s 3.1.10)"
    assert lines[3].startswith("s verify   accepts it, by our model's schema")
    calls = [json.loads(line) for line in checkout.seen.read_text("utf-8").splitlines()]
    assert [call["command"] for call in calls] == ["preview", "verify"] * 2
    assert "raw-secret" not in checkout.seen.read_text("utf-8")
    assert {call["environment"]["HOME"] for call in calls} == {str(checkout.root / ".local/serverless-devs/home")}


def test_the_components_own_schema_is_used_where_the_developer_has_it(checkout: Checkout) -> None:
    checkout.tool(checkout.rendered())
    dist = checkout.root.parent / ".s/components/devsapp.cn/v3/fc3/dist"
    dist.mkdir(parents=True)
    (dist / "schema.json").write_text('{"its": "own"}', "utf-8")

    status, lines = checkout.check()

    assert (status, lines[3]) == (0, "s verify   accepts it, by the fc3 component's own schema")
    laid_out = checkout.root / ".local/serverless-devs/home/.s/components/devsapp.cn/v3/fc3/dist"
    assert (laid_out / "schema.json").read_text("utf-8") == '{"its": "own"}'


def test_what_the_tool_renders_otherwise_or_refuses_is_a_problem(checkout: Checkout) -> None:
    resources = json.loads(json.dumps(checkout.rendered()))
    resources["results"]["props"]["timeout"] = "15"
    resources["results"]["props"]["internetAccess"] = 0
    resources["results"]["props"]["gpu"] = True
    del resources["erasure"]["props"]["tags"][0]["value"]
    checkout.tool(resources, verified=False)

    status, lines = checkout.check()

    assert status == 1
    assert lines[2:] == [
        "s preview  renders something else (@serverless-devs/s 3.1.10)",
        "s verify   refuses it",
        "s.yaml: s verify: results/props/timeout must be integer [s-verify]",
        "s.yaml: resources.erasure.props.tags[0].value: s renders None, our own reader 'facegate': write it so that"
        " both read the same [s-preview]",
        "s.yaml: resources.results.props.gpu: s renders True, our own reader None: write it so that both read the same"
        " [s-preview]",
        "s.yaml: resources.results.props.internetAccess: s renders 0, our own reader False: write it so that both read"
        " the same [s-preview]",
        "s.yaml: resources.results.props.timeout: s renders '15', our own reader 15: write it so that both read the"
        " same [s-preview]",
        "5 problems",
    ]


def test_what_our_model_refuses_the_tool_does_not_repeat_by_the_same_model(checkout: Checkout) -> None:
    rendered = checkout.rendered()
    rendered["results"]["props"]["timeout"] = 0
    checkout.tool(rendered, verified=False)
    checkout.edit("    timeout: 15\n", "    timeout: 0\n")

    status, lines = checkout.check()

    assert status == 1
    assert lines[3:] == [
        "s verify   refuses it",
        "s.yaml: resources.results.props.timeout: is 0: expected whole seconds from 1 to 86400 [shape]",
        "1 problem",
    ]


def test_of_a_file_that_is_no_yaml_one_reader_is_enough(checkout: Checkout) -> None:
    checkout.tool(checkout.rendered())
    checkout.edit("edition: 3.0.0\n", "edition: [3.0.0\n")

    status, lines = checkout.check()

    assert (status, lines[-1]) == (1, "1 problem")
    assert lines[2].endswith("[yaml]")
    assert not checkout.seen.exists()


def test_a_registry_out_of_reach_is_said_and_fails_nothing(checkout: Checkout) -> None:
    checkout.tool({}, npm=FAILING_NPM)

    status, lines = checkout.check()

    assert status == 0
    reason = "npm could not install @serverless-devs/s 3.1.10: is its registry in reach?"
    assert lines[2:] == [f"s preview  skipped: {reason}", f"s verify   skipped: {reason}", "no problems"]


def test_a_tool_that_prints_no_answer_is_a_problem(checkout: Checkout) -> None:
    checkout.tool({})
    checkout.preview.write_text("Bus error", "utf-8")

    status, lines = checkout.check()

    assert (status, lines[2]) == (1, "s preview  refuses it")
    assert any(line.startswith("s.yaml: s preview: ") and line.endswith("[s-preview]") for line in lines)
