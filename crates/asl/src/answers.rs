//! The members that AWS's answers to calls have, by the SDK's models; `.ci/answers.py` writes them down.

use crate::effect::{Pattern, Resource};

const ANSWERS: &str = include_str!("answers.txt");

/// What Step Functions adds to the answers of optimised integrations.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>
const ADDED: [&str; 2] = ["SdkHttpMetadata", "SdkResponseMetadata"];

/// The members at the top of a task's result, where they are known; what comes back with a token is whatever its sender wants.
pub fn answer_members(resource: &Resource) -> Option<Vec<&'static str>> {
    match resource.pattern() {
        Pattern::WaitForTaskToken => None,
        Pattern::RequestResponse => submitted_members(resource),
        Pattern::Sync | Pattern::Sync2 => of(resource.to_string().trim_end_matches(":2")),
    }
}

/// The members at the top of the answer of the call itself, before a job is over or a token comes back.
pub fn submitted_members(resource: &Resource) -> Option<Vec<&'static str>> {
    let name = resource.to_string();
    let call = name.strip_suffix(resource.pattern().suffix()).unwrap_or(&name);
    let mut members = of(call)?;
    if matches!(resource, Resource::Integration { .. }) {
        members.extend(ADDED);
    }
    Some(members)
}

fn of(name: &str) -> Option<Vec<&'static str>> {
    let mut rows = ANSWERS.lines().map(|line| line.split(' '));
    rows.find_map(|mut words| (words.next() == Some(name)).then(|| words.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integration;

    #[test]
    fn answers_are_those_of_the_call_or_of_its_job() {
        let answer = |name: &str| answer_members(&integration(name).unwrap());
        let submitted = |name: &str| submitted_members(&integration(name).unwrap()).unwrap();
        let has = |members: &[&str], member: &str| members.contains(&member);
        assert_eq!(answer("dynamodb:getItem").unwrap(), ["Item", "ConsumedCapacity", ADDED[0], ADDED[1]]);
        let job = answer("batch:submitJob.sync").unwrap();
        assert!(has(&job, "Status") && has(&job, "JobId") && !has(&job, ADDED[0]), "{job:?}");
        assert!(has(&submitted("batch:submitJob.sync"), "JobArn") && has(&submitted("batch:submitJob.sync"), ADDED[1]));
        assert_eq!(answer("sns:publish.waitForTaskToken"), None);
        assert!(has(&submitted("sns:publish.waitForTaskToken"), "MessageId"));
        assert!(has(&answer("aws-sdk:bedrockruntime:converse").unwrap(), "StopReason"));
        assert!(!has(&answer("aws-sdk:dynamodb:query").unwrap(), ADDED[0]));
        assert_eq!(answer("aws-sdk:nextyear:call"), None);
    }

    #[test]
    fn each_row_is_an_integration() {
        for line in ANSWERS.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(' ').next().unwrap_or_default();
            assert!(integration(name).is_ok(), "{name}");
        }
    }
}
