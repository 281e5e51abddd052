//! What a browser asks for: where, and with which words.

use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::token::PATH;

/// What may stand in a step of a path as it is.
const STEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request for a page, or a form that was sent to one.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// The whole path as it came, which forms are bound to.
    pub(super) path: String,
    /// The path's steps below the console's own, decoded.
    pub(super) steps: Vec<String>,
    query: Vec<(String, String)>,
    form: Option<Vec<(String, String)>>,
}

impl Request {
    pub(super) fn of(parts: &Parts) -> Self {
        Self::at(parts.uri.path(), parts.uri.query().unwrap_or_default())
    }

    /// A request for a page by its path and query.
    pub(super) fn at(path: &str, query: &str) -> Self {
        let below = path.strip_prefix(PATH).unwrap_or_default();
        let steps = below.split('/').filter(|step| !step.is_empty());
        Self {
            path: path.to_owned(),
            steps: steps.map(|step| percent_decode_str(step).decode_utf8_lossy().into_owned()).collect(),
            query: pairs(query.as_bytes()),
            form: None,
        }
    }

    /// The same with what a form says.
    pub(super) fn with_form(self, body: &[u8]) -> Self {
        Self { form: Some(pairs(body)), ..self }
    }

    /// Whether a form was sent.
    pub(super) fn is_form(&self) -> bool {
        self.form.is_some()
    }

    /// A field of the form; empty if it is not there. Line ends are those of a text, not of a form.
    pub(super) fn field(&self, name: &str) -> String {
        let fields = self.form.iter().flatten();
        fields
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.replace("\r\n", "\n"))
            .unwrap_or_default()
    }

    /// Every field of the form with this name.
    pub(super) fn fields(&self, name: &str) -> Vec<String> {
        self.form.iter().flatten().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// Every parameter of the query with this name.
    pub(super) fn queries(&self, name: &str) -> Vec<String> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// A parameter of the query; `None` if it is empty or not there.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// The path of a page by its steps.
pub(super) fn path(steps: &[&str]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| utf8_percent_encode(step, STEP).to_string()).collect();
    format!("{PATH}{}", steps.join("/"))
}

/// A path with those parameters of a query that are not empty.
pub(super) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back_as_their_steps() {
        let steps = ["us-east-1", "log-groups", "/aws/lambda/ann f?%#é"];
        let path = path(&steps);
        assert_eq!(Request::at(&path, "").steps, steps);
        assert!(path.is_ascii() && !path.contains('?') && !path.contains('#'), "{path}");
    }

    #[test]
    fn queries_come_back_as_their_parameters() {
        let address = with_query("/_console/a", &[("pattern", "{ $.a = \"é&b\" }"), ("before", ""), ("since", "5")]);
        let (path, query) = address.split_once('?').unwrap();
        let request = Request::at(path, query);
        assert_eq!((request.query("pattern"), request.query("since")), (Some("{ $.a = \"é&b\" }"), Some("5")));
        assert_eq!(with_query("/_console/a", &[("before", "")]), "/_console/a");
    }

    #[test]
    fn forms_and_queries_are_read() {
        let request = Request::at("/_console/a", "x=1&y=&z=%C3%A9&x=2").with_form(b"definition=a%0D%0Ab&c=d&c=e");
        assert_eq!(
            (request.fields("c"), request.queries("x")),
            (vec!["d".to_owned(), "e".to_owned()], vec!["1".to_owned(), "2".to_owned()])
        );
        assert_eq!((request.query("x"), request.query("y"), request.query("z")), (Some("1"), None, Some("é")));
        assert_eq!((request.field("definition"), request.field("none")), ("a\nb".to_owned(), String::new()));
        assert!(request.is_form());
    }
}
