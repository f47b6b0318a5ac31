"""A layer is built from small packages: same input, same bytes; what would not load or fit is refused in one line."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.layer import __main__ as command
from deploy.layer.build import Layer, Places, build
from deploy.layer.errors import LayerError
from deploy.layer.interpreter import Interpreter
from deploy.layer.target import DEBIAN_10, Budget, Target
from tests.wheel_samples import AARCH64, repository, shared_object, source_archive, wheel

HERE = sys.version_info[:2]
TARGET = Target(HERE, DEBIAN_10)
OWN_TAG = f"cp{HERE[0]}{HERE[1]}"
INTERPRETER = Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))
MODULE = b'WORDS = {None, "b", "a", 1}\ndef known(word):\n    return word in {None, "x", "y", ("p", 2)}\n'


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that pip takes packages from; it has no other."""
    folder = tmp_path / "offered"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def built(root: Path, target: Target = TARGET) -> Layer:
    return build(target, INTERPRETER, Places.of(root, target), lambda line: None)


def refusal(root: Path, target: Target = TARGET) -> str:
    with pytest.raises(LayerError) as caught:
        built(root, target)
    assert "\n" not in str(caught.value)
    assert not list((root / ".local").glob("layer*"))
    return str(caught.value)


def test_a_layer_has_the_packages_and_our_own_as_source_and_bytecode(tmp_path: Path, offered: Path) -> None:
    given = wheel(offered, {"demo/__init__.py": MODULE, "demo/data.txt": b"kept", "demo/__init__.pyi": b""})
    layer = built(repository(tmp_path / "repository", [given]))
    with zipfile.ZipFile(layer.archive) as archive:
        names = [name.replace(sys.implementation.cache_tag, "tag") for name in archive.namelist()]
    assert names == [
        "python/demo/__init__.py",
        "python/demo/__pycache__/__init__.tag.pyc",
        "python/demo/data.txt",
        "python/facegate/__init__.py",
        "python/facegate/__pycache__/__init__.tag.pyc",
    ]
    assert {layer.package_of(member) for member in layer.members} == {"demo", "facegate"}


