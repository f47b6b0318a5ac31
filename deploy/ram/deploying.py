"""The table's part for the people: what deploying, removing, redriving and reading the logs call.

The component fc3 makes the calls of `s deploy` and `s remove`; which ones was read in its source (May 2026), and their
resources in Function Compute's list of actions. The local cloud has no management API of Function Compute, so no test
sees them. Trigger roles are made beforehand and named in s.yaml: otherwise the component would make wide ones by
itself, and the deployer would need the right to make roles.
"""

from __future__ import annotations

from deploy.ram import roles
from deploy.ram.grants import BUCKET, CLAIMS, FAILURES, RESULTS, Grant, functions

_READ = "read in the source of the component fc3; the local cloud has no management API of Function Compute"
_UNLISTED = "not in Function Compute's list of actions; seen in published policies, so unconfirmed"
_ALONE = "a test of its own sees it, in a local cloud that it may empty"
_CONSOLE = "for the console, not for any code here"

_ALL = functions(*roles.ROLE_OF_FUNCTION)
_FC = "acs:fc:{region}:{account_id}"
_LAYER = f"{_FC}:layers/facegate"
_TOPIC = "acs:mns:{region}:{account_id}:/topics/{signup_topic}"
_OBJECTS = f"{BUCKET}/*"
_LOGS = "acs:log:{region}:{account_id}:project/*"


def fc(*actions: str) -> tuple[str, ...]:
    return tuple(f"fc:{action}" for action in actions)


DEPLOYING = (
    Grant(
        roles.DEPLOYER,
        fc(
            *("GetFunction", "CreateFunction", "UpdateFunction", "DeleteFunction"),
            *("GetConcurrencyConfig", "PutConcurrencyConfig", "DeleteConcurrencyConfig"),
            *("GetFunctionAsyncInvokeConfig", "PutFunctionAsyncInvokeConfig", "DeleteFunctionAsyncInvokeConfig"),
            *("ListFunctionAsyncInvokeConfigs", "ListTriggers", "GetTrigger", "CreateTrigger", "UpdateTrigger"),
            *("DeleteTrigger", "ListVpcBindings", "ListFunctionVersions", "PublishFunctionVersion"),
            *("DeleteFunctionVersion", "ListAliases", "GetAlias", "CreateAlias", "UpdateAlias", "DeleteAlias"),
        ),
        _ALL,
        "functions, triggers and asynchronous settings; versions and aliases to roll back by",
        unseen=_READ,
    ),
    Grant(
        roles.DEPLOYER,
        fc("TagResources", "UntagResources", "ListTaggedResources"),
        _ALL,
        "the functions' tags",
        unseen=_UNLISTED,
    ),
    Grant(roles.DEPLOYER, fc("GetTempBucketToken"), ("*",), "the place to upload code to", unseen=_UNLISTED),
    Grant(
        roles.DEPLOYER,
        fc("CreateLayerVersion", "ListLayerVersions", "GetLayerVersion", "DeleteLayerVersion"),
        (_LAYER, f"{_LAYER}/*"),
        "the layer's versions",
        unseen=_READ,
    ),
    Grant(
        roles.DEPLOYER,
        ("ram:PassRole",),
        tuple(f"acs:ram:*:{{account_id}}:role/{one.name}" for one in roles.IDENTITIES if one.trusts),
        "give the functions and triggers their roles, and no others",
        unseen=_READ,
    ),
    Grant(
        roles.DEPLOYER,
        ("oss:GetBucketEventNotification", "oss:PutBucketEventNotification", "oss:DeleteBucketEventNotification"),
        (BUCKET,),
        "the trigger of the uploads (documented for OSS triggers)",
        unseen=_READ,
    ),
    Grant(
        roles.PROVISIONER,
        (
            *("oss:PutBucket", "oss:GetBucketInfo", "oss:PutBucketAcl", "oss:PutBucketPublicAccessBlock"),
            *("oss:PutBucketEncryption", "oss:GetBucketLifecycle", "oss:PutBucketLifecycle"),
        ),
        (BUCKET,),
        "the private bucket, encrypted, with its lifecycle",
        unseen=_ALONE,
    ),
    Grant(
        roles.PROVISIONER,
        ("ots:DescribeTable", "ots:CreateTable", "ots:UpdateTable"),
        (CLAIMS, RESULTS, FAILURES),
        "the tables and their retention",
        unseen=_ALONE,
    ),
    Grant(
        roles.PROVISIONER,
        ("ots:GetRange", "ots:CreateIndex"),
        (RESULTS,),
        "an index that is missing from a table without rows",
        unseen=_ALONE,
    ),
    Grant(
        roles.PROVISIONER,
        ("mns:GetTopicAttributes", "mns:CreateTopic"),
        (_TOPIC,),
        "the topic of the sign-ups",
        unseen=_ALONE,
    ),
    Grant(
        roles.DEPLOYER,
        ("mns:Subscribe", "mns:Unsubscribe", "mns:GetSubscriptionAttributes", "mns:ListSubscriptionByTopic"),
        (_TOPIC, f"{_TOPIC}/*"),
        "the trigger of the sign-ups subscribes to the topic",
        unseen=_READ,
    ),
    Grant(
        roles.DATA_REMOVER,
        ("oss:DeleteObject",),
        (_OBJECTS,),
        "empty the bucket",
        unseen=_ALONE,
    ),
    Grant(roles.DATA_REMOVER, ("oss:ListObjects",), (BUCKET,), "find its objects", unseen=_ALONE),
    Grant(roles.DATA_REMOVER, ("ots:DeleteTable",), (CLAIMS, RESULTS, FAILURES), "delete the tables", unseen=_ALONE),
    Grant(roles.OPERATOR, ("ots:GetRange", "ots:DeleteRow"), (FAILURES,), "make redrive: list failures, forget them"),
    Grant(
        roles.OPERATOR,
        ("fc:InvokeFunction",),
        functions(*roles.HANDED_OVER_TO),
        "make redrive: hand failed events back",
    ),
    Grant(
        roles.OPERATOR,
        ("log:GetLogStoreLogs", "log:GetIndex", "log:ListLogStores", "log:GetLogStoreHistogram"),
        (_LOGS,),
        "read the functions' logs",
        unseen=_CONSOLE,
    ),
)
