//! The table of the Resource Groups Tagging API.
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, Wording, offered};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "tagging",
    actions: "tag",
    target: Some(("ResourceGroupsTaggingAPI_20170126", Protocol::Json11)),
    wording: Wording::Listed {
        missing: "InvalidParameterException",
        broken: "InvalidParameterException",
        is_small: true,
    },
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
            "PaginationToken:0..2048 TagFilters:list0..50 TagFilters[].Key:1..128 TagFilters[].Values:list0..20 \
             TagFilters[].Values[]:0..256 ResourcesPerPage:#1..100 ResourceTypeFilters:list ResourceTypeFilters[]:0..256 \
             IncludeComplianceDetails=false ExcludeCompliantResources=false ResourceARNList:list1..100 ResourceARNList[]:1..1011",
        ),
        offered("GetTagKeys", ""),
    ],
    ..Api::EMPTY
};
