//! From a target to a connection.

use std::sync::Arc;

use super::{Cloud, CloudError, ConnectOptions};
use crate::model::Target;

/// Opens a connection: finds the endpoint and the credentials, makes no call to the account yet.
///
/// The endpoint is, first match: the options', the target's, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's, AWS.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
///
/// # Errors
/// `Credentials` when there are none; `Invalid` for an endpoint URL or a certificate file that cannot be used, or when labctl
/// was built without the `aws` feature.
pub async fn connect(target: &Target, options: ConnectOptions) -> Result<Arc<dyn Cloud>, CloudError> {
    #[cfg(feature = "aws")]
    {
        super::sdk::connect(target, options).await
    }
    #[cfg(not(feature = "aws"))]
    {
        let _ = (target, options);
        Err(CloudError {
            operation: "connect".to_owned(),
            code: None,
            message: "labctl was built without the `aws` feature; install a build that has it".to_owned(),
            class: super::ErrorClass::Invalid,
        })
    }
}
