"""What the preflight of `make deploy` finds missing, by name, and what it says would be right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy import variables
from deploy.rollout import preflight
from deploy.rollout.preflight import Surroundings, missing, named_by

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "1234567890123456"
LAYER = f"acs:fc:ap-southeast-1:{ACCOUNT}:layers/facegate/versions/7"
RIGHT = {
    **variables.declared().required,
    "USER_ID_KEY": "k" * 32,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A checkout with everything there."""
    (tmp_path / "s.yaml").write_text((ROOT / "s.yaml").read_text("utf-8"))
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "layer.zip").touch()
    (tmp_path / "access.yaml").write_text("default:\n  AccessKeyID: encrypted\nci:\n  AccessKeyID: encrypted\n")
    (tmp_path / "bin").mkdir()
    for tool in preflight.TOOLS:
        (tmp_path / "bin" / tool).touch(0o755)
    return tmp_path


def found(desk: Path, **changed: str | None) -> dict[str, str]:
    """By name; a variable that is changed to None is not set."""
    given = {name: value for name, value in {**RIGHT, **changed}.items() if value is not None}
    where = Surroundings(given, variables.declared(), desk, str(desk / "bin"), desk / "access.yaml")
    return {one.name: one.right for one in missing(where)}


def test_nothing_is_missing_where_everything_is_there(desk: Path) -> None:
    assert found(desk) == {}


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_variable_that_is_not_set_is_named(desk: Path, name: str) -> None:
    assert found(desk, **{name: None})[name].startswith("not set: ")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REGION", "cn-hangzhou", "'cn-hangzhou': expected a region where ID Verification is offered: ap-southeast-1,"),
        ("ACCOUNT_ID", "acme", "'acme': expected the number of the account"),
        ("BUCKET", "Acme", "'Acme': expected 3 to 63 lower-case letters, digits or '-'"),
        ("TABLESTORE_INSTANCE", "a", "'a': expected 3 to 16 letters"),
        ("FACE_GROUPS", "members, staff", "'members, staff': expected face group codes, separated by commas"),
        ("USER_ID_KEY", "too-short", "not right: expected 32 characters or more"),
        ("LAYER_ARN", "facegate:7", "'facegate:7': expected acs:fc:<region>"),
        ("LAYER_ARN", LAYER.replace("ap-southeast-1", "cn-hongkong"), "of another account or region than"),
        ("LAYER_ARN", LAYER.replace(ACCOUNT, "9999999999999999"), "of another account or region than"),
        ("ACCESS", "acme", "Serverless Devs knows no alias 'acme': `s config add -a acme` asks for the key"),
    ],
)
def test_a_value_that_is_not_right_is_told_with_what_would_be(desk: Path, name: str, value: str, said: str) -> None:
    wrong = found(desk, **{name: value})
    assert wrong.keys() == {name}
    assert said in wrong[name]


@pytest.mark.parametrize(("name", "value"), [("USER_ID_KEY", "plain"), ("ACCESS", "ci"), ("LAYER_ARN", LAYER)])
def test_other_right_values_are_right(desk: Path, name: str, value: str) -> None:
    assert found(desk, **{name: value}) == {}


def test_no_secret_is_shown_that_is_not_right(desk: Path) -> None:
    assert "t0o-short" not in str(found(desk, USER_ID_KEY="t0o-short"))


@pytest.mark.parametrize("tool", preflight.TOOLS)
def test_a_tool_that_is_not_there_is_named(desk: Path, tool: str) -> None:
    (desk / "bin" / tool).unlink()
    assert found(desk)[tool].startswith("not on the PATH: ")


def test_the_layer_must_be_built_unless_one_is_set(desk: Path) -> None:
    (desk / ".local" / "layer.zip").unlink()
    assert found(desk) == {".local/layer.zip": "not built: make layer"}
    assert found(desk, LAYER_ARN=LAYER) == {}


@pytest.mark.parametrize(
    ("changed", "missing"), [(1, {".local/layer.zip": "older than what is in shared/: make layer"}), (-1, {})]
)
def test_the_layer_must_be_as_new_as_what_it_is_made_of(desk: Path, changed: int, missing: dict[str, str]) -> None:
    source = desk / "shared" / "facegate" / "app.py"
    source.parent.mkdir(parents=True)
    source.touch()
    built_at = (desk / ".local" / "layer.zip").stat().st_mtime
    os.utime(source, (built_at + changed, built_at + changed))
    assert found(desk) == missing
    assert found(desk, LAYER_ARN=LAYER) == {}


@pytest.mark.parametrize("content", [None, "", "- default\n", "default: [\n"])
def test_keys_that_cannot_be_read_are_none(desk: Path, content: str | None) -> None:
    (desk / "access.yaml").unlink()
    if content is not None:
        (desk / "access.yaml").write_text(content)
    assert set(found(desk)) == {"ACCESS"}


def test_everything_is_told_at_once(desk: Path) -> None:
    (desk / "bin" / "s").unlink()
    (desk / ".local" / "layer.zip").unlink()
    assert set(found(desk, BUCKET=None, REGION="mars")) == {"BUCKET", "REGION", "s", ".local/layer.zip"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a: ${env('REGION')}", {"REGION"}),
        ("a: ${env('ACCESS', 'default')}", set()),
        ("a: acs:oss:${env('REGION')}:${env('ACCOUNT_ID')}:x", {"REGION", "ACCOUNT_ID"}),
        ("a: ${json(env('COUNT', '4'))}", set()),
        ("a: ${json(env('COUNT'))}", {"COUNT"}),
        ("a: ${json(file('./x/' + env('KIND', 'y') + '.json'))}", set()),
    ],
)
def test_a_variable_without_a_default_is_needed(text: str, named: set[str]) -> None:
    assert named_by(text) == named
