"""Mistakes, each of which breaks one rule of `make check-deploy`, and what is told of it."""

from __future__ import annotations

from typing import Any

from tests.unit.deploy_check_samples import ACCOUNT, REMOVED, http_trigger, initializer, mns_trigger, oss_trigger

FACE = "face-compare.props"
ENVIRONMENT = f"{FACE}.environmentVariables"
ASYNC = f"{FACE}.asyncInvokeConfig"
FAILURE = f"{ASYNC}.destinationConfig.onFailure.destination"
HTTP = f"{FACE}.triggers[0].triggerConfig"
UPLOADS = "enroll-on-upload.props"
OSS = f"{UPLOADS}.triggers[0]"
SIGNUPS = "dedup-on-signup.props"
MNS = f"{SIGNUPS}.triggers[0]"
FUNCTIONS = f"acs:fc:ap-southeast-1:{ACCOUNT}:functions"
HANDLED = "oss:ObjectCreated:CompleteMultipartUpload, oss:ObjectCreated:PostObject, oss:ObjectCreated:PutObject"
KEY = {"kty": "RSA", "alg": "RS256", "use": "sig", "n": "AQAB", "e": "AQAB"}
AUTH = {"jwks": {"keys": [KEY]}, "tokenLookup": [{"readPosition": "header", "parameterName": "A", "prefix": "B "}]}
A_SECRET = "0123456789abcdef0123456789abcdef"

