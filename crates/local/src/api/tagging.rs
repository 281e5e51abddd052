//! The table of the Resource Groups Tagging API.
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, offered};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "tagging",
    actions: "tag",
    target: Some(("ResourceGroupsTaggingAPI_20170126", Protocol::Json11)),
    internal: "InternalServiceException",
    sdk: Sdk {
        prefix: "resourcegroupstaggingapi",
        name: "ResourceGroupsTaggingApi",
        is_camel: false,
        errors: &[
            "ConcurrentModification",
            "ConstraintViolation",
            "InternalService",
            "InvalidParameter",
            "PaginationTokenExpired",
            "Throttled",
        ],
    },
    operations: &[
        offered(
            "GetResources",
            "PaginationToken TagFilters[].Key TagFilters[].Values ResourcesPerPage ResourceTypeFilters \
             IncludeComplianceDetails=false ExcludeCompliantResources=false ResourceARNList",
        ),
        offered("GetTagKeys", ""),
    ],
    ..Api::EMPTY
};
