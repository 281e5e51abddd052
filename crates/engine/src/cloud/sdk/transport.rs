//! HTTP and TLS: rustls with ring, further certificate authorities, proxies.

use std::path::{Path, PathBuf};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpClient};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::display::DisplayErrorContext;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::failure::refused;
use super::times::TextTimes;
use crate::cloud::{CloudError, ErrorClass};
use crate::host;

/// A client for endpoints without TLS that never goes through a proxy: everything stays on this machine.
pub(super) fn plain() -> SharedHttpClient {
    SharedHttpClient::new(TextTimes(Builder::new().build_http()))
}

/// A client for everything else. Trusts the operating system's authorities and those of the target's `ca_bundle`, else of
/// `AWS_CA_BUNDLE`; `HTTPS_PROXY` and `NO_PROXY` hold.
pub(super) fn tls(ca_bundle: Option<&PathBuf>) -> Result<SharedHttpClient, CloudError> {
    let context = trusting(ca_bundle)?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context.clone()).build()
    });
    Ok(client)
}

fn trusting(ca_bundle: Option<&PathBuf>) -> Result<TlsContext, CloudError> {
    let bundle = ca_bundle.cloned().or_else(|| host::env("AWS_CA_BUNDLE").map(PathBuf::from));
    let mut store = TrustStore::default();
    if let Some(path) = bundle {
        store = store.with_pem_certificate(authorities(&path)?);
    }
    let context = TlsContext::builder().with_trust_store(store).build();
    context.map_err(|error| refused("connect", ErrorClass::Invalid, error.to_string()))
}

/// Reads what lies behind an address that needs no signature, as a service gave it out.
pub(super) async fn download(url: &str, ca_bundle: Option<&PathBuf>) -> Result<Vec<u8>, CloudError> {
    let failed = |class, why: String| refused("download", class, why);
    let connector = if url.starts_with("https://") {
        let builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(trusting(ca_bundle)?).build()
    } else {
        Connector::builder().build_http()
    };
    let request = HttpRequest::get(url).map_err(|error| failed(ErrorClass::Invalid, error.to_string()))?;
    let answer = connector.call(request).await;
    let answer = answer.map_err(|error| failed(ErrorClass::Unreachable, DisplayErrorContext(error).to_string()))?;
    if !answer.status().is_success() {
        return Err(failed(ErrorClass::Service, format!("the answer's status is {}", answer.status().as_u16())));
    }
    let body = ByteStream::new(answer.into_body()).collect().await;
    let body = body.map_err(|error| failed(ErrorClass::Unreachable, error.to_string()))?;
    Ok(body.to_vec())
}

/// A PEM file's bytes, once every certificate in it is known to be one: the SDK would panic on a bad one.
fn authorities(path: &Path) -> Result<Vec<u8>, CloudError> {
    let wrong = |why: String| {
        refused(
            "connect",
            ErrorClass::Invalid,
            format!("the certificate file `{}` cannot be used: {why}", path.display()),
        )
    };
    let bytes = host::read(path, host::LARGEST_TEXT).map_err(|error| wrong(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|error| wrong(format!("it is not PEM: {error}")))?;
        store.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_certificate_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        for (text, expected) in [
            ("", "holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "is not PEM"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be used"),
        ] {
            host::write_atomic(&path, text.as_bytes()).unwrap();
            let error = authorities(&path).unwrap_err();
            assert_eq!(error.class, ErrorClass::Invalid);
            assert!(error.message.contains(expected) && error.message.contains("authorities.pem"), "{error}");
        }
        assert!(authorities(&folder.path().join("absent.pem")).unwrap_err().message.contains("No such file"));
    }
}