# What is changed and to what; where it is told, if not there; what; by which rule.
MISTAKES: list[tuple[str, Any, str, str, str]] = [
    (
        f"{FACE}.functionName",
        "face-comparison",
        "",
        "is face-comparison: expected face-compare, as the resource",
        "a-function-is-named-as-its-resource",
    ),
    (
        f"{FACE}.tags[0].key",
        "app",
        f"{FACE}.tags",
        "has no tag application: cost reports go by it",
        "every-function-is-tagged",
    ),
    (
        f"{FACE}.tags[1].key",
        "application",
        f"{FACE}.tags",
        "gives the tag application more than once",
        "every-function-is-tagged",
    ),
    (f"{FACE}.code", "./functions/nowhere", "", "there is no folder ./functions/nowhere", "the-code-is-there"),
    (
        f"{FACE}.handler",
        "main.handler",
        "",
        "is main.handler: there is no main.py in ./functions/face_compare",
        "the-code-is-there",
    ),
    (
        f"{FACE}.handler",
        "index.hanlder",
        "",
        "is index.hanlder: index.py in ./functions/face_compare defines no hanlder",
        "the-code-is-there",
    ),
    (
        f"{FACE}.instanceLifecycleConfig",
        initializer("index.absent", 10),
        f"{FACE}.instanceLifecycleConfig.initializer.handler",
        "is index.absent: index.py in ./functions/face_compare defines no absent",
        "the-code-is-there",
    ),
    (
        f"{FACE}.instanceLifecycleConfig",
        initializer("index.handler", 31),
        f"{FACE}.instanceLifecycleConfig.initializer.timeout",
        "is 31: expected at most the function's own, 30",
        "an-initializer-fits-the-start",
    ),
    (f"{FACE}.layers", [], "", "has 0 layers: expected facegate's alone", "the-layer-is-the-regions-own"),
    (
        f"{FACE}.layers[0]",
        f"acs:fc:cn-hongkong:{ACCOUNT}:layers/facegate/versions/1",
        "",
        "is a layer of cn-hongkong: expected one of ap-southeast-1",
        "the-layer-is-the-regions-own",
    ),
    (
        f"{ENVIRONMENT}.PYTHONPATH",
        "/code/python",
        "",
        "is /code/python: expected /opt/python, the layer's folder",
        "the-layer-goes-before-the-runtimes-packages",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_BUCKET",
        REMOVED,
        "",
        "is not set: the function would not start without it",
        "every-required-setting-is-set",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_FACE_GROUPS",
        " ",
        "",
        "is not set: the function would not start without it",
        "every-required-setting-is-set",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_RESULT_TABLE",
        "results",
        "",
        "nothing reads it; did you mean FACEGATE_RESULTS_TABLE?",
        "every-variable-is-read",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_READ_TIMEOUT_MS",
        "10s",
        ENVIRONMENT,
        "FACEGATE_READ_TIMEOUT_MS is '10s': expected a whole number from 500 to 60000",
        "every-setting-is-taken",
    ),
    (
        f"{ENVIRONMENT}.FC_REGION",
        "cn-hongkong",
        "",
        "names that begin with FC_ are the platform's",
        "the-environment-is-function-computes",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_FACE_GROUPS",
        "m" * 60 + ",members" * 500,
        ENVIRONMENT,
        "has 4220 bytes: at most 4096 are allowed",
        "the-environment-is-function-computes",
    ),
    (
        f"{FACE}.timeout",
        14,
        "",
        "is 14: one wait, call and record can take 14800 ms, so at least 15",
        "the-timeout-covers-a-call",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_READ_TIMEOUT_MS",
        "26000",
        f"{FACE}.timeout",
        "is 30: one wait, call and record can take 30800 ms, so at least 31",
        "the-timeout-covers-a-call",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_USER_ID_KEY",
        A_SECRET,
        "",
        "a secret stands in the file: expected ${env('NAME')}, without a default",
        "a-secret-comes-from-the-environment",
    ),
    (
        f"{ENVIRONMENT}.FACEGATE_USER_ID_KEY",
        f"${{env('USER_ID_KEY', '{A_SECRET}')}}",
        "",
        "a secret stands in the file: expected ${env('NAME')}, without a default",
        "a-secret-comes-from-the-environment",
    ),
    (
        f"{FACE}.description",
        "LTAI" + "5tExample" * 2,
        "",
        "an access key stands in the file: remove it here, and disable it, since it was seen",
        "no-access-key-is-in-the-file",
    ),
    (
        f"{FACE}.role",
        f"acs:ram::{ACCOUNT}:role/aliyunfcdefaultrole",
        "",
        "is aliyunfcdefaultrole, which may do far more than is needed: expected a role of this deployment's",
        "roles-are-the-deployments-own",
    ),
    (
        f"{MNS}.invocationRole",
        f"acs:ram::{ACCOUNT}:role/facegate-verification",
        "",
        "is the function's own role: expected one that may only start functions",
        "who-starts-a-function-may-not-act-as-it",
    ),
    (
        f"{FACE}.internetAccess",
        True,
        "",
        "is true: expected false, since every service in use has an internal endpoint",
        "the-internet-is-closed-where-nothing-needs-it",
    ),
    (
        "compare-faces.props.internetAccess",
        False,
        "",
        "is false: expected true, since CompareFaces has one endpoint, in the mainland and public",
        "the-internet-is-closed-where-nothing-needs-it",
    ),
    (
        f"{FACE}.vpcConfig.vpcId",
        "vpc-1",
        f"{FACE}.vpcConfig",
        "has no vSwitchIds and no securityGroupId: expected all three, or none",
        "a-vpc-is-given-whole-or-not-at-all",
    ),
    (
        f"{FACE}.logConfig.enableRequestMetrics",
        False,
        "",
        "is false: expected true, alarms are set on them",
        "requests-are-measured",
    ),
    (
        HTTP,
        {"authType": "anonymous", "methods": ["POST"]},
        f"{HTTP}.authType",
        "is anonymous: expected function or jwt",
        "no-http-trigger-is-anonymous",
    ),
    (
        HTTP,
        {"authType": "jwt", "methods": ["POST"]},
        f"{HTTP}.authConfig",
        "is missing: jwt needs the key that tokens are checked with",
        "a-key-belongs-to-jwt",
    ),
    (
        HTTP,
        {"authType": "function", "methods": ["POST"], "authConfig": AUTH},
        f"{HTTP}.authConfig",
        "is for jwt: function does not read it",
        "a-key-belongs-to-jwt",
    ),
    (
        f"{FACE}.triggers[1]",
        http_trigger(),
        "",
        "is a second HTTP trigger: a function has one at most",
        "a-function-has-one-http-trigger",
    ),
    (
        HTTP,
        "${vars.http.GET}",
        f"{HTTP}.methods",
        "are GET: routes.yaml has POST",
        "the-methods-are-those-of-the-routes",
    ),
    (
        f"{UPLOADS}.triggers[1]",
        http_trigger(),
        f"{UPLOADS}.triggers[1].triggerConfig.methods",
        "are POST: routes.yaml has none",
        "the-methods-are-those-of-the-routes",
    ),
    (
        f"{FACE}.triggers",
        [],
        "",
        "has no http trigger, but routes: expected one for POST",
        "the-methods-are-those-of-the-routes",
    ),
    (
        f"{OSS}.triggerConfig.events[0]",
        "oss:ObjectCreated:*",
        f"{OSS}.triggerConfig.events",
        f"has oss:ObjectCreated:*: the handler takes {HANDLED}",
        "event-types-are-listed-one-by-one",
    ),
    (
        f"{OSS}.triggerConfig.filter.key.prefix",
        "uploads/",
        "",
        "is uploads/: the handler takes enroll/",
        "uploads-come-from-where-the-handler-looks",
    ),
    *(
        (
            f"{OSS}.triggerConfig.filter.key.prefix",
            prefix,
            "",
            f"is {prefix}: functions put objects under deferred/",
            "no-trigger-sees-what-functions-put",
        )
        for prefix in ("deferred/", "deferred/enroll/", "d")
    ),
    *(
        (
            f"{UPLOADS}.triggers[1]",
            oss_trigger(prefix, suffix),
            "",
            "overlaps uploads of enroll-on-upload: equal events, and prefixes and suffixes that can match one key",
            "no-two-triggers-overlap",
        )
        for prefix, suffix in (("enroll/", ""), ("enroll/vip/", ".jpg"))
    ),
    (
        f"{OSS}.sourceArn",
        f"acs:oss:ap-southeast-1:{ACCOUNT}:other-bucket",
        "",
        "is the bucket other-bucket: the function reads my-company-faces (FACEGATE_BUCKET)",
        "events-come-from-the-deployment",
    ),
    (
        f"{MNS}.sourceArn",
        f"acs:mns:cn-hongkong:{ACCOUNT}:/topics/signups",
        "",
        "is in cn-hongkong: expected the function's region, ap-southeast-1",
        "events-come-from-the-deployment",
    ),
    (
        f"{SIGNUPS}.triggers[1]",
        mns_trigger("signups", "more"),
        f"{SIGNUPS}.triggers",
        "names signups more than once",
        "trigger-names-are-unique",
    ),
    (
        f"{ASYNC}.destinationConfig",
        REMOVED,
        "",
        "is missing: what failed for good would be dropped",
        "failures-have-a-destination",
    ),
    (
        FAILURE,
        f"{FUNCTIONS}/record-failures",
        "",
        "there is no function record-failures in this file",
        "the-destination-is-one-of-the-functions",
    ),
    (
        FAILURE,
        f"acs:fc:cn-hongkong:{ACCOUNT}:functions/record-failure",
        "",
        "is in cn-hongkong: expected the function's region, ap-southeast-1",
        "the-destination-is-one-of-the-functions",
    ),
    (
        "record-failure.props.asyncInvokeConfig.destinationConfig",
        {"onFailure": {"destination": f"{FUNCTIONS}/record-failure"}},
        "",
        "a failure destination has none of its own",
        "a-destination-ends-the-chain",
    ),
    (
        f"{ASYNC}.maxAsyncRetryAttempts",
        0,
        "",
        "is 0: expected 1 to 8, most failures pass",
        "what-failed-is-tried-again",
    ),
    (
        f"{ASYNC}.maxAsyncEventAgeInSeconds",
        119,
        "",
        "is 119: 4 attempts of 30 s need 120",
        "an-event-outlives-its-attempts",
    ),
    (
        f"{ASYNC}.asyncTask",
        REMOVED,
        "",
        "is false: expected true, work is handed over by task id",
        "what-is-handed-over-has-a-task-id",
    ),
    (f"{FACE}.cpu", 1.5, "", "is 1.5 beside 1024 MB: expected 0.25 to 1", "memory-fits-the-processor"),
    (f"{FACE}.cpu", 0.2, "", "is 0.2 beside 1024 MB: expected 0.25 to 1", "memory-fits-the-processor"),
    (f"{FACE}.cpu", 0.52, "", "is 0.52: expected a multiple of 0.05", "memory-fits-the-processor"),
    (
        f"{UPLOADS}.concurrencyConfig",
        REMOVED,
        "",
        "is missing: expected reservedConcurrency, since events come in bursts",
        "bursts-wait-in-the-queue",
    ),
]
