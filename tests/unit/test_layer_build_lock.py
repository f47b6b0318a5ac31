"""shared/requirements.txt says what is shipped and why, its lock the hashes; the two agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.layer import lock
from deploy.layer.errors import LayerError
from deploy.layer.target import DEBIAN_10, FUNCTION_COMPUTE, Target

ROOT = Path(__file__).resolve().parents[2]
SHA = "a" * 64
LOCKED = f"six==1.17.0 \\\n    --hash=sha256:{SHA}\n"
STATED = "six==1.17.0  # tablestore\n"


def read(folder: Path, stated: str, locked: str) -> tuple[lock.Pin, ...]:
    (folder / "shared").mkdir()
    (folder / lock.REQUIREMENTS).write_text(stated, "utf-8")
    (folder / lock.LOCK).write_text(locked, "utf-8")
    return lock.read(folder)


def test_a_pin_has_its_reason_and_its_hashes(tmp_path: Path) -> None:
    (pin,) = read(tmp_path, f"# heading\n\n{STATED}", LOCKED)
    assert (str(pin), pin.reason, pin.hashes) == ("six 1.17.0", "tablestore", {SHA})
    assert pin.line() == f"six==1.17.0 --hash=sha256:{SHA}"


@pytest.mark.parametrize(
    ("stated", "locked", "said"),
    [
        ("six>=1.17  # x\n", LOCKED, "line 1: six>=1.17 is not pinned; write six== and one version"),
        ("six==1.*  # x\n", LOCKED, "is not pinned"),
        ("six==1.17.0,<2  # x\n", LOCKED, "is not pinned"),
        ("six  # x\n", LOCKED, "is not pinned"),
        ("-r other.txt  # x\n", LOCKED, "line 1: '-r other.txt' is not a requirement such as six==1.17.0"),
        ("six==1.17.0\n", LOCKED, "line 1: six==1.17.0 has no reason; say after a # why the layer ships it"),
        ("six==1.16.0  # x\n", LOCKED, "requirements.lock has no hashes for six==1.16.0: run `make lock`"),
        (STATED + "idna==3.20  # x\n", LOCKED, "requirements.lock has no hashes for idna==3.20: run `make lock`"),
        (STATED, LOCKED + LOCKED.replace("six", "idna"), "has idna, shared/requirements.txt has not: run `make lock`"),
        (STATED, "six==1.17.0\n", "shared/requirements.lock: six==1.17.0 has no hash: run `make lock`"),
    ],
)
def test_files_that_are_wrong_or_do_not_agree_are_refused(tmp_path: Path, stated: str, locked: str, said: str) -> None:
    with pytest.raises(LayerError) as caught:
        read(tmp_path, stated, locked)
    assert said in str(caught.value)


def test_this_repositorys_files_agree() -> None:
    assert {pin.name for pin in lock.read(ROOT)} >= {"tablestore", "pillow", "alibabacloud-cloudauth-intl20220809"}


@pytest.mark.parametrize(("python", "ships"), [((3, 10), True), ((3, 11), False)])
def test_markers_are_evaluated_for_the_target_not_for_the_builder(python: tuple[int, int], ships: bool) -> None:
    names = {pin.name for pin in lock.wanted(lock.read(ROOT), Target(python, DEBIAN_10))}
    assert ("async-timeout" in names) is ships


def test_what_is_deployed_takes_wheels_for_glibc_2_28_and_older() -> None:
    tags = {str(tag) for tag in FUNCTION_COMPUTE.tags()}
    fitting = {"cp310-cp310-manylinux_2_28_x86_64", "cp310-cp310-manylinux1_x86_64", "cp39-abi3-manylinux2014_x86_64"}
    assert fitting | {"py3-none-any"} <= tags
    assert not tags & {
        "cp310-cp310-manylinux_2_34_x86_64",
        "cp310-cp310-manylinux_2_28_aarch64",
        "cp311-cp311-manylinux_2_28_x86_64",
        "cp311-abi3-manylinux_2_28_x86_64",
    }
