//! Verify: collects evidence of what is there and of what executions did, then judges it against the pack's checklist.
//!
//! [`collect()`] makes every call; what it found goes into a [`Bundle`] on disk. [`judge()`] makes none: it reads the evidence, so that a
//! run can be judged again with another checklist.
//!
//! | file | is |
//! |---|---|
//! | `evidence` | what was found of one user, as it stands in a bundle |
//! | `bundle` | a run on disk: a header, then a line for each user |
//! | `collect`, `resources`, `executions` | from an account to evidence |
//! | `workflow`, `dashboard`, `access` | definitions, dashboards and policies, as far as checks ask of them |
//! | `judge`, `finding`, `there`, `examined`, `ran`, `forced`, `handlers`, `shown`, `held` | evidence against the checklist, a kind of check a function |
//! | `score` | verdicts, points and what they add up to |

mod access;
mod bundle;
mod collect;
mod dashboard;
mod evidence;
mod examined;
mod executions;
mod finding;
mod forced;
mod handlers;
mod held;
mod judge;
mod ran;
mod resources;
mod score;
mod shown;
#[cfg(test)]
mod simulated;
mod there;
mod workflow;

pub use bundle::{Bundle, BundleHeader};
pub use collect::{Collected, Collection, Pages, Subject, collect};
pub use evidence::{
    EvidenceOf, ExecutionEvidence, FunctionEvidence, ListedExecutions, MachineEvidence, RoleEvidence, UserEvidence,
    VisitEvidence,
};
pub use judge::{JudgeOptions, judge};
pub use resources::PAGED;
pub use score::{CheckScore, CheckVerdict, Proof, UserScore};
