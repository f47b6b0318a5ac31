"""`make deploy` and `make remove`, with executables that stand in for `s` and `make` and note how they were called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import ROOT
from tests.stand_in import StandIns

REGION, ACCOUNT = "ap-southeast-5", "1234567890123456"
ARN = f"acs:fc:{REGION}:{ACCOUNT}:layers/facegate/versions/7"
KEY = "a-key-of-user-ids-that-nobody-may-see"
SECRET = "the-secret-of-the-deploying-user"
VARIABLES = {
    "REGION": REGION,
    "ACCOUNT_ID": ACCOUNT,
    "BUCKET": "pictures-of-acme",
    "TABLESTORE_INSTANCE": "acmefaces",
    "SIGNUP_TOPIC": "signups",
    "FACE_GROUPS": "members",
    "USER_ID_KEY": KEY,
    "LOG_PROJECT": "acme-facegate",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIdeployer",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
}
UNCHANGED = f"layerName: facegate\nversion: 7\nlayerVersionArn: {ARN}"
PUBLISHED = f'{{"layerName":"facegate","version":7,"layerVersionArn":"{ARN}"}}\n{UNCHANGED}'
DEPLOYED = "face-compare:\n  environmentVariables:\n    FACEGATE_USER_ID_KEY: {USER_ID_KEY}"
PUBLISH = (
    "s cli fc3 layer publish --code .local/layer.zip --layer-name facegate --compatible-runtime python3.10"
    f" --region {REGION} --access default"
)
CHECK, PROVISION = "make --no-print-directory check-deploy", "make --no-print-directory provision"
DEPLOY, REMOVE = "s deploy --assume-yes --template s.yaml", "s remove --assume-yes --template s.yaml"
REMOVE_LAYER = f"s cli fc3 layer remove --layer-name facegate --region {REGION} --access default --assume-yes"


class Desk:
    """A checkout with a built layer, and stand-ins first on the PATH."""

    def __init__(self, folder: Path, *script: dict[str, Any]) -> None:
        self.folder = folder
        rules = [*script, {"when": ["publish"], "print": PUBLISHED}, {"when": ["s", "deploy"], "print": DEPLOYED}]
        self.stand_ins = StandIns.made(folder / "bin", ("s", "make", "node"), rules)
        (folder / ".local").mkdir()
        (folder / ".local" / "layer.zip").write_bytes(b"PK")
        shutil.copy(ROOT / "s.yaml", folder)
        (folder / ".s").mkdir()
        (folder / ".s" / "access.yaml").write_text("default:\n  AccessKeyID: encrypted\n")

    def run(
        self, module: str, *arguments: str, typed: str = "", **variables: str | None
    ) -> subprocess.CompletedProcess[str]:
        given = {**VARIABLES, **variables}
        environment = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'shared'}",
            "serverless_devs_config_home": str(self.folder),
            **{name: value for name, value in given.items() if value is not None},
        }
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def deploy(self, *arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        return self.run("deploy.rollout", *arguments, **variables)

    def remove(self, *arguments: str, typed: str = "", **variables: str | None) -> subprocess.CompletedProcess[str]:
        return self.run("deploy.rollout.remove", *arguments, typed=typed, **variables)


@pytest.mark.parametrize("printed", [PUBLISHED, UNCHANGED], ids=["a new layer", "an unchanged layer"])
def test_the_steps_are_taken_in_their_order_with_the_layer_that_was_published(tmp_path: Path, printed: str) -> None:
    desk = Desk(tmp_path, {"when": ["publish"], "print": printed})
    done = desk.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert desk.stand_ins.commands == [CHECK, PUBLISH, PROVISION, DEPLOY]
    given = desk.stand_ins.calls[-1]["environment"]
    assert given == {"LAYER_ARN": ARN, "USER_ID_KEY": KEY, "BUCKET": VARIABLES["BUCKET"]}
    assert "make smoke URL=" in done.stdout


def test_a_second_run_takes_the_same_steps(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for _ in range(2):
        assert desk.deploy().returncode == 0
    assert desk.stand_ins.commands == [CHECK, PUBLISH, PROVISION, DEPLOY] * 2


def test_a_layer_that_is_set_is_kept_and_none_is_published(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    older = ARN.replace("/7", "/5")
    done = desk.deploy(LAYER_ARN=older)
    assert done.returncode == 0
    assert desk.stand_ins.commands == [CHECK, PROVISION, DEPLOY]
    assert desk.stand_ins.calls[-1]["environment"]["LAYER_ARN"] == older
    assert f"staying with the layer {older}" in done.stdout


def test_no_secret_is_shown_or_on_a_command_line(tmp_path: Path) -> None:
    """What `s` prints of the functions has their environment in it."""
    desk = Desk(tmp_path)
    done = desk.deploy()
    assert "FACEGATE_USER_ID_KEY: ***" in done.stdout
    for secret in (KEY, SECRET):
        assert secret not in done.stdout + done.stderr
        assert not any(secret in command for command in desk.stand_ins.commands)


def test_plain_user_ids_are_no_secret(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert "FACEGATE_USER_ID_KEY: plain" in desk.deploy(USER_ID_KEY="plain").stdout


@pytest.mark.parametrize("variables", [{}, {"LAYER_ARN": ARN}], ids=["publishing", "staying"])
def test_a_dry_run_shows_what_a_run_runs_and_runs_nothing(tmp_path: Path, variables: dict[str, str]) -> None:
    desk = Desk(tmp_path)
    shown = desk.deploy("--dry-run", **variables)
    assert shown.returncode == 0
    assert desk.stand_ins.calls == []
    assert desk.deploy(**variables).returncode == 0
    lines = [line for line in shown.stdout.splitlines() if line.startswith("would run: ")]
    assert [re.sub(r"^would run: (LAYER_ARN=(\(.*?\)|\S+) )?", "", line) for line in lines] == desk.stand_ins.commands
    assert KEY not in shown.stdout


@pytest.mark.parametrize(
    ("failing", "taken"),
    [
        (["make", "check-deploy"], [CHECK]),
        (["publish"], [CHECK, PUBLISH]),
        (["make", "provision"], [CHECK, PUBLISH, PROVISION]),
        (["s", "deploy"], [CHECK, PUBLISH, PROVISION, DEPLOY]),
    ],
    ids=["check", "layer", "provision", "deploy"],
)
def test_a_step_that_fails_ends_the_deployment_in_one_line(
    tmp_path: Path, failing: list[str], taken: list[str]
) -> None:
    desk = Desk(tmp_path, {"when": failing, "print": "something went wrong", "status": 3})
    done = desk.deploy()
    assert done.returncode == 1
    assert desk.stand_ins.commands == taken
    assert done.stderr == (
        f"make deploy: {taken[-1]} ended with status 3;"
        " what is done stays done: put it right, and run make deploy again\n"
    )
    assert "something went wrong" in done.stdout


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("published", "none"),
        (ARN.replace("facegate", "another"), "none"),
        (ARN.replace(ACCOUNT, "9999999999999999"), "none"),
        (f"{ARN}\n{ARN.replace('/7', '/8')}", f"{ARN}, {ARN.replace('/7', '/8')}"),
    ],
    ids=["nothing", "another layer", "another account", "two versions"],
)
def test_a_layer_that_cannot_be_told_is_not_guessed(tmp_path: Path, printed: str, found: str) -> None:
    desk = Desk(tmp_path, {"when": ["publish"], "print": printed})
    done = desk.deploy()
    assert done.returncode == 1
    assert f"found {found}: set LAYER_ARN by hand" in done.stderr
    assert desk.stand_ins.commands == [CHECK, PUBLISH]


def test_nothing_is_run_while_something_is_missing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / ".local" / "layer.zip").unlink()
    done = desk.deploy(BUCKET="No_Bucket")
    assert done.returncode == 1
    assert desk.stand_ins.calls == []
    assert re.search(r"BUCKET +'No_Bucket': expected 3 to 63", done.stderr)
    assert re.search(r"\.local/layer\.zip +not built: make layer", done.stderr)


def test_the_preflight_alone_runs_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.deploy("--preflight").returncode == 0
    assert desk.stand_ins.calls == []


@pytest.mark.parametrize(
    ("arguments", "typed"), [(["--yes"], ""), ([], "facegate\n")], ids=["--yes", "the name is typed"]
)
def test_removing_takes_functions_and_layer_and_says_what_stays(
    tmp_path: Path, arguments: list[str], typed: str
) -> None:
    desk = Desk(tmp_path)
    done = desk.remove(*arguments, typed=typed)
    assert done.returncode == 0, done.stderr
    assert desk.stand_ins.commands == [REMOVE, REMOVE_LAYER]
    for stays in ("facegate_results", "objects of pictures-of-acme", "faces enrolled in members", "topic signups"):
        assert stays in done.stdout


@pytest.mark.parametrize("typed", ["", "y\n", "yes\n", "Facegate\n"])
def test_nothing_is_removed_without_the_name(tmp_path: Path, typed: str) -> None:
    desk = Desk(tmp_path)
    done = desk.remove(typed=typed)
    assert (done.returncode, done.stderr) == (1, "make remove: nothing was removed\n")
    assert desk.stand_ins.calls == []


@pytest.mark.parametrize("typed", ["facegate\n", "facegate\nfacegate\n", "pictures-of-acme\n"])
def test_data_is_deleted_only_by_the_name_of_its_bucket_too(tmp_path: Path, typed: str) -> None:
    desk = Desk(tmp_path)
    done = desk.remove("--data", typed=typed)
    assert (done.returncode, done.stderr) == (1, "make remove: nothing was removed\n")
    assert desk.stand_ins.calls == []


def test_a_failure_that_s_keeps_quiet_about_is_found(tmp_path: Path) -> None:
    """The component logs it and ends with status 0."""
    desk = Desk(tmp_path, {"when": ["s", "remove"], "print": "remove error: AccessDenied"})
    done = desk.remove("--yes")
    assert done.returncode == 1
    assert "said 'remove error', though it ended with status 0; what is removed is removed" in done.stderr
    assert desk.stand_ins.commands == [REMOVE]


def test_a_dry_run_of_the_removal_runs_and_asks_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    done = desk.remove("--dry-run", "--data")
    assert done.returncode == 0
    assert desk.stand_ins.calls == []
    assert [f"would run: LAYER_ARN={ARN.replace('/7', '/1')} {REMOVE}", f"would run: {REMOVE_LAYER}"] == [
        line for line in done.stdout.splitlines() if line.startswith("would run: ")
    ]
    assert "would delete: the tables facegate_claims" in done.stdout


def test_removing_needs_no_built_layer(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / ".local" / "layer.zip").unlink()
    assert desk.remove("--yes").returncode == 0
