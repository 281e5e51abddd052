//! What a connection is told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::CallListener;
use crate::host::{Interrupt, Time};
use crate::model::Quota;

/// A key pair given by hand instead of found by the AWS rules. Never shown: its `Debug` text hides the secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredentials {
    /// `AKIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// For temporary credentials.
    pub session_token: Option<String>,
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StaticCredentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl StaticCredentials {
    /// A lasting key pair.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self { access_key_id: access_key_id.into(), secret_access_key: secret_access_key.into(), session_token: None }
    }
}

/// What a connection may be told besides its target.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// Goes before the target's endpoint and the environment's.
    pub endpoint_url: Option<String>,
    /// Goes before every other source of credentials; the target's profile and role are then not used.
    pub credentials: Option<StaticCredentials>,
    /// `[quotas]`, by `service:Operation`. On a loopback endpoint only these are kept to; elsewhere AWS's published
    /// figures hold too.
    pub quotas: BTreeMap<String, Quota>,
    /// Whether AWS's published figures are kept to; `None` decides by the endpoint, as said above.
    pub published: Option<bool>,
    /// Whose time pauses are measured in; `None` is this machine's.
    pub time: Option<Time>,
    /// The user's interruption.
    pub interrupt: Interrupt,
    /// Hears of calls that are not answered.
    pub listener: Option<Arc<dyn CallListener>>,
    /// What calls draw from. Connections whose options are clones of each other share it by account and region.
    #[cfg(any(feature = "aws", test))]
    pub buckets: super::call::Buckets,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let credentials = StaticCredentials {
            access_key_id: "AKIAEXAMPLE".into(),
            secret_access_key: "hush-hush".into(),
            session_token: Some("more-hush".into()),
        };
        let shown = format!("{credentials:?}");
        assert!(shown.contains("AKIAEXAMPLE") && !shown.contains("hush"), "{shown}");
    }
}
