"""deployment.env: what it sets, what goes before it, and that it means to a shell what it means to the tools."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from deploy.variables import ROOT, VariablesError, declared, load

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = "# a comment\nREGION=ap-southeast-1\nBUCKET=my-bucket\n#LOG_STORE=facegate\n#USER_ID_KEY=\n"
ENV_CALL = re.compile(r"env\('(\w+)'(?:, '([^']*)')?\)")


def written(folder: Path, text: str | None) -> Path:
    (folder / "deployment.env.example").write_text(EXAMPLE, "utf-8")
    if text is not None:
        (folder / "deployment.env").write_text(text, "utf-8")
    return folder


def test_without_a_file_there_is_what_the_environment_sets_of_the_declared_names(tmp_path: Path) -> None:
    found = load({"REGION": "cn-hongkong", "PATH": "/bin", "BUCKET": ""}, written(tmp_path, None))

    assert found.values == {"REGION": "cn-hongkong"}
    assert found.file is None
    assert found.from_environment == ("REGION",)


def test_the_environment_goes_before_the_file_and_empty_is_unset(tmp_path: Path) -> None:
    folder = written(tmp_path, "REGION=ap-southeast-3\nBUCKET=faces\nLOG_STORE=\n")

    found = load({"BUCKET": "others"}, folder)

    assert found.values == {"REGION": "ap-southeast-3", "BUCKET": "others"}
    assert found.from_environment == ("BUCKET",)
    assert found.file == folder / "deployment.env"


@pytest.mark.parametrize(
    "line",
    [
        "BUCKET=plain-1.2/3:4,5@6%7+8=9",
        "BUCKET='with $ and ` and \\ and \"quotes\" and # in it'",
        "BUCKET=\"spaces and 'quotes'\"",
        "BUCKET=a  # what it is",
        "BUCKET=",
        """BUCKET='["vsw-1","vsw-2"]'""",
    ],
)
def test_a_shell_reads_a_line_as_the_tools_do(tmp_path: Path, line: str) -> None:
    folder = written(tmp_path, line + "\n")

    shell = subprocess.run(
        ["bash", "-c", 'set -a; . ./deployment.env; printf %s "$BUCKET"'],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        text=True,
    )

    assert load({}, folder).values.get("BUCKET", "") == shell.stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("BUCKET=two words\n", "deployment.env: line 1 is not NAME=value"),
        ("\nBUCKET=$HOME\n", "deployment.env: line 2 is not NAME=value"),
        ('BUCKET="a$b"\n', "line 1 is not NAME=value"),
        ("BUCKET='it's'\n", "line 1 is not NAME=value"),
        ("export BUCKET=a\n", "line 1 is not NAME=value"),
        ("BUCKET = a\n", "line 1 is not NAME=value"),
        ("BUCKET=a;b\n", "line 1 is not NAME=value"),
        ("BUCKET=ä\n", "line 1 is not NAME=value"),
        ("BUCKET=a\nBUCKET=b\n", "deployment.env: line 2 sets BUCKET a second time"),
        ("BUCKTE=a\n", "deployment.env: BUCKTE is no variable: BUCKET?"),
        ("COLOUR=a\n", "deployment.env: COLOUR is no variable of deployment.env.example"),
    ],
)
def test_what_a_shell_would_read_differently_is_refused_by_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(VariablesError) as refusal:
        load({}, written(tmp_path, text))

    assert str(refusal.value).startswith(complaint) or complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_refused_line_is_not_shown_since_it_may_be_a_secret(tmp_path: Path) -> None:
    with pytest.raises(VariablesError) as refusal:
        load({}, written(tmp_path, "USER_ID_KEY=hush hush\n"))

    assert "hush" not in str(refusal.value)


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    found = load({"BUCKET": "faces"}, written(tmp_path, None))

    assert found.required("BUCKET") == ("faces",)
    with pytest.raises(VariablesError, match=r"^REGION, USER_ID_KEY: no value in deployment\.env or the environment"):
        found.required("REGION", "BUCKET", "USER_ID_KEY")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, None)
    (folder / "deployment.env").write_bytes(b"\xff\xfe")

    with pytest.raises(VariablesError, match=r"^deployment\.env cannot be read$"):
        load({}, folder)


def test_the_example_lists_each_variable_that_s_yaml_reads_with_the_default_it_has_there() -> None:
    read = dict(
        call.groups(default="")
        for path in (ROOT / "s.yaml", *(ROOT / "deploy" / "http-auth").glob("*.json"))
        for call in ENV_CALL.finditer(path.read_text("utf-8"))
    )

    listed = declared()

    assert {name: {**listed.required, **listed.optional}.get(name) for name, default in read.items() if default} == {
        name: default for name, default in read.items() if default
    }
    assert set(read) <= set(listed.names)
    assert {name for name in listed.required if name not in read} == set()


def test_the_example_holds_no_secret() -> None:
    listed = declared()

    assert [name for name, value in {**listed.required, **listed.optional}.items() if value and ("KEY" in name)] == []
