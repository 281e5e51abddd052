//! IAM roles. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>

use serde_json::{Value, json};

use super::{Exported, Made};
use crate::export::module::{literal, tags};
use crate::export::{Module, Template};
use crate::kind::{Resource, Role};

impl Exported for Role {
    const TERRAFORM: &'static str = "aws_iam_role";

    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let Self { path, description, trust_policy, inline_policies, managed_policies, permissions_boundary } = self;
        let key = &resource.key;
        let policies: Vec<Value> = inline_policies
            .iter()
            .map(|(name, policy)| {
                json!({ "PolicyName": template.text(name), "PolicyDocument": template.document(key, &policy.value()) })
            })
            .collect();
        let managed: Vec<Value> = managed_policies.iter().map(|arn| template.text(arn)).collect();
        let properties = json!({
            "RoleName": template.text(&key.name),
            "Path": template.text(path),
            "Description": template.text(description),
            "AssumeRolePolicyDocument": template.document(key, &trust_policy.value()),
            "Policies": (!policies.is_empty()).then_some(policies),
            "ManagedPolicyArns": (!managed.is_empty()).then_some(managed),
            "PermissionsBoundary": permissions_boundary.as_ref().map(|arn| template.text(arn)),
            "Tags": template.tags(resource),
        });
        template.add(key, "AWS::IAM::Role", properties, &[]);
    }

    fn terraform(&self, resource: &Resource, _: Made<'_>, module: &mut Module) {
        let Self { path, description, trust_policy, inline_policies, managed_policies, permissions_boundary } = self;
        let (key, role) = (&resource.key, &resource.key.name);
        let arguments = json!({
            "name": literal(role),
            "path": literal(path),
            "description": (!description.is_empty()).then(|| literal(description)),
            "assume_role_policy": literal(trust_policy.as_str()),
            "permissions_boundary": permissions_boundary.as_ref().map(|arn| literal(arn)),
            "tags": tags(&resource.tags),
        });
        module.add(key, (Self::TERRAFORM, role), arguments, role);
        let of_role = module.address(key).map(|address| format!("${{{address}.name}}"));
        for (name, policy) in inline_policies {
            let arguments = json!({ "name": literal(name), "role": of_role, "policy": literal(policy.as_str()) });
            let address = ("aws_iam_role_policy", format!("{role}-{name}"));
            module.add(key, (address.0, &address.1), arguments, &format!("{role}:{name}"));
        }
        for arn in managed_policies {
            let name = format!("{role}-{}", arn.rsplit('/').next().unwrap_or(arn));
            let arguments = json!({ "role": of_role, "policy_arn": literal(arn) });
            module.add(key, ("aws_iam_role_policy_attachment", &name), arguments, &format!("{role}/{arn}"));
        }
    }
}
