//! `rehearse`.

use serde::Serialize;

use super::bulk::BulkView;
use super::cleanup::CleanupView;
use super::deploy::DeployView;
use super::report::ReportView;
use super::test::TestView;
use super::verify::VerifyView;
use crate::ui::head::Document;

/// The steps of a rehearsal, each the document of its command; absent when it was not reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RehearseSteps {
    /// `deploy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Document<DeployView>>,
    /// `test`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Document<TestView>>,
    /// `bulk-test`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk_test: Option<Document<BulkView>>,
    /// `verify`; absent where the pack has no checklist, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<Document<VerifyView>>,
    /// `report`; absent where nothing was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Document<ReportView>>,
    /// `cleanup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Document<CleanupView>>,
}

/// `rehearse`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RehearseView {
    /// Per step.
    pub steps: RehearseSteps,
}
