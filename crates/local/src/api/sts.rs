//! The table of the Security Token Service.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>

use super::operation::{Api, Sdk, offered};

pub(super) static API: Api = Api {
    signing: "sts",
    actions: "sts",
    is_form: true,
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    family: Some((600.0, 600.0)),
    times: &["Expiration"],
    throttled: "Throttling",
    sdk: Sdk {
        prefix: "sts",
        name: "Sts",
        is_camel: false,
        errors: &["ExpiredToken", "MalformedPolicyDocument", "PackedPolicyTooLarge", "RegionDisabled"],
    },
    operations: &[offered("GetCallerIdentity", "")],
    ..Api::EMPTY
};
