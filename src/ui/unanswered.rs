//! Calls that are not answered, in words.

use std::time::Duration;

use super::time_left::about;
use crate::event::Happened;

/// The text of an unanswered call; `None` for another event.
pub(super) fn unanswered(happened: &Happened) -> Option<String> {
    let Happened::CallUnanswered { operation, endpoint, since_ms, waited_ms, patience_ms } = happened else {
        return None;
    };
    let of_day = u64::try_from(since_ms / 1000).unwrap_or_default() % 86_400;
    let at = format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
    let waited = waited_ms / 1000;
    let patience = about(Duration::from_millis(*patience_ms));
    Some(format!(
        "`{endpoint}` took {operation} and has not answered it for {waited} s (sent at {at} UTC); it is given up after {patience}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unanswered_call_says_which_where_since_when_and_for_how_long() {
        let call = Happened::CallUnanswered {
            operation: "cloudwatch:PutDashboard".into(),
            endpoint: "http://127.0.0.1:4566".into(),
            since_ms: 1_796_000_585_123,
            waited_ms: 10_000,
            patience_ms: 120_000,
        };
        assert_eq!(
            unanswered(&call).unwrap(),
            "`http://127.0.0.1:4566` took cloudwatch:PutDashboard and has not answered it for 10 s (sent at 01:03:05 UTC); it is \
             given up after 2 min"
        );
    }
}
