//! What tests of texts share.

use std::collections::BTreeMap;

use super::super::view::{Document, Head, TargetView};

/// A document around a view.
pub(super) fn document_of<V>(ok: bool, elapsed_ms: u64, body: V) -> Document<V> {
    let target = TargetView {
        kind: "local".to_owned(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
    };
    let head = Head { schema: "labctl/test/1".to_owned(), ok, elapsed_ms, target, api_calls: BTreeMap::new() };
    Document { head, body }
}
