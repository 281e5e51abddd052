//! The table of IAM.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>

use super::operation::{Api, ENTRIES, Sdk, offered};

pub(super) static API: Api = Api {
    signing: "iam",
    actions: "iam",
    is_form: true,
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    times: &["CreateDate", "LastUsedDate", "UpdateDate"],
    maps: &[("SummaryMap", ENTRIES)],
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
        offered("AttachRolePolicy", "RoleName PolicyArn"),
        offered(
            "CreateRole",
            "Path RoleName AssumeRolePolicyDocument Description MaxSessionDuration PermissionsBoundary Tags[].Key Tags[].Value",
        ),
        offered("DeleteRole", "RoleName"),
        offered("DeleteRolePermissionsBoundary", "RoleName"),
        offered("DeleteRolePolicy", "RoleName PolicyName"),
        offered("DetachRolePolicy", "RoleName PolicyArn"),
        offered("GetAccountAuthorizationDetails", "Filter MaxItems Marker"),
        offered("GetRole", "RoleName"),
        offered("GetRolePolicy", "RoleName PolicyName"),
        offered("ListAttachedRolePolicies", "RoleName PathPrefix Marker MaxItems"),
        offered("ListInstanceProfilesForRole", "RoleName ~Marker ~MaxItems"),
        offered("ListRolePolicies", "RoleName Marker MaxItems"),
        offered("ListRoleTags", "RoleName Marker MaxItems"),
        offered("ListRoles", "PathPrefix Marker MaxItems"),
        offered("PutRolePermissionsBoundary", "RoleName PermissionsBoundary"),
        offered("PutRolePolicy", "RoleName PolicyName PolicyDocument"),
        offered("TagRole", "RoleName Tags[].Key Tags[].Value"),
        offered("UntagRole", "RoleName TagKeys"),
        offered("UpdateAssumeRolePolicy", "RoleName PolicyDocument"),
        offered("UpdateRole", "RoleName Description MaxSessionDuration"),
        offered("UpdateRoleDescription", "RoleName Description"),
    ],
    ..Api::EMPTY
};
