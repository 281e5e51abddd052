//! The types that are offered, as their schemas in the CloudFormation registry have them.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

use serde_json::{Map, Value};

use crate::arn::{arn, partition};

/// A resource's properties by name.
pub(super) type Properties = Map<String, Value>;

/// A type of resource.
pub(super) struct ResourceType {
    /// `AWS::DynamoDB::Table`.
    pub(super) name: &'static str,
    /// Every property, a word each.
    pub(super) properties: &'static str,
    /// What must be there: one of each group.
    pub(super) required: &'static [&'static [&'static str]],
    /// What cannot be changed.
    pub(super) create_only: &'static [&'static str],
    /// What nobody can set.
    pub(super) read_only: &'static [&'static str],
    /// What no answer shows.
    pub(super) write_only: &'static [&'static str],
    /// The property that holds the name.
    pub(super) name_property: &'static str,
    /// The property that holds the ARN.
    pub(super) arn_property: &'static str,
    /// Whether the ARN is the primary identifier; else the name is.
    pub(super) is_known_by_arn: bool,
    /// Whether its tags are a map; else they are a list of `Key` and `Value`.
    pub(super) has_tag_map: bool,
    /// The type in the tag index.
    pub(super) tagged: &'static str,
    /// What the handlers of create, read, update, delete and list must be allowed.
    pub(super) actions: [&'static str; 5],
}

/// A handler of a type.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    Create,
    Read,
    Update,
    Delete,
    List,
}

static TYPES: [ResourceType; 5] = [
    ResourceType {
        name: "AWS::DynamoDB::Table",
        properties: "Arn AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled \
            GlobalSecondaryIndexes ImportSourceSpecification KeySchema KinesisStreamSpecification LocalSecondaryIndexes \
            OnDemandThroughput PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy SSESpecification StreamArn \
            StreamSpecification TableClass TableName Tags TimeToLiveSpecification VectorIndexes WarmThroughput",
        required: &[&["KeySchema"]],
        create_only: &["TableName", "ImportSourceSpecification", "KeySchema"],
        read_only: &["Arn", "StreamArn"],
        write_only: &["ImportSourceSpecification"],
        name_property: "TableName",
        arn_property: "Arn",
        is_known_by_arn: false,
        has_tag_map: false,
        tagged: "dynamodb:table",
        actions: [
            "dynamodb:CreateTable",
            "dynamodb:DescribeTable",
            "dynamodb:UpdateTable",
            "dynamodb:DeleteTable",
            "dynamodb:ListTables",
        ],
    },
    ResourceType {
        name: "AWS::Events::Rule",
        properties: "Arn Description EventBusName EventPattern Name RoleArn RuleName ScheduleExpression State Tags Targets",
        required: &[&["EventPattern", "ScheduleExpression"]],
        create_only: &["Name", "EventBusName"],
        read_only: &["Arn", "RuleName"],
        write_only: &[],
        name_property: "Name",
        arn_property: "Arn",
        is_known_by_arn: true,
        has_tag_map: false,
        tagged: "events:rule",
        actions: ["events:PutRule", "events:DescribeRule", "events:PutRule", "events:DeleteRule", "events:ListRules"],
    },
    ResourceType {
        name: "AWS::S3::Bucket",
        properties: "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations Arn BucketEncryption BucketName \
            BucketNamePrefix BucketNamespace CorsConfiguration DomainName DualStackDomainName IntelligentTieringConfigurations \
            InventoryConfigurations LifecycleConfiguration LoggingConfiguration MetadataConfiguration MetadataTableConfiguration \
            MetricsConfigurations NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls \
            PublicAccessBlockConfiguration RegionalDomainName ReplicationConfiguration Tags VersioningConfiguration \
            WebsiteConfiguration WebsiteURL",
        required: &[],
        create_only: &["BucketName", "BucketNamePrefix", "BucketNamespace"],
        read_only: &["Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"],
        write_only: &["AccessControl", "BucketNamePrefix", "BucketNamespace"],
        name_property: "BucketName",
        arn_property: "Arn",
        is_known_by_arn: false,
        has_tag_map: false,
        tagged: "s3:bucket",
        actions: ["s3:CreateBucket", "s3:ListBucket", "s3:PutBucketTagging", "s3:DeleteBucket", "s3:ListAllMyBuckets"],
    },
    ResourceType {
        name: "AWS::SNS::Topic",
        properties: "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName \
            FifoThroughputScope FifoTopic KmsMasterKeyId MaximumMessageSize SignatureVersion Subscription Tags TopicArn TopicName \
            TracingConfig",
        required: &[],
        create_only: &["TopicName", "FifoTopic"],
        read_only: &["TopicArn"],
        write_only: &[],
        name_property: "TopicName",
        arn_property: "TopicArn",
        is_known_by_arn: true,
        has_tag_map: false,
        tagged: "sns",
        actions: [
            "sns:CreateTopic",
            "sns:GetTopicAttributes",
            "sns:SetTopicAttributes",
            "sns:DeleteTopic",
            "sns:ListTopics",
        ],
    },
    ResourceType {
        name: "AWS::SSM::Parameter",
        properties: "AllowedPattern Arn DataType Description Name Policies Tags Tier Type Value",
        required: &[&["Type"], &["Value"]],
        create_only: &["Name"],
        read_only: &["Arn"],
        write_only: &["Description", "Tier", "AllowedPattern", "Policies"],
        name_property: "Name",
        arn_property: "Arn",
        is_known_by_arn: false,
        has_tag_map: true,
        tagged: "ssm:parameter",
        actions: [
            "ssm:PutParameter",
            "ssm:GetParameters",
            "ssm:PutParameter",
            "ssm:DeleteParameter",
            "ssm:DescribeParameters",
        ],
    },
];

