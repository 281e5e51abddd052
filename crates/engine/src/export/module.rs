//! A Terraform module in JSON, for labs that are there.
//! <https://developer.hashicorp.com/terraform/language/syntax/json>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ExportFile;
use super::name::identifier;
use crate::model::{Key, Place, Tags, Target};

/// The provider, and what it must know: import blocks came with Terraform 1.5.
const TERRAFORM: &str = ">= 1.5.0";
const PROVIDER: (&str, &str) = ("hashicorp/aws", ">= 5.0.0");

/// Services of the provider that a lab's resources are of, for an endpoint that is not AWS's.
const SERVICES: [&str; 8] = ["cloudcontrolapi", "cloudwatch", "iam", "lambda", "logs", "sfn", "sqs", "sts"];

/// The connection of some users.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provider {
    /// Where their labs are.
    pub place: Place,
    /// How they are reached.
    pub target: Target,
}

/// A module in the making.
#[derive(Default)]
pub struct Module {
    resources: BTreeMap<&'static str, Map<String, Value>>,
    imports: Vec<Value>,
    files: BTreeMap<String, Vec<u8>>,
    /// The alias of the provider of the user at hand; `None` where there is one provider.
    alias: Option<String>,
    /// Addresses of the user's resources.
    by_key: BTreeMap<Key, String>,
    by_arn: BTreeMap<String, String>,
    /// What of the user is there.
    present: Vec<Key>,
}

impl Module {
    /// Goes on to the next user: whose resources have these addresses, are there or not, and belong to the provider of this alias.
    pub(super) fn next_user(
        &mut self,
        addresses: BTreeMap<Key, String>,
        arns: BTreeMap<String, String>,
        present: Vec<Key>,
        alias: Option<String>,
    ) {
        self.by_key = addresses;
        self.by_arn = arns;
        self.present = present;
        self.alias = alias;
    }

    /// The files: `main.tf.json`, `imports.tf.json`, definitions, dashboards and packages.
    pub(super) fn files(self, providers: &[&Provider]) -> Vec<ExportFile> {
        let blocks = providers.iter().enumerate();
        let blocks: Vec<Value> = blocks
            .map(|(turn, provider)| block(provider, (providers.len() > 1).then(|| alias(turn)).as_deref()))
            .collect();
        let main = json!({
            "terraform": {
                "required_version": TERRAFORM,
                "required_providers": { "aws": { "source": PROVIDER.0, "version": PROVIDER.1 } },
            },
            "provider": { "aws": blocks },
            "resource": self.resources,
        });
        let mut files = vec![ExportFile::json("main.tf.json", &main)];
        files.push(ExportFile::json("imports.tf.json", &json!({ "import": self.imports })));
        files.extend(self.files.into_iter().map(|(path, bytes)| ExportFile { path, bytes }));
        files
    }

    /// Adds a resource of a type, and says by which ID one that is there is taken over. Arguments that are `null` are left out.
    pub(super) fn add(
        &mut self,
        key: &Key,
        (type_name, name): (&'static str, &str),
        arguments: Value,
        import_id: &str,
    ) {
        let Value::Object(mut arguments) = arguments else { return };
        arguments.retain(|_, value| !value.is_null());
        if let Some(alias) = &self.alias {
            arguments.insert("provider".to_owned(), json!(format!("aws.{alias}")));
        }
        let name = identifier(name);
        if self.present.contains(key) {
            self.imports.push(json!({ "to": format!("{type_name}.{name}"), "id": literal(import_id) }));
        }
        self.resources.entry(type_name).or_default().insert(name, Value::Object(arguments));
    }

    /// Adds a file and gives the expression of its path.
    pub(super) fn file(&mut self, path: String, bytes: Vec<u8>) -> String {
        let expression = format!("${{path.module}}/{path}");
        self.files.insert(path, bytes);
        expression
    }

    /// The ARN of one of the user's own by reference, so that it is made first; of another as it is.
    pub(super) fn arn(&self, arn: &str) -> Value {
        match self.by_arn.get(arn) {
            Some(address) => json!(format!("${{{address}.arn}}")),
            None => literal(arn).into(),
        }
    }

    /// The address of a resource that is in the user's lab.
    pub(super) fn address(&self, key: &Key) -> Option<String> {
        self.by_key.get(key).cloned()
    }
}

/// A text that is no expression.
pub(super) fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// Every text in a document so.
pub(super) fn literals<'text>(texts: impl IntoIterator<Item = (&'text String, &'text String)>) -> Value {
    texts.into_iter().map(|(key, value)| (key.clone(), Value::from(literal(value)))).collect::<Map<_, _>>().into()
}

/// Tags as arguments. They are those that are there, the digest among them, so that taking a lab over changes nothing.
pub(super) fn tags(tags: &Tags) -> Value {
    literals(tags.iter())
}

/// What the provider at a turn is called.
pub(super) fn alias(turn: usize) -> String {
    format!("place{}", turn + 1)
}

/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>
fn block(Provider { place, target }: &Provider, alias: Option<&str>) -> Value {
    let role = target.role_arn.as_ref().map(|role| json!([{ "role_arn": role, "external_id": target.external_id }]));
    let endpoints = target.endpoint_url.as_ref().map(|url| {
        let services: Map<String, Value> = SERVICES.iter().map(|service| ((*service).to_owned(), json!(url))).collect();
        json!([services])
    });
    let block = json!({
        "alias": alias,
        "region": place.region,
        "allowed_account_ids": [place.account],
        "profile": target.profile,
        "assume_role": role,
        "endpoints": endpoints,
        "custom_ca_bundle": target.ca_bundle,
    });
    let Value::Object(mut fields) = block else { return block };
    fields.retain(|_, value| !value.is_null());
    if let Some(role) = fields.get_mut("assume_role").and_then(|roles| roles.get_mut(0)).and_then(Value::as_object_mut)
    {
        role.retain(|_, value| !value.is_null());
    }
    fields.into()
}
