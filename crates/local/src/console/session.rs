//! Browsers that have been let in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::Mac as _;
use tokio::sync::watch;

use super::token::{self, keyed};
use crate::{hex, random};

/// How many functions' events a browser keeps, and the largest that is kept.
const EVENTS: usize = 64;
const LARGEST_EVENT: usize = 64 << 10;

/// One browser.
pub(super) struct Session {
    /// What the names of whatever it may see begin with; `None` sees everything.
    pub(super) prefix: Option<String>,
    key: [u8; 32],
    /// The events that functions were tested with last, by region and name.
    events: Mutex<BTreeMap<(String, String), String>>,
    /// Counts its streams: only the last one goes on.
    streams: watch::Sender<u64>,
}

impl Session {
    /// What a form must carry to be taken at this path.
    pub(super) fn form_token(&self, path: &str) -> String {
        hex::encode(&keyed(&self.key, &["form", path]).finalize().into_bytes())
    }

    /// Whether a form was made for this browser and this path.
    pub(super) fn made(&self, path: &str, given: &str) -> bool {
        hex::decode(given).is_some_and(|given| keyed(&self.key, &["form", path]).verify_slice(&given).is_ok())
    }

    /// Keeps the event that a function was tested with.
    pub(super) fn keep_event(&self, region: &str, function: &str, event: &str) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.remove(&(region.to_owned(), function.to_owned()));
        if event.len() <= LARGEST_EVENT {
            if events.len() >= EVENTS {
                events.pop_first();
            }
            events.insert((region.to_owned(), function.to_owned()), event.to_owned());
        }
    }

    /// The event that a function was tested with last.
    pub(super) fn event(&self, region: &str, function: &str) -> Option<String> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.get(&(region.to_owned(), function.to_owned())).cloned()
    }

    /// Begins a stream, which ends the one before; gives the stream's number and how many have begun.
    pub(super) fn begin_stream(&self) -> (u64, watch::Receiver<u64>) {
        self.streams.send_modify(|count| *count += 1);
        let receiver = self.streams.subscribe();
        let number = *receiver.borrow();
        (number, receiver)
    }
}

/// Every browser that has been let in since the server began.
pub(super) struct Sessions {
    secret: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_cookie: BTreeMap<String, Arc<Session>>,
    /// Numbers of the tokens that were exchanged.
    spent: BTreeSet<String>,
}

impl Sessions {
    pub(super) fn new(secret: &str) -> Self {
        Self { secret: secret.to_owned(), known: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Exchanges a token for a cookie, once.
    pub(super) fn exchange(&self, text: &str) -> Option<String> {
        let token = token::read(text, &self.secret)?;
        let mut known = self.lock();
        if !known.spent.insert(token.number) {
            return None;
        }
        let cookie = random::hex::<32>();
        let session = Session {
            prefix: token.prefix,
            key: random::bytes(),
            events: Mutex::default(),
            streams: watch::Sender::new(0),
        };
        known.by_cookie.insert(cookie.clone(), Arc::new(session));
        Some(cookie)
    }

    /// The browser that has one of these cookies.
    pub(super) fn find<'cookie>(&self, mut cookies: impl Iterator<Item = &'cookie str>) -> Option<Arc<Session>> {
        let known = self.lock();
        // Cookies have 256 random bits: nothing can be learnt from how long a look takes.
        cookies.find_map(|cookie| known.by_cookie.get(cookie).cloned())
    }

    /// Ends what a cookie stood for.
    pub(super) fn end<'cookie>(&self, cookies: impl Iterator<Item = &'cookie str>) {
        let mut known = self.lock();
        for cookie in cookies {
            known.by_cookie.remove(cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_once_and_forms_belong_to_their_browser_and_path() {
        let sessions = Sessions::new("secret");
        let address = token::address("http://127.0.0.1:1", "secret", Some("ann-"));
        let text = address.split_once('#').unwrap().1;
        let cookie = sessions.exchange(text).unwrap();
        assert_eq!(sessions.exchange(text), None, "spent");
        let session = sessions.find(["other", &*cookie].into_iter()).unwrap();
        assert_eq!(session.prefix.as_deref(), Some("ann-"));
        let token = session.form_token("/a");
        assert!(session.made("/a", &token) && !session.made("/b", &token) && !session.made("/a", "00"));
        let other = sessions.exchange(token::address("", "secret", None).split_once('#').unwrap().1).unwrap();
        assert!(!sessions.find([&*other].into_iter()).unwrap().made("/a", &token));
        sessions.end([&*cookie].into_iter());
        assert!(sessions.find([&*cookie].into_iter()).is_none());
    }

    #[test]
    fn a_browser_keeps_few_events_and_no_large_ones() {
        let sessions = Sessions::new("secret");
        let cookie = sessions.exchange(token::address("", "secret", None).split_once('#').unwrap().1).unwrap();
        let session = sessions.find([&*cookie].into_iter()).unwrap();
        for number in 0..100 {
            session.keep_event("us-east-1", &format!("f{number:02}"), "{}");
        }
        session.keep_event("us-east-1", "f99", "{\"n\":1}");
        assert_eq!(session.event("us-east-1", "f99").as_deref(), Some("{\"n\":1}"));
        assert_eq!((session.event("us-east-1", "f00"), session.event("eu-west-1", "f99")), (None, None));
        session.keep_event("us-east-1", "f99", &"x".repeat(LARGEST_EVENT + 1));
        assert_eq!(session.event("us-east-1", "f99"), None);
    }

    #[test]
    fn the_last_stream_of_a_browser_goes_on() {
        let sessions = Sessions::new("secret");
        let cookie = sessions.exchange(token::address("", "secret", None).split_once('#').unwrap().1).unwrap();
        let session = sessions.find([&*cookie].into_iter()).unwrap();
        let (first, receiver) = session.begin_stream();
        let (second, _) = session.begin_stream();
        assert!(first < second && *receiver.borrow() == second);
    }
}
