//! Names, primary identifiers and ARNs of resources of any type.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html>

use serde_json::{Map, Value};

use super::schema::Schema;
use crate::model::Place;

/// The form of a type's ARN, where it follows from the name.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
struct Form {
    type_name: &'static str,
    /// The property that holds the name.
    name: &'static str,
    /// The attribute that holds the ARN.
    attribute: &'static str,
    service: &'static str,
    prefix: &'static str,
}

const fn form(
    type_name: &'static str,
    name: &'static str,
    attribute: &'static str,
    service: &'static str,
    prefix: &'static str,
) -> Form {
    Form { type_name, name, attribute, service, prefix }
}

static FORMS: [Form; 13] = [
    form("AWS::Athena::WorkGroup", "Name", "", "athena", "workgroup/"),
    form("AWS::Batch::JobQueue", "JobQueueName", "JobQueueArn", "batch", "job-queue/"),
    form("AWS::CloudWatch::Alarm", "AlarmName", "Arn", "cloudwatch", "alarm:"),
    form("AWS::DynamoDB::Table", "TableName", "Arn", "dynamodb", "table/"),
    form("AWS::ECR::Repository", "RepositoryName", "Arn", "ecr", "repository/"),
    form("AWS::ECS::Cluster", "ClusterName", "Arn", "ecs", "cluster/"),
    form("AWS::Events::EventBus", "Name", "Arn", "events", "event-bus/"),
    form("AWS::Events::Rule", "Name", "Arn", "events", "rule/"),
    form("AWS::Kinesis::Stream", "Name", "Arn", "kinesis", "stream/"),
    form("AWS::S3::Bucket", "BucketName", "Arn", "s3", ""),
    form("AWS::SNS::Topic", "TopicName", "TopicArn", "sns", ""),
    form("AWS::SSM::Parameter", "Name", "Arn", "ssm", "parameter/"),
    form("AWS::StepFunctions::Activity", "Name", "Arn", "states", "activity:"),
];

/// The types that kinds of their own make, and their lists in `pack.toml`.
const OF_KINDS: [(&str, &str); 6] = [
    ("AWS::CloudWatch::Dashboard", "dashboards"),
    ("AWS::IAM::Role", "roles"),
    ("AWS::Lambda::Function", "functions"),
    ("AWS::Logs::LogGroup", "log_groups"),
    ("AWS::SQS::Queue", "queues"),
    ("AWS::StepFunctions::StateMachine", "machines"),
];

/// Which resource of which type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypedName<'a> {
    /// The type.
    pub type_name: &'a str,
    /// The name, where the ARN follows from it; else the primary identifier.
    pub name: &'a str,
}

/// Why properties do not tell which resource they are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// The service chooses this attribute, which identifies it.
    Chosen(&'static str),
    /// A property of the identifier is not written.
    Lacks(&'static str),
    /// Another name has the same ARN: the name.
    Shared(String),
    /// Nothing is known of the type.
    Unknown,
}

impl<'a> TypedName<'a> {
    /// The identity that a key's name holds.
    pub fn of_key(name: &'a str) -> Self {
        let (type_name, name) = name.split_once('/').unwrap_or(("", name));
        Self { type_name, name }
    }

    /// The primary identifier in a place.
    pub fn identifier(&self, place: &Place) -> String {
        if self.is_known_by_arn() { self.arn(place) } else { self.name.to_owned() }
    }

    /// The ARN in a place, or the primary identifier where no ARN follows from it.
    pub fn arn(&self, place: &Place) -> String {
        let Some(form) = form_of(self.type_name) else { return self.name.to_owned() };
        let (partition, name) = (place.partition(), self.name);
        if form.service == "s3" {
            return format!("arn:{partition}:s3:::{name}");
        }
        let name = if form.service == "ssm" { name.trim_start_matches('/') } else { name };
        format!("arn:{partition}:{}:{}:{}:{}{name}", form.service, place.region, place.account, form.prefix)
    }

    /// The key's name of a resource that a list names by its identifier.
    pub fn key_of(type_name: &str, identifier: &str) -> String {
        key_in(identifier)
            .filter(|key| TypedName::of_key(key).type_name == type_name)
            .unwrap_or_else(|| format!("{type_name}/{identifier}"))
    }

    /// An attribute that follows from the name: its primary identifier (no attribute named), its name, its ARN.
    pub fn attribute(&self, place: &Place, attribute: Option<&str>) -> Option<String> {
        let Some(attribute) = attribute else { return Some(self.identifier(place)) };
        let identifier = &Schema::of(self.type_name).identifier;
        if let [(property, false)] = identifier.as_slice()
            && *property == attribute
        {
            return Some(self.name.to_owned());
        }
        let form = form_of(self.type_name)?;
        if form.attribute == attribute && !attribute.is_empty() {
            return Some(self.arn(place));
        }
        (form.name == attribute).then(|| self.name.rsplit('/').next().unwrap_or(self.name).to_owned())
    }

    /// The attributes of a type that follow from the name.
    pub fn attributes(type_name: &str) -> Vec<&'static str> {
        let form = form_of(type_name).map(|form| [form.attribute, form.name]).into_iter().flatten();
        let identifier = Schema::of(type_name).identifier.iter().map(|(property, _)| *property);
        form.chain(identifier).filter(|attribute| !attribute.is_empty()).collect()
    }

    fn is_known_by_arn(&self) -> bool {
        let identifier = &Schema::of(self.type_name).identifier;
        matches!(identifier.as_slice(), [(_, true)]) && form_of(self.type_name).is_some()
    }
}

