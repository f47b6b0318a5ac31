"""`make redrive` by the variables of a deployment, and what it says where one is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from deploy.provision.deployment import of_local_cloud
from tests.cloud import ROOT, Cloud


def redrive(variables: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "deploy.redrive", *arguments]
    environment = {"PYTHONPATH": "shared", **variables}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def of_deployment(cloud: Cloud) -> dict[str, str]:
    """The variables that stand for the local cloud."""
    found = cloud.endpoints()
    return {**of_local_cloud(found), "FACE_GROUPS": "members", "FACEGATE_FC_ENDPOINT": found["function_compute"]}


def test_the_variables_of_the_deployment_are_enough(cloud: Cloud) -> None:
    status, said = redrive(of_deployment(cloud))
    assert (status, said.splitlines()[-1]) == (0, f"{len(cloud.failures())} events would be handed back: --yes does it")


@pytest.mark.parametrize("missing", ["REGION", "ACCOUNT_ID", "BUCKET", "ALIBABA_CLOUD_ACCESS_KEY_ID"])
def test_a_missing_variable_is_named_in_one_line(cloud: Cloud, missing: str) -> None:
    status, said = redrive({**of_deployment(cloud), missing: ""})
    assert status == 2
    assert said.startswith(f"redrive: {missing}")
    assert len(said.splitlines()) == 1


def test_an_url_without_a_local_cloud_is_said_in_one_line() -> None:
    status, said = redrive({}, "--local", "http://127.0.0.1:1")
    assert status == 2
    assert said == "redrive: no local cloud answers at http://127.0.0.1:1 (ConnectError): make up starts one\n"


def test_a_table_out_of_reach_is_said_in_one_line(cloud: Cloud) -> None:
    status, said = redrive({**of_deployment(cloud), "TABLESTORE_ENDPOINT": "http://127.0.0.1:1"})
    assert (status, said) == (1, "redrive: LedgerUnavailable: Tablestore could not be reached\n")
