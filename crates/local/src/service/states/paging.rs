//! Pages: sizes and the tokens that continue them.

use crate::member::Member as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::fault::invalid_token;
use crate::wire::Fault;

/// The largest page; without a wish (or with 0) it is a tenth of it.
const LARGEST: usize = 1000;

/// What a caller wants to see.
pub(super) struct Page {
    pub(super) size: usize,
    /// Where the page before stopped.
    pub(super) after: Option<String>,
}

impl Page {
    /// Reads `maxResults` and `nextToken`. A token holds for the list it was given for.
    ///
    /// # Errors
    /// `InvalidToken`.
    pub(super) fn read(input: &Value, kind: &str) -> Result<Self, Fault> {
        let size = match input.member("maxResults").as_i64().unwrap_or(0) {
            0 => LARGEST / 10,
            wish => usize::try_from(wish).unwrap_or(LARGEST).min(LARGEST),
        };
        let after = input.member("nextToken").as_str().map(|token| open(token, kind)).transpose()?;
        Ok(Self { size, after })
    }
}

/// The token for what follows `last`.
pub(super) fn token(kind: &str, last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}\n{last}"))
}

fn open(token: &str, kind: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid_token())?;
    let text = String::from_utf8(bytes).map_err(|_| invalid_token())?;
    let (of, last) = text.split_once('\n').ok_or_else(invalid_token)?;
    if of == kind { Ok(last.to_owned()) } else { Err(invalid_token()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Page, token};

    #[test]
    fn a_token_continues_its_own_list_only() {
        let input = json!({ "nextToken": token("machines", "m7"), "maxResults": 3 });
        let page = Page::read(&input, "machines").unwrap();
        assert_eq!((page.size, page.after.as_deref()), (3, Some("m7")));
        assert_eq!(Page::read(&input, "executions").err().unwrap().code, "InvalidToken");
    }

    #[test]
    fn sizes_have_awss_limits() {
        assert_eq!(Page::read(&json!({}), "x").unwrap().size, 100);
        assert_eq!(Page::read(&json!({ "maxResults": 0 }), "x").unwrap().size, 100);
        assert!(Page::read(&json!({ "nextToken": "?" }), "x").is_err());
    }
}
