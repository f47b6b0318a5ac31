"""Where each service is reached from a deployment region: the VPC endpoint, so pictures stay off the internet.

Source: the endpoint lists of the four international operations' documents; Tablestore's endpoint rule. Whether the
VPC names resolve from Function Compute without a VPC configuration is unconfirmed. CompareFaces is a mainland
operation with one central endpoint; a VPC name for it is unconfirmed, so its calls go over the internet.
"""

from __future__ import annotations

from msgspec import Struct

from facegate.errors import SettingError

COMPARE_FACES_ENDPOINT = "https://cloudauth.aliyuncs.com"


class Region(Struct, frozen=True):
    """`queries_per_second` is the documented limit per operation and account."""

    id: str
    name: str
    queries_per_second: int

    @property
    def id_verification(self) -> str:
        return f"https://cloudauth-intl-vpc.{self.id}.aliyuncs.com"

    @property
    def oss(self) -> str:
        return f"https://oss-{self.id}-internal.aliyuncs.com"

    def function_compute(self, account_id: str) -> str:
        return f"https://{account_id}.{self.id}-internal.fc.aliyuncs.com"

    def tablestore(self, instance: str) -> str:
        return f"https://{instance}.{self.id}.vpc.tablestore.aliyuncs.com"


REGIONS = {
    region.id: region
    for region in (
        Region("ap-southeast-1", "Singapore", 10),
        Region("ap-southeast-5", "Jakarta", 3),
        Region("cn-hongkong", "Hong Kong", 10),
        Region("ap-southeast-3", "Kuala Lumpur", 3),
    )
}


def region(region_id: str) -> Region:
    """The deployment region. Raises SettingError for one in which the operations are not offered."""
    found = REGIONS.get(region_id)
    if found is None:
        raise SettingError(f"FC_REGION is {region_id!r}: ID Verification is offered in {', '.join(REGIONS)}")
    return found
