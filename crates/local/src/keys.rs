//! The keys that sign requests: the pair made at start, and the temporary ones of roles.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::random;
use super::wire::Caller;

/// The pair made at start. Its debug form hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `AKIA…`
    pub access_key_id: String,
    /// Forty characters.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// What a known access key id stands for.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) secret: String,
    /// The session token that must come with a temporary key.
    pub(crate) token: Option<String>,
    pub(crate) caller: Caller,
}

/// Every key this endpoint accepts.
pub(crate) struct KeyRing {
    root: Credentials,
    temporary: Mutex<Temporary>,
}

#[derive(Default)]
struct Temporary {
    by_id: BTreeMap<String, Key>,
    /// Role ARN and session → access key id: a session gets the same keys again.
    by_session: BTreeMap<(String, String), String>,
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        let root = Credentials { access_key_id: random::id("AKIA", 16), secret_access_key: random::hex::<20>() };
        Self { root, temporary: Mutex::default() }
    }

    pub(crate) fn root(&self) -> &Credentials {
        &self.root
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Key> {
        if access_key_id == self.root.access_key_id {
            return Some(Key { secret: self.root.secret_access_key.clone(), token: None, caller: Caller::Root });
        }
        self.temporary.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(access_key_id).cloned()
    }

    /// Access key id, secret and session token of a role's session.
    pub(crate) fn temporary(&self, role_arn: &str, session: &str) -> (String, String, String) {
        let mut temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (role_arn.to_owned(), session.to_owned());
        if let Some(id) = temporary.by_session.get(&name)
            && let Some(Key { secret, token: Some(token), .. }) = temporary.by_id.get(id)
        {
            return (id.clone(), secret.clone(), token.clone());
        }
        let (id, secret, token) = (random::id("ASIA", 16), random::hex::<20>(), random::hex::<64>());
        let caller = Caller::Role { role_arn: role_arn.to_owned(), session: session.to_owned() };
        temporary.by_id.insert(id.clone(), Key { secret: secret.clone(), token: Some(token.clone()), caller });
        temporary.by_session.insert(name, id.clone());
        (id, secret, token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_keeps_its_keys_and_stands_for_its_role() {
        let keys = KeyRing::new();
        let first = keys.temporary("arn:aws:iam::1:role/r", "f");
        assert_eq!(first, keys.temporary("arn:aws:iam::1:role/r", "f"));
        assert_ne!(first, keys.temporary("arn:aws:iam::1:role/r", "g"));
        let found = keys.find(&first.0).unwrap();
        assert_eq!(
            found.caller,
            Caller::Role { role_arn: "arn:aws:iam::1:role/r".to_owned(), session: "f".to_owned() }
        );
        assert!(keys.find("AKIANOBODY").is_none());
    }

    #[test]
    fn the_secret_is_not_in_the_debug_form() {
        let keys = KeyRing::new();
        assert!(!format!("{:?}", keys.root()).contains(&keys.root().secret_access_key));
    }
}