impl ResourceType {
    /// A type by its name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|known| known.name == name)
    }

    /// What the tag index calls the types.
    pub(super) fn tag_index_types() -> Vec<&'static str> {
        TYPES.iter().map(|known| known.tagged).collect()
    }

    /// The action that a handler must be allowed.
    pub(super) fn action(&self, handler: Handler) -> &'static str {
        let [create, read, update, delete, list] = self.actions;
        match handler {
            Handler::Create => create,
            Handler::Read => read,
            Handler::Update => update,
            Handler::Delete => delete,
            Handler::List => list,
        }
    }

    /// The ARN of the resource with these properties, its name among them.
    pub(super) fn arn(&self, region: &str, account: &str, properties: &Properties) -> String {
        let text = |property: &str| properties.get(property).and_then(Value::as_str).unwrap_or_default();
        let name = text(self.name_property);
        match self.name {
            "AWS::DynamoDB::Table" => arn("dynamodb", region, account, &format!("table/{name}")),
            "AWS::Events::Rule" => {
                let bus = Some(text("EventBusName")).filter(|bus| !matches!(*bus, "" | "default"));
                let bus = bus.map(|bus| format!("{}/", bus.rsplit('/').next().unwrap_or(bus))).unwrap_or_default();
                arn("events", region, account, &format!("rule/{bus}{name}"))
            }
            "AWS::SNS::Topic" => arn("sns", region, account, name),
            "AWS::SSM::Parameter" => {
                arn("ssm", region, account, &format!("parameter/{}", name.trim_start_matches('/')))
            }
            _ => format!("arn:{}:s3:::{name}", partition(region)),
        }
    }

    /// The ARN of the resource with this primary identifier.
    pub(super) fn arn_of(&self, region: &str, account: &str, identifier: &str) -> String {
        if self.is_known_by_arn {
            return identifier.to_owned();
        }
        let named = Properties::from_iter([(self.name_property.to_owned(), Value::from(identifier))]);
        self.arn(region, account, &named)
    }

    /// The primary identifier of the resource with these properties and this ARN.
    pub(super) fn identifier(&self, properties: &Properties, arn: &str) -> String {
        let name = properties.get(self.name_property).and_then(Value::as_str).unwrap_or_default();
        if self.is_known_by_arn { arn.to_owned() } else { name.to_owned() }
    }

    /// The property that is the primary identifier.
    pub(super) fn identifier_property(&self) -> &'static str {
        if self.is_known_by_arn { self.arn_property } else { self.name_property }
    }
}
