//! IAM roles. <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::content::{replaced, when};
use super::{Content, Difference, Entry, Facts, Limit, Measure, Part};
use crate::model::{Pack, Policy};

/// A role's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// `/`, or what `[iam] path` says; `/labctl/<lab>/` where an earlier build made it.
    pub path: String,
    /// Free text.
    pub description: String,
    /// Who may assume it.
    pub trust_policy: Policy,
    /// Inline policies by name.
    pub inline_policies: BTreeMap<String, Policy>,
    /// Managed policy ARNs, sorted.
    pub managed_policies: Vec<String>,
    /// The ARN of the policy that bounds it. Where none is wanted, one that is there is the institution's and no difference.
    pub permissions_boundary: Option<String>,
}

impl Content for Role {
    const FACTS: Facts = Facts {
        plural: "roles",
        list: "roles",
        is_prefixed: true,
        name_suffix: None,
        has_template: false,
        folder: "iam",
        service: "iam",
        arn_prefix: "role",
        has_path: true,
        is_global: true,
        rank: 0,
        teardown: 2,
        parts: &[Part::Description, Part::TrustPolicy, Part::Policies, Part::Boundary],
        way_out: "remove it, set `[iam] path` to the path it has, or bring it along under `[iam]` so that labctl makes none",
        is_work: true,
        is_logged: false,
        is_known_late: true,
        scarce: None,
        finds_roles_out: false,
        is_indexed: false,
        is_few: false,
        limits: &[Limit { name: "roles", order: 0, measure: Measure::Resources, published: Some(1_000) }],
        price: None,
        operations: &[
            ("iam:AttachRolePolicy", &[]),
            ("iam:CreateRole", &["Role.Arn"]),
            ("iam:DeleteRole", &[]),
            ("iam:DeleteRolePolicy", &[]),
            ("iam:DetachRolePolicy", &[]),
            ("iam:GetAccountAuthorizationDetails", &["RoleDetailList"]),
            ("iam:GetRole", &["Role.RoleName", "Role.Arn"]),
            ("iam:GetRolePolicy", &["PolicyDocument"]),
            ("iam:ListAttachedRolePolicies", &["AttachedPolicies"]),
            ("iam:ListRolePolicies", &["PolicyNames"]),
            ("iam:ListRoles", &["Roles"]),
            ("iam:PutRolePermissionsBoundary", &[]),
            ("iam:PutRolePolicy", &[]),
            ("iam:TagRole", &[]),
            ("iam:UntagRole", &[]),
            ("iam:UpdateAssumeRolePolicy", &[]),
            ("iam:UpdateRole", &[]),
        ],
        // One inline policy is taken to be there.
        delete_calls: &[
            "iam:GetRole",
            "iam:ListRolePolicies",
            "iam:ListAttachedRolePolicies",
            "iam:DeleteRolePolicy",
            "iam:DeleteRole",
        ],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { path: _, description, trust_policy, inline_policies, managed_policies, permissions_boundary: _ } =
            self;
        json!({
            "description": description, "trust_policy": trust_policy,
            "inline_policies": inline_policies, "managed_policies": managed_policies,
        })
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { path, description, trust_policy, inline_policies, managed_policies, permissions_boundary } = wanted;
        found.field(Part::Type, "path", &json!(self.path), &json!(path));
        found.field(Part::Description, "description", &json!(self.description), &json!(description));
        found.field(Part::TrustPolicy, "trust_policy", &self.trust_policy.value(), &trust_policy.value());
        found.field(Part::Policies, "inline_policies", &by_name(&self.inline_policies), &by_name(inline_policies));
        found.field(Part::Policies, "managed_policies", &json!(self.managed_policies), &json!(managed_policies));
        // Where none is wanted, one that is there was put there by whoever looks after the account.
        if permissions_boundary.is_some() {
            let (from, to) = (json!(self.permissions_boundary), json!(permissions_boundary));
            found.field(Part::Boundary, "permissions_boundary", &from, &to);
        }
    }

    fn is_bare(&self) -> bool {
        self.inline_policies.is_empty() && self.managed_policies.is_empty()
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
        self.trust_policy = replaced(&self.trust_policy, replace);
        for inline in self.inline_policies.values_mut() {
            *inline = replaced(inline, replace);
        }
    }

    fn create_calls(&self) -> Vec<&'static str> {
        let mut calls = vec!["iam:CreateRole"];
        calls.extend(self.inline_policies.iter().map(|_| "iam:PutRolePolicy"));
        calls.extend(self.managed_policies.iter().map(|_| "iam:AttachRolePolicy"));
        if calls.len() > 2 {
            calls.push("iam:TagRole");
        }
        calls
    }

    fn update_calls(parts: &BTreeSet<Part>) -> Vec<&'static str> {
        let beyond_tags = parts.iter().any(|part| *part != Part::Tags);
        let policies = ["iam:ListRolePolicies", "iam:PutRolePolicy", "iam:ListAttachedRolePolicies"];
        [
            when(beyond_tags, &["iam:UntagRole"]),
            when(parts.contains(&Part::Description), &["iam:UpdateRole"]),
            when(parts.contains(&Part::TrustPolicy), &["iam:UpdateAssumeRolePolicy"]),
            when(parts.contains(&Part::Boundary), &["iam:PutRolePermissionsBoundary"]),
            when(parts.contains(&Part::Policies), &policies),
            vec!["iam:TagRole"],
        ]
        .concat()
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, brought_by| Entry { name, when: None, brought_by: Some(brought_by), template: None };
        pack.roles.iter().map(|it| entry(&it.name, &it.brought_by)).collect()
    }
}

fn by_name(policies: &BTreeMap<String, Policy>) -> Value {
    Value::Object(policies.iter().map(|(name, policy)| (name.clone(), policy.value())).collect::<Map<_, _>>())
}

const CONSTRAINTS: &str = r#"{
  "roles.name": {"operation": "iam:CreateRole", "member": "RoleName", "shortest": 1, "longest": 64, "pattern":
    "[A-Za-z0-9_+=,.@-]+"},
  "roles.description": {"operation": "iam:CreateRole", "member": "Description", "longest": 1000, "pattern":
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"},
  "roles.policies.name": {"operation": "iam:PutRolePolicy", "member": "PolicyName", "shortest": 1, "longest": 128,
    "pattern": "[A-Za-z0-9_+=,.@-]+"},
  "roles.managed": {"operation": "iam:AttachRolePolicy", "member": "PolicyArn", "shortest": 20, "longest": 2048},
  "roles.tags": {"operation": "iam:CreateRole", "member": "Tags", "maximum": 50, "page":
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"},
  "roles.tags.key": {"operation": "iam:CreateRole", "member": "Tags.*.Key", "shortest": 1, "longest": 128,
    "pattern": "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"},
  "roles.tags.value": {"operation": "iam:CreateRole", "member": "Tags.*.Value", "longest": 256, "pattern":
    "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"}
}"#;
