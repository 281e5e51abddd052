//! The package that a request brings.

use super::function_store::FunctionStore;
use super::package::Package;
use crate::member::Member as _;
use crate::wire::{Call, Fault};

/// The package in `ZipFile`, unpacked away from the threads that answer requests.
pub(super) async fn package(
    functions: &FunctionStore,
    call: &Call,
    code: &serde_json::Value,
) -> Result<Package, Fault> {
    for member in ["S3Bucket", "S3Key", "ImageUri"] {
        if code.member(member).is_string() {
            let message = format!(
                "the local endpoint does not offer `{member}` of lambda:{}; send the package as `ZipFile`",
                call.operation
            );
            return Err(Fault::client("NotImplemented", message).status(501));
        }
    }
    let zip_file = code
        .member("ZipFile")
        .as_str()
        .ok_or_else(|| {
            let message = "Please provide a source for function code.";
            Fault::client("InvalidParameterValueException", message)
        })?
        .to_owned();
    let (folder, operation) = (functions.folder.clone(), call.operation.clone());
    tokio::task::spawn_blocking(move || Package::unpack(&zip_file, &folder, &operation)).await.map_err(|_| {
        Fault::client("ServiceException", "the local endpoint stopped while unpacking the package").status(500)
    })?
}
