"""In every region each service is reached at its own host, within the cloud where there is such a name."""

from __future__ import annotations

import pytest

from facegate.app.parts import INTERACTIVE, Parts
from facegate.credentials import Credentials
from facegate.deadline import Deadline
from facegate.errors import SettingError
from facegate.ledger import store
from facegate.regions import REGIONS, region
from facegate.settings import from_environment
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION, Call
from tests.fakes import FakeTransport, answer
from tests.unit.layer_samples import ENVIRONMENT

EXPECTED = {
    "ap-southeast-1": ("Singapore", 10),
    "ap-southeast-5": ("Jakarta", 3),
    "cn-hongkong": ("Hong Kong", 10),
    "ap-southeast-3": ("Kuala Lumpur", 3),
}


def test_the_regions_are_those_of_the_documents() -> None:
    assert {found.id: (found.name, found.queries_per_second) for found in REGIONS.values()} == EXPECTED


@pytest.mark.parametrize("region_id", EXPECTED)
def test_every_client_of_a_region_goes_to_that_regions_host(region_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = FakeTransport().install(monkeypatch)
    wire.will(answer(body={"Code": "Success", "Result": {}}), answer(body={"Success": True, "Data": {}}))
    deployed = from_environment({**ENVIRONMENT, "FC_REGION": region_id})
    parts = Parts(deployed, lambda: Credentials("id", "key"), INTERACTIVE)
    for service in (ID_VERIFICATION, COMPARE_FACES):
        parts.verification.call(Call(service, "Any", {}, {}), dict, Deadline.after(60))
    tablestore = store._client(deployed.tablestore.url, deployed.tablestore_instance, deployed.region)
    assert [sent.url.partition("?")[0] for sent in wire.sent] == [
        f"https://cloudauth-intl-vpc.{region_id}.aliyuncs.com/",
        "https://cloudauth.aliyuncs.com/",
    ]
    assert tablestore.host == f"https://facegate.{region_id}.vpc.tablestore.aliyuncs.com"
    assert parts.objects.endpoint.url == f"https://oss-{region_id}-internal.aliyuncs.com"
    assert parts.invoker.endpoint.url == f"https://1234567890123456.{region_id}-internal.fc.aliyuncs.com"


@pytest.mark.parametrize("region_id", ["cn-hangzhou", "eu-central-1", "us-west-1", "", "AP-SOUTHEAST-1"])
def test_a_region_in_which_the_operations_are_not_offered_is_refused(region_id: str) -> None:
    with pytest.raises(SettingError, match=r"FC_REGION is .*ap-southeast-1, ap-southeast-5"):
        region(region_id)
