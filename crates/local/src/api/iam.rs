//! The table of IAM.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>

use super::operation::{Api, ENTRIES, Sdk, Wording, offered};

pub(super) static API: Api = Api {
    signing: "iam",
    actions: "iam",
    is_form: true,
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    times: &["CreateDate", "LastUsedDate", "UpdateDate"],
    maps: &[("SummaryMap", ENTRIES)],
    wording: Wording::Listed { missing: "ValidationError", broken: "ValidationError", is_small: true },
    throttled: "Throttling",
    internal: "ServiceFailure",
    sdk: Sdk {
        prefix: "iam",
        name: "Iam",
        is_camel: false,
        errors: &[
            "ConcurrentModification",
            "DeleteConflict",
            "EntityAlreadyExists",
            "EntityTemporarilyUnmodifiable",
            "InvalidInput",
            "LimitExceeded",
            "MalformedPolicyDocument",
            "NoSuchEntity",
            "PolicyNotAttachable",
            "ServiceFailure",
            "UnmodifiableEntity",
        ],
    },
    operations: &[
        offered("AttachRolePolicy", "RoleName!:1..64/[\\w+=,.@-]+/ PolicyArn!:20..2048"),
        offered(
            "CreateRole",
            "Path:1..512/(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)/ RoleName!:1..64/[\\w+=,.@-]+/ \
             AssumeRolePolicyDocument!:1..131072/[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+/ \
             Description:0..1000/[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*/ MaxSessionDuration:#3600..43200 \
             PermissionsBoundary:20..2048 Tags:list0..50 Tags[].Key!:1..128/[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+/ \
             Tags[].Value!:0..256/[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*/",
        ),
        offered("DeleteRole", "RoleName!:1..64/[\\w+=,.@-]+/"),
        offered("DeleteRolePermissionsBoundary", "RoleName!:1..64/[\\w+=,.@-]+/"),
        offered("DeleteRolePolicy", "RoleName!:1..64/[\\w+=,.@-]+/ PolicyName!:1..128/[\\w+=,.@-]+/"),
        offered("DetachRolePolicy", "RoleName!:1..64/[\\w+=,.@-]+/ PolicyArn!:20..2048"),
        offered(
            "GetAccountAuthorizationDetails",
            "Filter:list Filter[]:User|Role|Group|LocalManagedPolicy|AWSManagedPolicy MaxItems:#1..1000 \
             Marker:1..320/[\\u0020-\\u00FF]+/",
        ),
        offered("GetRole", "RoleName!:1..64/[\\w+=,.@-]+/"),
        offered("GetRolePolicy", "RoleName!:1..64/[\\w+=,.@-]+/ PolicyName!:1..128/[\\w+=,.@-]+/"),
        offered(
            "ListAttachedRolePolicies",
            "RoleName!:1..64/[\\w+=,.@-]+/ PathPrefix:1..512/((/[A-Za-z0-9\\.,\\+@=_-]+)*)// Marker:1..320/[\\u0020-\\u00FF]+/ \
             MaxItems:#1..1000",
        ),
        offered("ListInstanceProfilesForRole", "RoleName!:1..64/[\\w+=,.@-]+/ ~Marker ~MaxItems"),
        offered(
            "ListRolePolicies",
            "RoleName!:1..64/[\\w+=,.@-]+/ Marker:1..320/[\\u0020-\\u00FF]+/ MaxItems:#1..1000",
        ),
        offered("ListRoleTags", "RoleName!:1..64/[\\w+=,.@-]+/ Marker:1..320/[\\u0020-\\u00FF]+/ MaxItems:#1..1000"),
        offered(
            "ListRoles",
            "PathPrefix:1..512/\\u002F[\\u0021-\\u007F]*/ Marker:1..320/[\\u0020-\\u00FF]+/ MaxItems:#1..1000",
        ),
        offered("PutRolePermissionsBoundary", "RoleName!:1..64/[\\w+=,.@-]+/ PermissionsBoundary!:20..2048"),
        offered(
            "PutRolePolicy",
            "RoleName!:1..64/[\\w+=,.@-]+/ PolicyName!:1..128/[\\w+=,.@-]+/ \
             PolicyDocument!:1..131072/[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+/",
        ),
        offered(
            "TagRole",
            "RoleName!:1..64/[\\w+=,.@-]+/ Tags!:list0..50 Tags[].Key!:1..128/[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+/ \
             Tags[].Value!:0..256/[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*/",
        ),
        offered(
            "UntagRole",
            "RoleName!:1..64/[\\w+=,.@-]+/ TagKeys!:list0..50 TagKeys[]:1..128/[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+/",
        ),
        offered(
            "UpdateAssumeRolePolicy",
            "RoleName!:1..64/[\\w+=,.@-]+/ PolicyDocument!:1..131072/[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+/",
        ),
        offered(
            "UpdateRole",
            "RoleName!:1..64/[\\w+=,.@-]+/ Description:0..1000/[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*/ \
             MaxSessionDuration:#3600..43200",
        ),
        offered(
            "UpdateRoleDescription",
            "RoleName!:1..64/[\\w+=,.@-]+/ Description!:0..1000/[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*/",
        ),
    ],
    ..Api::EMPTY
};
