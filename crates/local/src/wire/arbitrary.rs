//! Whatever bytes come, reading them ends in members or an error.

use proptest::prelude::*;

use super::route::{self, Route};
use super::signature::{Authorization, Signed};
use super::{cbor, query, rest};

fn read(route: Result<Route, route::Lost>, body: &[u8]) {
    if let Ok(mut route) = route {
        let _ = route.input("a=b&%ff", body);
    }
}

proptest! {
    #[test]
    fn bodies_are_read_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (query::read(&body), cbor::read(&body));
        for service in ["iam", "sts", "monitoring", "sqs"] {
            read(route::find("POST", "/", &[], &body, Some(service)), &body);
        }
        let target = [("x-amz-target".to_owned(), "Logs_20140328.PutLogEvents".to_owned())];
        read(route::find("POST", "/", &target, &body, None), &body);
    }

    #[test]
    fn forms_are_read_without_a_panic(body in "[a-c.0-9=&%]{0,80}") {
        let _ = query::read(body.as_bytes());
    }

    #[test]
    fn paths_and_targets_are_read_without_a_panic(path in "(/|[a-z0-9%.{}-]){0,60}", target in "\\PC{0,40}") {
        let _ = (rest::operation("GET", &path), rest::is_dated(&path));
        let _ = route::find("GET", &path, &[("x-amz-target".to_owned(), target)], b"", None);
    }

    #[test]
    fn signatures_are_read_without_a_panic(
        credential in "\\PC{0,40}", names in "[a-z;]{0,20}", signature in "\\PC{0,20}", time in "\\PC{0,20}", path in "\\PC{0,20}",
    ) {
        let header = format!("AWS4-HMAC-SHA256 Credential=A/{credential}/r/s/aws4_request, SignedHeaders={names}, Signature={signature}");
        if let Ok(found) = Authorization::read(Some(&header)) {
            let headers = [("x-amz-date".to_owned(), time), ("host".to_owned(), String::new())];
            let request = Signed { method: "GET", path: &path, query: &path, headers: &headers, body: b"" };
            prop_assert!(found.verify(&request, "secret", 0).is_err());
        }
    }
}