/// The list in `pack.toml` in which resources of a type are written, where it has one of its own.
pub(super) fn list_of(type_name: &str) -> Option<&'static str> {
    OF_KINDS.iter().find(|(own, _)| *own == type_name).map(|(_, list)| *list)
}

/// The key's name of a resource of this type and these properties.
///
/// # Errors
/// Why they do not tell.
pub(super) fn key_of_properties(type_name: &str, properties: &Map<String, Value>) -> Result<String, Unnamed> {
    let text = |property: &'static str| match at(properties, property) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Unnamed::Lacks(property)),
    };
    let identifier = &Schema::of(type_name).identifier;
    let name = match (identifier.as_slice(), form_of(type_name)) {
        ([], None) => return Err(Unnamed::Unknown),
        ([(_, true)] | [], Some(form)) => {
            let name = text(form.name)?;
            let bus = properties.get("EventBusName").and_then(Value::as_str).filter(|_| form.prefix == "rule/");
            match bus.map(|bus| bus.rsplit('/').next().unwrap_or(bus)).filter(|bus| *bus != "default") {
                Some(bus) => format!("{bus}/{name}"),
                None => name,
            }
        }
        (parts, _) => {
            if let Some((chosen, _)) = parts.iter().find(|(_, is_chosen)| *is_chosen) {
                return Err(Unnamed::Chosen(chosen));
            }
            parts.iter().map(|(part, _)| text(part)).collect::<Result<Vec<_>, _>>()?.join("|")
        }
    };
    // The ARN of a parameter leaves the slash out that its name begins with.
    match name.strip_prefix('/').filter(|rest| type_name == "AWS::SSM::Parameter" && !rest.contains('/')) {
        Some(rest) => Err(Unnamed::Shared(rest.to_owned())),
        None => Ok(format!("{type_name}/{name}")),
    }
}

/// A property, or one within another (`Budget/BudgetName`).
fn at<'value>(properties: &'value Map<String, Value>, path: &str) -> Option<&'value Value> {
    let mut steps = path.split('/');
    steps.clone().skip(1).try_fold(properties.get(steps.next()?)?, |value, step| value.get(step))
}

/// What of a key's name begins as the user's names do: the name without its type, of an ARN the last part.
pub(super) fn bare_name(name: &str) -> &str {
    let name = name.split_once('/').map_or(name, |(_, name)| name);
    if name.starts_with("arn:") {
        return name.rsplit([':', '/']).next().unwrap_or(name);
    }
    name.trim_start_matches('/')
}

/// The key's name in an ARN whose form is known.
pub(super) fn key_in(arn: &str) -> Option<String> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
    let (service, resource) = (parts.nth(1)?, parts.nth(2)?);
    let (form, name) = FORMS.iter().find_map(|form| {
        let name = resource.strip_prefix(form.prefix).filter(|name| !name.is_empty() && !name.contains(':'))?;
        (form.service == service).then_some((form, name))
    })?;
    // A path of parameters begins with a slash, which the ARN leaves out.
    let slash = if form.service == "ssm" && name.contains('/') { "/" } else { "" };
    // Below a table or in a bucket stands something else.
    let is_within = matches!(form.service, "dynamodb" | "s3") && name.contains('/');
    (!is_within).then(|| format!("{}/{slash}{name}", form.type_name))
}

/// The services of the types whose ARNs are known.
pub(super) fn services() -> Vec<&'static str> {
    let mut services: Vec<&str> = FORMS.iter().map(|form| form.service).collect();
    services.sort_unstable();
    services.dedup();
    services
}

