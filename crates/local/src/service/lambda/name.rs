//! How callers name functions: by name, by partial ARN, by full ARN, each with or without a qualifier.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestParameters>

use crate::arn::Arn;
use crate::member::Member as _;
use crate::wire::{Call, Fault};

/// A function as a caller named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The region of the ARN, or that of the request.
    pub(super) region: String,
    /// The account of the ARN, if one was given.
    pub(super) account: Option<String>,
    /// The bare name.
    pub(super) name: String,
    /// What follows the name.
    pub(super) qualifier: Option<String>,
}

impl Named {
    /// Reads the `FunctionName` (and `Qualifier`) of a request.
    pub(super) fn of(call: &Call) -> Result<Self, Fault> {
        let text = call.input.member("FunctionName").as_str().unwrap_or_default();
        let mut named = Self::read(text, &call.region)?;
        if let Some(qualifier) = call.input.member("Qualifier").as_str() {
            named.qualifier = Some(qualifier.to_owned());
        }
        Ok(named)
    }

    /// Reads a function's name as callers write it.
    ///
    /// # Errors
    /// `ValidationException` with AWS's words.
    pub(super) fn read(text: &str, region: &str) -> Result<Self, Fault> {
        let (region, account, rest) = if text.starts_with("arn:") {
            let arn = Arn::parse(text).filter(|arn| arn.service == "lambda").ok_or_else(|| invalid(text))?;
            let rest = arn.resource.strip_prefix("function:").ok_or_else(|| invalid(text))?;
            (arn.region, Some(arn.account), rest)
        } else if let Some((account, rest)) = text.split_once(":function:") {
            (region, Some(account), rest)
        } else {
            (region, None, text.strip_prefix("function:").unwrap_or(text))
        };
        let (name, qualifier) =
            rest.split_once(':').map_or((rest, None), |(name, qualifier)| (name, Some(qualifier.to_owned())));
        let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if name.is_empty() || name.len() > 64 || !is_name(name) {
            return Err(invalid(text));
        }
        Ok(Self { region: region.to_owned(), account: account.map(str::to_owned), name: name.to_owned(), qualifier })
    }
}

fn invalid(text: &str) -> Fault {
    Fault::client(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{{2}}(-gov)?-[a-z]+-\\d{{1}}:)?\
             (\\d{{12}}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn every_form_names_the_same_function() {
        for text in [
            "f-1",
            "function:f-1",
            "000000000000:function:f-1",
            "arn:aws:lambda:eu-west-1:000000000000:function:f-1",
            "arn:aws:lambda:eu-west-1:000000000000:function:f-1:$LATEST",
        ] {
            let named = Named::read(text, "eu-west-1").unwrap();
            assert_eq!((named.name.as_str(), named.region.as_str()), ("f-1", "eu-west-1"), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "a b", "../x", "arn:aws:iam::1:role/x", "arn:aws:lambda:eu-west-1:1:layer:x", &"x".repeat(65)]
        {
            assert_eq!(Named::read(text, "eu-west-1").unwrap_err().code, "ValidationException", "{text}");
        }
    }
}
