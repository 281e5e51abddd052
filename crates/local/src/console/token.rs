//! The token in the console's address: for whom it opens, and the proof that who made it has the server's keys.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{hex, random};

/// Where the console is.
pub(super) const PATH: &str = "/_console/";
/// Bytes of the proof: half of what HMAC-SHA-256 gives.
const PROOF: usize = 16;
/// Hexadecimal digits of the number that makes each token another one.
const NUMBER: usize = 16;

/// What a token says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Told apart from every other token by it.
    pub(super) number: String,
    /// What the names of whatever is shown begin with; `None` shows everything.
    pub(super) prefix: Option<String>,
}

/// The address that opens the console of a server once: for everything, or for what has names that begin with `prefix`.
pub(crate) fn address(url: &str, secret: &str, prefix: Option<&str>) -> String {
    let number = random::hex::<{ NUMBER / 2 }>();
    let mut proof = proof(secret, &number, prefix.unwrap_or_default()).finalize().into_bytes().to_vec();
    proof.truncate(PROOF);
    format!("{url}{PATH}#{number}{}{}", hex::encode(&proof), prefix.unwrap_or_default())
}

/// Reads a token that was made with these keys.
pub(super) fn read(text: &str, secret: &str) -> Option<Token> {
    let (number, rest) = text.split_at_checked(NUMBER)?;
    let (given, prefix) = rest.split_at_checked(2 * PROOF)?;
    proof(secret, number, prefix).verify_truncated_left(&hex::decode(given)?).ok()?;
    Some(Token { number: number.to_owned(), prefix: (!prefix.is_empty()).then(|| prefix.to_owned()) })
}

fn proof(secret: &str, number: &str, prefix: &str) -> Hmac<Sha256> {
    keyed(secret.as_bytes(), &["console", number, prefix])
}

/// A code over texts, each with its end.
pub(super) fn keyed(key: &[u8], texts: &[&str]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut code = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    for text in texts {
        code.update(&text.len().to_be_bytes());
        code.update(text.as_bytes());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_makers_and_its_users() {
        let read_back = |address: &str, secret: &str| read(address.split_once('#').unwrap().1, secret);
        let whole = address("http://127.0.0.1:1", "secret", None);
        assert_eq!(read_back(&whole, "secret").unwrap().prefix, None);
        let own = address("http://127.0.0.1:1", "secret", Some("user3-"));
        assert_eq!(read_back(&own, "secret").unwrap().prefix.as_deref(), Some("user3-"));
        assert_eq!(read_back(&own, "other"), None);
        for forged in [
            own.replace("user3-", "user4-"),
            own.replace("user3-", ""),
            format!("{whole}user3-"),
            own.replace('#', "#0"),
        ] {
            assert_eq!(read_back(&forged, "secret"), None, "{forged}");
        }
        for text in ["", "é", "0123456789abcdef", "0123456789abcdefé"] {
            assert_eq!(read(text, "secret"), None, "{text}");
        }
    }
}
