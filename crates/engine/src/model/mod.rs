//! The nouns of the lab. Pure: serde and std, no I/O, no clock.

mod checklist;
mod decimal;
mod digest;
mod execution;
mod key;
mod lab;
mod machine_type;
mod mock;
mod name;
mod numbers;
mod pack;
mod partition;
mod place;
mod policy;
pub mod requirements;
pub mod runtime;
mod scenario;
mod tags;
mod template_arn;

pub use checklist::{
    CalledTest, Check, CheckTest, ChecklistPoint, ChoiceTest, DefinitionTest, ExecutionsTest, ForcedTest, MetricsTest,
    OutcomesTest, Visibility, expected_at,
};
pub use decimal::Decimal;
pub use digest::{Digest, canonical_json, hexadecimal};
pub use execution::{Execution, ExecutionStatus, LogEvent};
pub(crate) use key::kinds;
pub use key::{Key, Kind};
pub use lab::{Iam, IamMode, Lab, Quota, Student, Target, TargetKind, User};
pub use machine_type::MachineType;
pub use mock::{IntegrationMock, MockedAnswer, TokenAnswer};
pub use name::{AccountId, LabName, NameError, Region, UserName, visible};
pub use numbers::{alike_everywhere, alike_in_definition};
pub use pack::{
    Bulk, DashboardTemplate, FunctionTemplate, LessonStage, LogGroupTemplate, Logging, Logs, MachineTemplate,
    NamedInput, Pack, PackOrigin, PolicyTemplate, QueueTemplate, ResourceTemplate, RoleTemplate, Setting,
    SettingFormat, SettingType,
};
pub use partition::Partition;
pub use place::Place;
pub use policy::Policy;
pub use scenario::{Expectation, Scenario};
pub use tags::{Owner, Tags, digest_tag, tag};
pub use template_arn::arn_in_template;
