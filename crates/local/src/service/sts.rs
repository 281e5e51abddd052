//! Security Token Service: who is asking.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use async_trait::async_trait;
use serde_json::{Value, json};

use super::iam::session_arn;
use super::{Service, not_offered};
use crate::arn;
use crate::wire::{Answer, Call, Caller, Fault};

/// STS.
pub(crate) struct StsService {
    account: String,
}

impl StsService {
    /// STS of an account.
    pub(crate) fn new(account: &str) -> Self {
        Self { account: account.to_owned() }
    }

    fn get_caller_identity(&self, call: &Call) -> Value {
        let (user_id, arn) = match &call.caller {
            Caller::Root => {
                let user = format!("arn:{}:iam::{}:user/administrator", arn::partition(&call.region), self.account);
                ("AIDAADMINISTRATOR".to_owned(), user)
            }
            Caller::Role { role_arn, session } => (format!("AROA:{session}"), session_arn(role_arn, session)),
        };
        json!({"UserId": user_id, "Account": self.account, "Arn": arn})
    }
}

#[async_trait]
impl Service for StsService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        let output = match call.operation.as_str() {
            "GetCallerIdentity" => self.get_caller_identity(&call),
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}