def test_bytecode_is_never_checked_against_its_source_and_names_the_deployed_path(
    tmp_path: Path, offered: Path
) -> None:
    layer = built(repository(tmp_path / "repository", [wheel(offered, {"demo.py": MODULE})]))
    folder = layer.archive.with_suffix("") / "python"
    (folder / "demo.py").write_text("raise SystemExit('the source was read')\n", "utf-8")
    told = "import demo; print(demo.known.__code__.co_flags and demo.known('x'), demo.__cached__)"
    done = subprocess.run(
        [*INTERPRETER.alone(), "-c", told], env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == "True"
    compiled = next(folder.glob("__pycache__/demo.*.pyc")).read_bytes()
    assert compiled[4:8] == b"\x01\0\0\0"
    assert b"/opt/python/demo.py" in compiled
    assert str(tmp_path).encode() not in compiled


def test_same_input_same_bytes_whatever_the_folder_the_mask_the_zone_and_the_seed(
    tmp_path: Path, offered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = wheel(offered, {"b.py": MODULE, "a/__init__.py": MODULE * 3, "a/c.py": b"from a import known\n"})
    layers = []
    for place, mask, zone, seed in (("one", 0o022, "UTC", "1"), ("another/one", 0o077, "Asia/Singapore", "2")):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        before = os.umask(mask)
        try:
            layers.append(built(repository(tmp_path / place, [given])))
        finally:
            os.umask(before)
    assert layers[0].archive.read_bytes() == layers[1].archive.read_bytes()
    assert layers[0].content_sha256 == layers[1].content_sha256
    assert layers[0].archive != layers[1].archive


@pytest.mark.parametrize(
    ("native", "said"),
    [
        (
            shared_object({"libc.so.6": ["GLIBC_2.17", "GLIBC_2.30", "GLIBC_2.34"]}),
            "needs GLIBC_2.34, Debian 10 x86_64 has GLIBC_2.28",
        ),
        (shared_object({"libc.so.6": ["GLIBC_ABI_DT_RELR"]}), "needs GLIBC_ABI_DT_RELR"),
        (
            shared_object({"libstdc++.so.6": ["GLIBCXX_3.4.26"]}),
            "needs GLIBCXX_3.4.26, Debian 10 x86_64 has GLIBCXX_3.4.25",
        ),
        (shared_object({"libstdc++.so.6": ["CXXABI_1.3.12"]}), "needs CXXABI_1.3.12"),
        (shared_object({"libc.so.6": ["OPENSSL_1_1_0"]}), "needs OPENSSL_1_1_0, Debian 10 x86_64 has no OPENSSL"),
        (
            shared_object({"libssl.so.1.1": ["OPENSSL_1_1_0"]}),
            "needs libssl.so.1.1, which neither the layer nor Debian 10 x86_64 has",
        ),
        (shared_object(machine=AARCH64), "is for EM_AARCH64, Debian 10 x86_64 for EM_X86_64"),
        (shared_object()[:80], "begins as a shared object and cannot be read as one"),
    ],
    ids=lambda value: value.split(",")[0] if isinstance(value, str) else "",
)
def test_native_code_that_would_not_load_is_refused(tmp_path: Path, offered: Path, native: bytes, said: str) -> None:
    given = wheel(offered, {"demo/_native.so": native})
    told = refusal(repository(tmp_path / "repository", [given]))
    assert told.startswith("demo 1.0: demo/_native.so ")
    assert said in told


def test_native_code_that_needs_just_what_there_is_is_taken(tmp_path: Path, offered: Path) -> None:
    needs = {"libc.so.6": ["GLIBC_2.28"], "libstdc++.so.6": ["GLIBCXX_3.4.25", "CXXABI_1.3.11"], "libown.so": ["OWN_9"]}
    files = {"demo/_native.abi3.so": shared_object(needs), "demo.libs/libown.so": shared_object()}
    layer = built(repository(tmp_path / "repository", [wheel(offered, files)]))
    assert [one.path for one in layer.objects] == ["demo.libs/libown.so", "demo/_native.abi3.so"]


def test_an_extension_of_another_python_is_refused(tmp_path: Path, offered: Path) -> None:
    name = "demo/_native.cpython-39-x86_64-linux-gnu.so"
    given = wheel(offered, {name: shared_object()})
    told = refusal(repository(tmp_path / "repository", [given]))
    assert told == f"demo 1.0: {name} is an extension module of CPython 3.9, the layer is for {TARGET.version}"


@pytest.mark.parametrize("tag", ["cp39-cp39-manylinux_2_28_x86_64", f"{OWN_TAG}-{OWN_TAG}-manylinux_2_34_x86_64"])
def test_a_package_without_a_fitting_wheel_is_refused(tmp_path: Path, offered: Path, tag: str) -> None:
    told = refusal(repository(tmp_path / "repository", [wheel(offered, {}, tag=tag)]))
    assert told.startswith(f"demo 1.0 has no wheel for Python {TARGET.version}, Debian 10 x86_64: pin a release")


def test_a_file_with_another_hash_is_refused(tmp_path: Path, offered: Path) -> None:
    given = wheel(offered, {})
    told = refusal(repository(tmp_path / "repository", [given], hashes={"demo": "0" * 64}))
    assert told.startswith("demo 1.0: the file that was offered has sha256 ")
    assert told.endswith("which is none of those in shared/requirements.lock")


def test_a_kept_file_that_was_changed_is_fetched_again(tmp_path: Path, offered: Path) -> None:
    root = repository(tmp_path / "repository", [wheel(offered, {"demo.py": MODULE})])
    built(root)
    (kept,) = Places.of(root, TARGET).cache.glob("*.whl")
    fetched = kept.read_bytes()
    kept.write_bytes(fetched + b"changed")
    built(root)
    assert kept.read_bytes() == fetched


def test_two_packages_with_one_file_are_refused(tmp_path: Path, offered: Path) -> None:
    given = [wheel(offered, {"common.py": b""}, name=name) for name in ("demo", "other")]
    told = refusal(repository(tmp_path / "repository", given))
    assert told == "common.py is in demo and in other: one would overwrite the other"


def test_a_module_that_does_not_compile_is_refused(tmp_path: Path, offered: Path) -> None:
    told = refusal(repository(tmp_path / "repository", [wheel(offered, {"demo/broken.py": b"print 1\n"})]))
    assert told.startswith(f"demo: CPython {INTERPRETER.version} cannot compile demo/broken.py: ")


@pytest.mark.parametrize(
    ("budget", "said"), [(Budget(100, 10**9), "zip "), (Budget(10**9, 100), "unpacked ")], ids=["zip", "unpacked"]
)
def test_a_layer_over_its_budget_is_refused(tmp_path: Path, offered: Path, budget: Budget, said: str) -> None:
    small = dataclasses.replace(TARGET, image=dataclasses.replace(DEBIAN_10, budget=budget))
    given = wheel(offered, {"demo/large.txt": b"x" * 5000})
    told = refusal(repository(tmp_path / "repository", [given]), small)
    assert told.startswith(f"the layer is over its budget: {said}")
    assert "100 allowed; the largest file is python/demo/large.txt (5,000)" in told


SETUP = """
from setuptools import Distribution, setup
class Native(Distribution):
    def has_ext_modules(self):
        return {native}
setup(name="aliyun-fc2", version="1.0", py_modules=["fc2"], distclass=Native)
"""


@pytest.mark.parametrize("native", [True, False], ids=["native code", "pure Python"])
def test_a_source_archive_is_built_unless_it_has_native_code(
    tmp_path: Path, offered: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")  # the build backend comes from the index, by its hash
    monkeypatch.delenv("PIP_CONFIG_FILE")
    files = {"setup.py": SETUP.format(native=native), "fc2.py": "made = 'from source'\n"}
    root = repository(tmp_path / "repository", [source_archive(offered, files, name="aliyun_fc2")])
    if native:
        assert "aliyun-fc2 1.0 is published as source only and builds native code (aliyun_fc2-1.0-" in refusal(root)
    else:
        assert "python/fc2.py" in [member.path for member in built(root).members]


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = tmp_path / "python3.10"
    assert command.main(["--python", str(absent), "--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"make layer: {absent} is no CPython 3.10\n"


def test_the_command_reports_what_is_in_the_layer(
    tmp_path: Path, offered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository(tmp_path / "repository", [wheel(offered, {"demo.py": MODULE, "demo.pyi": b""})])
    assert command.main(["--this-machine", "--root", str(root)]) == 0
    told = capsys.readouterr().out
    assert "the sample needs it" in told
    assert "read by no interpreter" in told
    assert str(root / ".local" / "layer-this-machine.zip") in told
