//! What the endpoint keeps in its store's folder.

/// Held by the endpoint that runs on the store.
pub(crate) const LOCK: &str = "endpoint.lock";
/// Where that endpoint listens, and its keys.
pub(crate) const ADDRESS: &str = "endpoint.json";
/// The documents; SQLite has its own two beside it while it is open.
pub(crate) const DATABASE: &str = "endpoint.sqlite";
/// Functions' code, unpacked.
pub(crate) const CODE: &str = "lambda-code";
/// Functions' packages as they were uploaded.
pub(crate) const ZIPS: &str = "lambda-zips";

/// What was acknowledged and is not in the documents yet: two files that take turns.
pub(crate) const JOURNAL: [&str; 2] = ["endpoint.journal-0", "endpoint.journal-1"];

/// Every name in a store's folder.
pub const STORE_FILES: [&str; 9] = {
    let [first, second] = JOURNAL;
    [ADDRESS, LOCK, DATABASE, "endpoint.sqlite-shm", "endpoint.sqlite-wal", first, second, CODE, ZIPS]
};
