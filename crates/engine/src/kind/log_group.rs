//! CloudWatch log groups. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html>

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::content::when;
use super::{Content, Difference, Entry, Facts, Limit, Measure, Part};
use crate::model::{Key, Kind, Pack};

/// A log group's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogGroup {
    /// Days; `None` keeps for ever.
    pub retention_days: Option<u32>,
}

/// What the names of log groups begin with that belong to a function or a machine, whose name follows.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
const FAMILIES: [(&str, Kind); 2] =
    [(LogGroup::OF_FUNCTIONS, Kind::Function), ("/aws/vendedlogs/states/", Kind::StateMachine)];

impl LogGroup {
    /// What the names of functions' log groups begin with.
    pub const OF_FUNCTIONS: &str = "/aws/lambda/";

    /// What the names of log groups begin with that belong to something, whose name follows.
    pub fn families() -> impl Iterator<Item = &'static str> + Clone {
        FAMILIES.iter().map(|(family, _)| *family)
    }
}

impl Content for LogGroup {
    const FACTS: Facts = Facts {
        plural: "log groups",
        list: "log_groups",
        is_prefixed: false,
        name_suffix: None,
        has_template: false,
        folder: "log-groups",
        service: "logs",
        arn_prefix: "log-group:",
        has_path: false,
        is_global: false,
        rank: 0,
        teardown: 2,
        parts: &[Part::Retention],
        way_out: super::content::RENAME,
        is_work: false,
        is_logged: false,
        is_known_late: false,
        scarce: None,
        finds_roles_out: false,
        // Those that AWS made carry no tags.
        is_indexed: false,
        is_few: false,
        limits: &[Limit { name: "log-groups", order: 5, measure: Measure::Resources, published: Some(1_000_000) }],
        price: None,
        operations: &[
            ("logs:CreateLogGroup", &[]),
            ("logs:DeleteLogGroup", &[]),
            ("logs:DeleteRetentionPolicy", &[]),
            ("logs:DescribeLogGroups", &["logGroups"]),
            ("logs:ListTagsForResource", &["tags"]),
            ("logs:PutRetentionPolicy", &[]),
            ("logs:TagResource", &[]),
        ],
        delete_calls: &["logs:ListTagsForResource", "logs:DeleteLogGroup"],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { retention_days } = self;
        json!({ "retention_days": retention_days })
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { retention_days } = wanted;
        found.field(Part::Retention, "retention_days", &json!(self.retention_days), &json!(retention_days));
    }

    fn is_bare(&self) -> bool {
        self.retention_days.is_none()
    }

    fn create_calls(&self) -> Vec<&'static str> {
        [vec!["logs:CreateLogGroup"], when(self.retention_days.is_some(), &["logs:PutRetentionPolicy"])].concat()
    }

    fn update_calls(parts: &BTreeSet<Part>) -> Vec<&'static str> {
        [when(parts.contains(&Part::Retention), &["logs:PutRetentionPolicy"]), vec!["logs:TagResource"]].concat()
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, when| Entry { name, when, brought_by: None, template: None };
        pack.log_groups.iter().map(|it| entry(&it.name, it.when.as_deref())).collect()
    }

    fn bare_name(name: &str) -> &str {
        Self::families().find_map(|family| name.strip_prefix(family)).unwrap_or(name)
    }

    fn named_after(name: &str) -> Option<Key> {
        let named = FAMILIES.iter().find_map(|(family, kind)| Some(Key::new(*kind, name.strip_prefix(family)?)));
        named.filter(|named| !named.name.is_empty())
    }
}

const CONSTRAINTS: &str = r#"{
  "log_groups.name": {"operation": "logs:CreateLogGroup", "member": "logGroupName", "shortest": 1, "longest": 512,
    "pattern": "[\\.\\-_/#A-Za-z0-9]+"},
  "log_groups.retention_days": {"operation": "logs:PutRetentionPolicy", "member": "retentionInDays", "values": ["1",
    "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731", "1096", "1827", "2192",
    "2557", "2922", "3288", "3653"]}
}"#;
