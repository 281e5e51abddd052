//! What a deployment came to: per user and resource, and as an exit code.

use super::super::advice::{cloud_help, is_credentials};
use super::super::exit::Exit;
use crate::apply::{Applied, ChangeResult, Outcome, Skip, StopCause, Stopped, UserResult};
use crate::model::Lab;
use crate::plan::{self, Action, Plan};
use crate::ui::view::{
    DeployView, DeployedAs, DeployedResource, DeployedUser, StopReason, StoppedView, Trouble, UserOutcome,
};

/// A user fails when a change did not come true or a foreign thing is in the way.
pub(crate) fn judge(view: &DeployView, applied: &Applied) -> Exit {
    let is_well = |user: &&DeployedUser| matches!(user.status, UserOutcome::Done | UserOutcome::Unchanged);
    let well = view.users.iter().filter(is_well).count();
    let is_canary = matches!(applied.stopped, Some(Stopped { cause: StopCause::Canary { .. }, .. }));
    if applied.interrupted {
        Exit::Interrupted
    } else if applied.credentials_ran_out {
        // Others went on to their end; nobody who is left can be helped without new credentials.
        Exit::Credentials
    } else if well == view.users.len() {
        Exit::Done
    } else if is_canary {
        // Whatever became of the other canaries, the class was not deployed.
        Exit::Failed
    } else if well > 0 {
        Exit::Partial
    } else if view.troubles.iter().all(|trouble| trouble.is_credentials) {
        Exit::Credentials
    } else {
        Exit::Failed
    }
}

/// What became of each user's resources, and every failure.
pub(crate) fn view(lab: &Lab, plan: &Plan, applied: &Applied) -> DeployView {
    let mut view = DeployView { stopped: applied.stopped.map(stopped), ..DeployView::default() };
    for (planned, result) in plan.users.iter().zip(&applied.users) {
        let mut resources = Vec::new();
        for change in &planned.changes {
            let result = result.results.iter().find(|result| result.key == change.key);
            let action = deployed_as(change.action, result);
            view.summary.count(action);
            resources.push(DeployedResource {
                kind: change.key.kind,
                name: change.key.name.clone(),
                arn: result.map_or_else(|| change.arn.clone(), |result| result.arn.clone()),
                action,
                ms: result.map_or(0, |result| result.ms),
            });
        }
        let troubles = troubles(lab, planned, result);
        view.users.push(DeployedUser {
            user: planned.user.to_string(),
            status: status(&resources, !troubles.is_empty(), result.is_begun()),
            error: troubles.first().map(|trouble| format!("{}: {}", trouble.what, trouble.cause)),
            resources,
        });
        view.troubles.extend(troubles);
    }
    view
}

fn stopped(stopped: Stopped) -> StoppedView {
    let (by, allowed) = match stopped.cause {
        StopCause::Canary { users } => (StopReason::Canary, users),
        StopCause::TooManyFailures { allowed } => (StopReason::MaxFailures, allowed),
    };
    StoppedView { by, limit: allowed, failed: stopped.failed, not_begun: stopped.not_begun }
}

fn deployed_as(action: Action, result: Option<&ChangeResult>) -> DeployedAs {
    match (action, result.map(|result| &result.outcome)) {
        (_, Some(Outcome::Failed(_))) => DeployedAs::Failed,
        (_, Some(Outcome::Skipped(Skip::NotBegun))) => DeployedAs::NotBegun,
        (_, Some(Outcome::Skipped(_))) => DeployedAs::Skipped,
        (Action::Create, _) => DeployedAs::Created,
        (Action::Update, _) => DeployedAs::Updated,
        (Action::Delete, _) => DeployedAs::Deleted,
        (Action::Unchanged, _) => DeployedAs::Unchanged,
        (Action::Edited, _) => DeployedAs::Edited,
        (Action::Foreign, _) => DeployedAs::Foreign,
    }
}

/// What was to be done, as an infinitive.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Unchanged => "keep",
        Action::Edited => "keep edited",
        Action::Foreign => "leave foreign",
    }
}

fn status(resources: &[DeployedResource], failed: bool, begun: bool) -> UserOutcome {
    let was_kept = |action| matches!(action, DeployedAs::Unchanged | DeployedAs::Edited);
    if !begun {
        UserOutcome::NotBegun
    } else if failed {
        UserOutcome::Failed
    } else if resources.iter().any(|resource| resource.action == DeployedAs::Skipped) {
        UserOutcome::Interrupted
    } else if resources.iter().all(|resource| was_kept(resource.action)) {
        UserOutcome::Unchanged
    } else {
        UserOutcome::Done
    }
}

fn troubles(lab: &Lab, planned: &plan::UserPlan, result: &UserResult) -> Vec<Trouble> {
    let user = planned.user.to_string();
    let failed = result.results.iter().filter_map(|result| match &result.outcome {
        Outcome::Failed(error) => Some(Trouble {
            what: format!("{} {}", verb(result.action), result.key),
            user: user.clone(),
            cause: error.to_string(),
            help: cloud_help(error).or_else(|| {
                // What AWS refused as such stands in the pack.
                let place = lab.pack.describes(&user, &result.key)?;
                Some(format!("correct it in `{place}`, then run `labctl deploy --only-failed`"))
            }),
            is_credentials: is_credentials(error),
        }),
        _ => None,
    });
    let foreign = planned.changes.iter().filter(|change| change.action == Action::Foreign).map(|change| Trouble {
        what: format!("foreign {}", change.key),
        user: user.clone(),
        cause: change.reason.clone(),
        help: Some(plan::way_out(change)),
        is_credentials: false,
    });
    failed.chain(foreign).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]
mod tests {
    use crate::kind::{Dashboard, Function, LogGroup, Role, StateMachine};
    use crate::manifest::{self, Overrides};
    use crate::model::Key;

    #[test]
    fn what_is_refused_is_described_at_a_place_of_the_pack() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab-manifest.toml");
        let manifest = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n[[users]]\nname = \"ann\"\n";
        std::fs::write(&path, manifest).unwrap();
        let (lab, _) = manifest::load(&path, &Overrides::default()).unwrap();
        let line_of = |place: &str| {
            let (file, line) = place.rsplit_once(':').unwrap();
            assert_eq!(file, "templates/step-functions/pack.toml");
            let text = String::from_utf8_lossy(&lab.pack.files["pack.toml"]).into_owned();
            text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().to_owned()
        };
        for (kind, name, written) in [
            (Role::KIND, "ann-lambda-role", "lambda-role"),
            (Function::KIND, "ann-order-validator", "order-validator"),
            (LogGroup::KIND, "/aws/lambda/ann-order-validator", "order-validator"),
        ] {
            let place = lab.pack.describes("ann", &Key::new(kind, name)).unwrap();
            assert!(line_of(&place).contains(written), "{name}: {place}");
        }
        for (kind, name, file) in [
            (StateMachine::KIND, "ann-express-workflow", "asl/express-workflow.asl.json.hbs"),
            (Dashboard::KIND, "ann-stepfunctions-monitoring", "dashboards/stepfunctions-monitoring.json.hbs"),
        ] {
            let place = lab.pack.describes("ann", &Key::new(kind, name)).unwrap();
            assert_eq!(place, format!("templates/step-functions/{file}"));
        }
        assert_eq!(lab.pack.describes("ann", &StateMachine::key("ann-of-another-lab")), None);
        assert_eq!(lab.pack.describes("ann", &Dashboard::key("bob-stepfunctions-monitoring")), None);
    }
}
