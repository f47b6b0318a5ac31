"""What is set for a whole bucket, and buckets that are somebody else's, through the unmodified SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import alibabacloud_oss_v2 as oss
import pytest

from tests.functional.local_oss_process import REGION, LocalOss, put, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

TAKEN = "somebody-elses"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOss]:
    started = LocalOss.start(tmp_path_factory.mktemp("oss"), "--taken", TAKEN)
    yield started
    assert started.stop() == ""


def rule(name: str, prefix: str, **actions: object) -> oss.LifecycleRule:
    return oss.LifecycleRule(id=name, prefix=prefix, status="Enabled", **actions)


def put_rules(client: oss.Client, bucket: str, *rules: oss.LifecycleRule, **more: str) -> None:
    configuration = oss.LifecycleConfiguration(rules=list(rules))
    client.put_bucket_lifecycle(oss.PutBucketLifecycleRequest(bucket, lifecycle_configuration=configuration, **more))


def encrypt(client: oss.Client, bucket: str, algorithm: str, key: str | None = None) -> None:
    default = oss.ApplyServerSideEncryptionByDefault(sse_algorithm=algorithm, kms_master_key_id=key)
    rule = oss.ServerSideEncryptionRule(apply_server_side_encryption_by_default=default)
    client.put_bucket_encryption(oss.PutBucketEncryptionRequest(bucket, server_side_encryption_rule=rule))


def test_a_bucket_has_its_settings(client: oss.Client) -> None:
    bucket = "settings-bucket"
    for _ in range(2):
        client.put_bucket(oss.PutBucketRequest(bucket, acl="private"))
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket)).bucket_info
    assert (info.name, info.location, info.acl) == (bucket, f"oss-{REGION}", "private")
    assert (info.block_public_access, info.sse_rule.sse_algorithm, info.versioning) == (False, "None", None)
    encryption = oss.GetBucketEncryptionRequest(bucket)
    assert refusal(lambda: client.get_bucket_encryption(encryption)).code == "NoSuchServerSideEncryptionRule"
    encrypt(client, bucket, "AES256")
    kept = client.get_bucket_encryption(encryption).server_side_encryption_rule
    assert kept.apply_server_side_encryption_by_default.sse_algorithm == "AES256"
    assert client.put_object(oss.PutObjectRequest(bucket, "a")).headers["x-oss-server-side-encryption"] == "AES256"
    assert client.get_object(oss.GetObjectRequest(bucket, "a")).server_side_encryption == "AES256"
    client.delete_bucket_encryption(oss.DeleteBucketEncryptionRequest(bucket))
    assert client.put_object(oss.PutObjectRequest(bucket, "a")).headers.get("x-oss-server-side-encryption") is None


def test_encryption_with_a_key_of_kms_keeps_its_id_until_another_rule_comes(client: oss.Client) -> None:
    bucket = "kms-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket))
    assert refusal(lambda: encrypt(client, bucket, "AES256", "key-1")).code == "InvalidArgument"
    for algorithm, key in (("KMS", "key-1"), ("KMS", None)):
        encrypt(client, bucket, algorithm, key)
        info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket)).bucket_info
        assert (info.sse_rule.sse_algorithm, info.sse_rule.kms_master_key_id) == (algorithm, key)


def test_a_public_access_block_overrides_the_acl_and_refuses_a_public_one(
    service: LocalOss, client: oss.Client
) -> None:
    bucket = "blocked-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket, acl="public-read"))
    client.put_object(oss.PutObjectRequest(bucket, "a", body=b"x"))
    anyone = service.client(oss.credentials.AnonymousCredentialsProvider())
    anyone.get_object(oss.GetObjectRequest(bucket, "a"))
    block = oss.GetBucketPublicAccessBlockRequest(bucket)

    def is_blocked() -> bool:
        found = client.get_bucket_public_access_block(block).public_access_block_configuration.block_public_access
        assert client.get_bucket_info(oss.GetBucketInfoRequest(bucket)).bucket_info.block_public_access == found
        return bool(found)

    assert not is_blocked()
    client.put_bucket_public_access_block(
        oss.PutBucketPublicAccessBlockRequest(
            bucket, public_access_block_configuration=oss.PublicAccessBlockConfiguration(block_public_access=True)
        )
    )
    assert is_blocked()
    assert refusal(lambda: anyone.get_object(oss.GetObjectRequest(bucket, "a"))).code == "AccessDenied"
    public = oss.PutBucketAclRequest(bucket, acl="public-read-write")
    assert refusal(lambda: client.put_bucket_acl(public)).code == "AccessDenied"
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket, acl="private"))
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket))
    assert not is_blocked()


def test_versioning_was_never_on_and_cannot_be_switched_on(client: oss.Client) -> None:
    bucket = "versions-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket))
    assert client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket)).version_status is None
    on = oss.PutBucketVersioningRequest(bucket, versioning_configuration=oss.VersioningConfiguration("Enabled"))
    assert refusal(lambda: client.put_bucket_versioning(on)).code == "NotImplemented"


def test_a_name_that_another_account_has_cannot_be_made_or_used(client: oss.Client) -> None:
    taken = refusal(lambda: client.put_bucket(oss.PutBucketRequest(TAKEN)))
    assert (taken.status_code, taken.code) == (409, "BucketAlreadyExists")
    foreign = refusal(lambda: client.get_bucket_info(oss.GetBucketInfoRequest(TAKEN)))
    assert (foreign.status_code, foreign.code) == (403, "AccessDenied")
    assert refusal(lambda: client.put_object(oss.PutObjectRequest(TAKEN, "a", body=b"x"))).code == "AccessDenied"
    put(client, "a")  # one's own bucket is as it was


def test_lifecycle_rules_are_kept_and_removed(client: oss.Client) -> None:
    bucket = "lifecycle-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket))
    wanted = oss.GetBucketLifecycleRequest(bucket)
    assert refusal(lambda: client.get_bucket_lifecycle(wanted)).code == "NoSuchLifecycle"
    selfies = rule("selfies", "enroll/", expiration=oss.LifecycleRuleExpiration(days=7))
    put_rules(client, bucket, selfies)
    [kept] = client.get_bucket_lifecycle(wanted).lifecycle_configuration.rules
    assert (kept.id, kept.prefix, kept.status, kept.expiration.days) == ("selfies", "enroll/", "Enabled", 7)
    selfies.filter = oss.LifecycleRuleFilter(object_size_greater_than=1)
    assert refusal(lambda: put_rules(client, bucket, selfies)).code == "NotImplemented"
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket))
    assert refusal(lambda: client.get_bucket_lifecycle(wanted)).code == "NoSuchLifecycle"


EXPIRES = {"expiration": oss.LifecycleRuleExpiration(days=7)}
ABORTS = {"abort_multipart_upload": oss.LifecycleRuleAbortMultipartUpload(days=1)}


@pytest.mark.parametrize(
    ("first", "second", "actions", "refused"),
    [
        ("enroll/", "enroll/", (EXPIRES, ABORTS), "0014-00000085"),
        ("enroll/", "enroll/old/", (EXPIRES, EXPIRES), "0014-00000084"),
        ("enroll/", "", (ABORTS, ABORTS), "0014-00000084"),
        ("enroll/", "", (EXPIRES, ABORTS), None),
        ("enroll/", "pictures/", (EXPIRES, EXPIRES), None),
    ],
)
def test_rules_that_overlap_in_what_they_delete_are_refused(
    client: oss.Client, first: str, second: str, actions: tuple[dict[str, object], ...], refused: str | None
) -> None:
    bucket = "overlap-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket))
    rules = [rule("one", first, **actions[0]), rule("two", second, **actions[1])]

    if refused is None:
        put_rules(client, bucket, *rules)
        return
    error = refusal(lambda: put_rules(client, bucket, *rules))
    assert (error.status_code, error.code, error.ec) == (400, "InvalidRequest", refused)


def test_nested_prefixes_may_do_the_same_where_that_is_asked_for(client: oss.Client) -> None:
    bucket = "nested-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket))
    nested = [rule("one", "enroll/", **EXPIRES), rule("two", "enroll/old/", **EXPIRES)]
    put_rules(client, bucket, *nested, allow_same_action_overlap="true")
    kept = client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket)).lifecycle_configuration.rules
    assert [one.id for one in kept] == ["one", "two"]
