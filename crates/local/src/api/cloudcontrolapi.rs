//! The table of the Cloud Control API.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, Wording, offered, refused};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "cloudcontrolapi",
    actions: "cloudformation",
    target: Some(("CloudApiService", Protocol::Json10)),
    wording: Wording::Listed { missing: "ValidationException", broken: "ValidationException", is_small: true },
    times: &["EventTime"],
    internal: "ServiceInternalErrorException",
    sdk: Sdk {
        prefix: "cloudcontrol",
        name: "CloudControl",
        is_camel: false,
        errors: &[
            "AlreadyExists",
            "ClientTokenConflict",
            "ConcurrentModification",
            "ConcurrentOperation",
            "GeneralService",
            "HandlerFailure",
            "HandlerInternalFailure",
            "InvalidCredentials",
            "InvalidRequest",
            "NetworkFailure",
            "NotStabilized",
            "NotUpdatable",
            "PrivateType",
            "RequestTokenNotFound",
            "ResourceConflict",
            "ResourceNotFound",
            "ServiceInternalError",
            "ServiceLimitExceeded",
            "Throttling",
            "TypeNotFound",
            "UnsupportedAction",
        ],
    },
    operations: &[
        refused("CancelResourceRequest"),
        offered(
            "CreateResource",
            "TypeName!:10..196/[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}/ \
             ClientToken:1..128/[-A-Za-z0-9+/=]+/ DesiredState!:1..262144",
        ),
        offered(
            "DeleteResource",
            "TypeName!:10..196/[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}/ \
             ClientToken:1..128/[-A-Za-z0-9+/=]+/ Identifier!:1..1024/.+/",
        ),
        offered(
            "GetResource",
            "TypeName!:10..196/[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}/ \
             Identifier!:1..1024/.+/",
        ),
        offered("GetResourceRequestStatus", "RequestToken!:1..128/[-A-Za-z0-9+/=]+/"),
        refused("ListResourceRequests"),
        offered(
            "ListResources",
            "TypeName!:10..196/[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}/ \
             NextToken:1..4096/.+/ MaxResults:#1..100",
        ),
        offered(
            "UpdateResource",
            "TypeName!:10..196/[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}/ \
             ClientToken:1..128/[-A-Za-z0-9+/=]+/ Identifier!:1..1024/.+/ PatchDocument!:1..262144",
        ),
    ],
    ..Api::EMPTY
};
