//! CloudWatch dashboards. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html>

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::content::{document, tidied};
use super::{Content, Difference, Entry, Facts, Limit, Measure, Part, Price};
use crate::model::{Pack, alike_everywhere};

/// A dashboard's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dashboard {
    /// The body as text, without the ownership marker (see `cloud`). Clones share it.
    pub body: Arc<str>,
}

impl Content for Dashboard {
    const FACTS: Facts = Facts {
        plural: "dashboards",
        list: "dashboards",
        is_prefixed: true,
        name_suffix: None,
        has_template: true,
        folder: "dashboards",
        service: "cloudwatch",
        arn_prefix: "dashboard/",
        has_path: false,
        is_global: true,
        rank: 3,
        // Nothing depends on a dashboard, and it on nothing.
        teardown: 0,
        parts: &[Part::Body],
        way_out: super::content::RENAME,
        is_work: true,
        is_logged: false,
        is_known_late: false,
        scarce: None,
        finds_roles_out: false,
        is_indexed: false,
        is_few: false,
        limits: &[Limit { name: "dashboards", order: 6, measure: Measure::Resources, published: None }],
        // <https://aws.amazon.com/cloudwatch/pricing/>
        price: Some(Price { dollars: 3, free: 3 }),
        operations: &[
            ("cloudwatch:DeleteDashboards", &[]),
            ("cloudwatch:GetDashboard", &["DashboardBody"]),
            ("cloudwatch:ListDashboards", &["DashboardEntries"]),
            ("cloudwatch:ListTagsForResource", &["Tags"]),
            ("cloudwatch:PutDashboard", &[]),
            ("cloudwatch:TagResource", &[]),
        ],
        delete_calls: &["cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { body } = self;
        json!({ "body": document(body) })
    }

    fn canonical(&self) -> Value {
        let mut written = self.as_written();
        written.get_mut("body").into_iter().for_each(alike_everywhere);
        written
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { body } = wanted;
        let (mut from, mut to) = (document(&self.body), document(body));
        alike_everywhere(&mut from);
        alike_everywhere(&mut to);
        found.field(Part::Body, "body", &from, &to);
    }

    fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
        self.body = replace(&self.body).into();
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        vec![(".json", tidied(&self.body))]
    }

    fn create_calls(&self) -> Vec<&'static str> {
        vec!["cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
    }

    /// Content and marker are one body.
    fn update_calls(_: &BTreeSet<Part>) -> Vec<&'static str> {
        vec!["cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, template| Entry { name, when: None, brought_by: None, template: Some(template) };
        pack.dashboards.iter().map(|it| entry(it.name.as_str(), it.body.as_str())).collect()
    }
}

const CONSTRAINTS: &str = r#"{
  "dashboards.name": {"operation": "monitoring:PutDashboard", "member": "DashboardName", "shortest": 1, "longest":
    255, "pattern": "[A-Za-z0-9_-]+"}
}"#;
