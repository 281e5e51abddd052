//! What the pages are made of: the services' own answers, for what a browser may see.

use serde_json::{Value, json};

use super::request::path;
use super::session::Session;
use crate::arn::partition;
use crate::config::Suggestion;
use crate::member::Member as _;
use crate::services::Services;
use crate::wire::{Answer, AnswerBody, Call, Caller, Fault};

/// Why there is no page.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What the address names is not there, or not for this browser: both look the same.
    NotFound,
    /// What a service said.
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A browser's way to the services of one region.
pub(super) struct Ask<'a> {
    pub(super) services: &'a Services,
    pub(super) session: &'a Session,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) suggestions: &'a [Suggestion],
    pub(super) now_ms: i64,
}

impl Ask<'_> {
    /// What a service answers.
    pub(super) async fn call(&self, service: &'static str, operation: &str, input: Value) -> Result<Value, Fault> {
        match self.answer(service, operation, input, Vec::new(), Vec::new()).await?.body {
            AnswerBody::Members(members) => Ok(members),
            AnswerBody::Raw(_) => Ok(Value::Null),
        }
    }

    /// The same for an operation whose payload is a blob and whose members travel in headers.
    pub(super) async fn answer(
        &self,
        service: &'static str,
        operation: &str,
        input: Value,
        payload: Vec<u8>,
        headers: Vec<(String, String)>,
    ) -> Result<Answer, Fault> {
        let found = self.services.find(service).ok_or_else(|| Fault::client("ServiceUnavailable", service))?;
        let (operation, region) = (operation.to_owned(), self.region.to_owned());
        let call = Call { service, operation, region, caller: Caller::Root, input, payload, headers };
        found.call(call).await
    }

    /// Every item of a list, page after page, up to `most`; `more` names the member that leads on, and the one that takes it.
    pub(super) async fn all(
        &self,
        service: &'static str,
        operation: &str,
        mut input: Value,
        items: &str,
        more: (&str, &str),
        most: usize,
    ) -> Result<Vec<Value>, Fault> {
        let mut found = Vec::new();
        loop {
            let mut answer = self.call(service, operation, input.clone()).await?;
            if let Some(Value::Array(page)) = answer.get_mut(items).map(Value::take) {
                found.extend(page);
            }
            let next = answer.member(more.0).as_str().map(str::to_owned);
            match (next, input.as_object_mut()) {
                (Some(next), Some(input)) if found.len() < most => {
                    input.insert(more.1.to_owned(), Value::from(next));
                }
                _ => {
                    found.truncate(most);
                    return Ok(found);
                }
            }
        }
    }

    /// Whether this browser may see what has this name.
    pub(super) fn sees(&self, name: &str) -> bool {
        self.session.prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
    }

    /// Whether this browser may see a log group: one of a function or machine that it sees.
    pub(super) fn sees_group(&self, name: &str) -> bool {
        self.sees(name.rsplit('/').next().unwrap_or_default())
    }

    /// # Errors
    /// When this browser may not see what has this name.
    pub(super) fn must_see(&self, name: &str) -> Result<(), Refusal> {
        if self.sees(name) { Ok(()) } else { Err(Refusal::NotFound) }
    }

    /// The ARN of something by its service and what stands behind the account.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        crate::arn::arn(service, self.region, self.account, resource)
    }

    /// The ARN of a role.
    pub(super) fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", partition(self.region), self.account)
    }

    /// The path of a page of this region.
    pub(super) fn path(&self, steps: &[&str]) -> String {
        let steps: Vec<&str> = std::iter::once(self.region).chain(steps.iter().copied()).collect();
        path(&steps)
    }

    /// A form that is sent to a path: its action and what it carries.
    pub(super) fn form(&self, path: &str) -> Value {
        json!({"action": path, "token": self.session.form_token(path)})
    }

    /// Inputs that the handout or the scenarios have for a machine or function.
    pub(super) fn suggested(&self, name: &str) -> impl Iterator<Item = &Suggestion> {
        self.suggestions.iter().filter(move |suggestion| suggestion.resource == name)
    }
}
