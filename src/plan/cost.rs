//! What a change costs: the calls it takes when nothing goes wrong.

use super::{Action, Change};
use crate::model::{Body, Kind, Part};

/// The calls of a change as `service:Operation`, in the order they are made. A test holds them against what a deployment counts.
///
/// A function is looked at once after it was made.
///
/// What a change finds is not in a plan: a role that is made is taken to be used by nothing yet, one that is deleted to have one inline
/// policy, and things to have been looked at long ago.
pub fn calls(change: &Change) -> Vec<&'static str> {
    match change.action {
        Action::Unchanged | Action::Edited | Action::Foreign => Vec::new(),
        Action::Create => create(change),
        Action::Update if change.parts.contains(&Part::Type) => [delete(change), create(change)].concat(),
        Action::Update => update(change),
        Action::Delete => delete(change),
    }
}

fn create(change: &Change) -> Vec<&'static str> {
    match change.resource.as_ref().map(|resource| &resource.body) {
        Some(Body::Role { inline_policies, managed_policies, .. }) => {
            let mut calls = vec!["iam:CreateRole"];
            calls.extend(inline_policies.iter().map(|_| "iam:PutRolePolicy"));
            calls.extend(managed_policies.iter().map(|_| "iam:AttachRolePolicy"));
            if calls.len() > 2 {
                calls.push("iam:TagRole");
            }
            calls
        }
        Some(Body::LogGroup { retention_days: None }) => vec!["logs:CreateLogGroup"],
        Some(Body::LogGroup { .. }) => vec!["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
        Some(Body::Function { .. }) => vec!["lambda:CreateFunction", "lambda:GetFunction"],
        Some(Body::Queue { .. }) => vec!["sqs:GetQueueUrl", "sqs:CreateQueue"],
        Some(Body::StateMachine { .. }) => vec!["states:CreateStateMachine"],
        Some(Body::Dashboard { .. }) => vec!["cloudwatch:GetDashboard", "cloudwatch:PutDashboard"],
        None => Vec::new(),
    }
}

fn update(change: &Change) -> Vec<&'static str> {
    let has = |part: Part| change.parts.contains(&part);
    let when = |is_so: bool, calls: &[&'static str]| if is_so { calls.to_vec() } else { Vec::new() };
    match change.key.kind {
        Kind::Role => {
            let beyond_tags = change.parts.iter().any(|part| *part != Part::Tags);
            let policies = ["iam:ListRolePolicies", "iam:PutRolePolicy", "iam:ListAttachedRolePolicies"];
            [
                when(beyond_tags, &["iam:UntagRole"]),
                when(has(Part::Description), &["iam:UpdateRole"]),
                when(has(Part::TrustPolicy), &["iam:UpdateAssumeRolePolicy"]),
                when(has(Part::Boundary), &["iam:PutRolePermissionsBoundary"]),
                when(has(Part::Policies), &policies),
                vec!["iam:TagRole"],
            ]
            .concat()
        }
        Kind::LogGroup => [when(has(Part::Retention), &["logs:PutRetentionPolicy"]), vec!["logs:TagResource"]].concat(),
        Kind::Function => [
            when(has(Part::Code) && has(Part::Configuration), &["lambda:UntagResource"]),
            when(has(Part::Code), &["lambda:UpdateFunctionCode", "lambda:GetFunction"]),
            when(has(Part::Configuration), &["lambda:UpdateFunctionConfiguration", "lambda:GetFunction"]),
            vec!["lambda:TagResource"],
        ]
        .concat(),
        Kind::Queue => {
            [vec!["sqs:GetQueueUrl"], when(has(Part::Configuration), &["sqs:SetQueueAttributes"]), vec!["sqs:TagQueue"]]
                .concat()
        }
        Kind::StateMachine => {
            [when(has(Part::Definition), &["states:UpdateStateMachine"]), vec!["states:TagResource"]].concat()
        }
        Kind::Dashboard => vec!["cloudwatch:GetDashboard", "cloudwatch:PutDashboard"],
    }
}

fn delete(change: &Change) -> Vec<&'static str> {
    match change.key.kind {
        Kind::Role => vec![
            "iam:GetRole",
            "iam:ListRolePolicies",
            "iam:ListAttachedRolePolicies",
            "iam:DeleteRolePolicy",
            "iam:DeleteRole",
        ],
        Kind::LogGroup => vec!["logs:ListTagsForResource", "logs:DeleteLogGroup"],
        Kind::Function => vec!["lambda:GetFunction", "lambda:DeleteFunction"],
        Kind::Queue => vec!["sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:DeleteQueue", "sqs:GetQueueUrl"],
        Kind::StateMachine => vec![
            "states:ListTagsForResource",
            "states:ListExecutions",
            "states:DeleteStateMachine",
            "states:DescribeStateMachine",
        ],
        Kind::Dashboard => vec!["cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"],
    }
}