fn form_of(type_name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.type_name == type_name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::world;

    fn name(type_name: &str, properties: &Value) -> Result<String, Unnamed> {
        key_of_properties(type_name, properties.as_object().unwrap())
    }

    #[test]
    fn a_name_follows_from_type_and_properties() {
        for (type_name, properties, identifier, arn) in [
            (
                "AWS::DynamoDB::Table",
                json!({"TableName": "ann-t"}),
                "ann-t",
                "arn:aws:dynamodb:eu-west-1:123456789012:table/ann-t",
            ),
            ("AWS::S3::Bucket", json!({"BucketName": "ann-b"}), "ann-b", "arn:aws:s3:::ann-b"),
            (
                "AWS::SNS::Topic",
                json!({"TopicName": "ann-n"}),
                "arn:aws:sns:eu-west-1:123456789012:ann-n",
                "arn:aws:sns:eu-west-1:123456789012:ann-n",
            ),
            (
                "AWS::Events::Rule",
                json!({"Name": "ann-r", "EventBusName": "ann-bus"}),
                "arn:aws:events:eu-west-1:123456789012:rule/ann-bus/ann-r",
                "arn:aws:events:eu-west-1:123456789012:rule/ann-bus/ann-r",
            ),
            (
                "AWS::SSM::Parameter",
                json!({"Name": "/ann-a/b"}),
                "/ann-a/b",
                "arn:aws:ssm:eu-west-1:123456789012:parameter/ann-a/b",
            ),
            ("AWS::Scheduler::Schedule", json!({"Name": "ann-s"}), "ann-s", "ann-s"),
        ] {
            let key = name(type_name, &properties).unwrap();
            let identity = TypedName::of_key(&key);
            let place = world::place();
            assert_eq!(
                (identity.identifier(&place).as_str(), identity.arn(&place).as_str()),
                (identifier, arn),
                "{key}"
            );
            assert!(bare_name(&key).starts_with("ann-"), "{key}");
            assert_eq!(TypedName::key_of(type_name, identifier), key);
            assert!(!arn.starts_with("arn:") || key_in(arn).as_ref() == Some(&key), "{arn}");
        }
    }

    #[test]
    fn what_does_not_tell_says_why() {
        assert_eq!(name("AWS::SNS::Topic", &json!({})), Err(Unnamed::Lacks("TopicName")));
        assert_eq!(name("AWS::ApiGatewayV2::Api", &json!({"Name": "ann-a"})), Err(Unnamed::Chosen("ApiId")));
        assert_eq!(name("AWS::SSM::Parameter", &json!({"Name": "/ann-p"})), Err(Unnamed::Shared("ann-p".to_owned())));
        assert_eq!(name("AWS::Next::Year", &json!({"Name": "ann-a"})), Err(Unnamed::Unknown));
        assert_eq!(list_of("AWS::SQS::Queue"), Some("queues"));
    }

    #[test]
    fn other_arns_are_nobodys() {
        for arn in [
            "arn:aws:lambda:eu-west-1:123456789012:function:f",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/ann-t/index/i",
            "arn:aws:sns:eu-west-1:123456789012:ann-n:5f2c",
            "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
            "arn:aws:s3:::ann-b/key",
            "ann-t",
        ] {
            assert_eq!(key_in(arn), None, "{arn}");
        }
        assert_eq!(bare_name("AWS::X::Y/arn:aws:x:eu-west-1:1:thing/ann-z"), "ann-z");
    }

    #[test]
    fn what_follows_from_the_name_is_known_before() {
        let place = world::place();
        let topic = TypedName::of_key("AWS::SNS::Topic/ann-n");
        assert_eq!(topic.attribute(&place, Some("TopicName")).unwrap(), "ann-n");
        assert_eq!(topic.attribute(&place, Some("TopicArn")), topic.attribute(&place, None));
        let table = TypedName::of_key("AWS::DynamoDB::Table/ann-t");
        assert_eq!(table.attribute(&place, None).unwrap(), "ann-t");
        assert!(table.attribute(&place, Some("Arn")).unwrap().ends_with(":table/ann-t"));
        assert_eq!(table.attribute(&place, Some("StreamArn")), None);
    }

    /// What the forms say of identifiers is what the schemas say.
    #[test]
    fn forms_and_schemas_agree() {
        for form in &FORMS {
            let schema = Schema::of(form.type_name);
            assert!(Schema::is_known(form.type_name) && schema.tags.is_some(), "{}", form.type_name);
            let [(property, is_chosen)] = schema.identifier.as_slice() else { panic!("{}", form.type_name) };
            let expected = if *is_chosen { form.attribute } else { form.name };
            assert_eq!(*property, expected, "{}", form.type_name);
        }
    }
}
