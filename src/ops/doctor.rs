//! What would stop a class: credentials, account guard, endpoint, python3, runtimes.

use std::collections::{BTreeMap, BTreeSet};

use super::connection::Connection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::rendering::{self, offline_places};
use super::session::Session;
use super::step::Finished;
use super::{load, notices, observing, preflight, wheels};
use crate::cloud::Depth;
use crate::local::runtime;
use crate::model::{Lab, TargetKind};
use crate::plan::{self, Plan, PlanOptions};
use crate::source::Severity;
use crate::ui::view::{CheckState, DoctorCheck, DoctorView};
use crate::ui::{counted, counted_len};
use crate::{host, manifest, render};

/// Looks at everything that a class needs; ends as the first thing that would stop it.
pub(crate) async fn doctor(context: &Context) -> Finished<DoctorView> {
    let mut checks = Vec::new();
    let mut exit = Exit::Done;
    let lab = lab(context, &mut checks, &mut exit);
    python(lab.as_ref(), &mut checks, &mut exit);
    out(context, &mut checks, &mut exit);
    if let Some(lab) = lab {
        runtimes(&lab, &mut checks);
        reach(context, lab, &mut checks, &mut exit).await;
    }
    Finished { document: context.document("doctor", exit == Exit::Done, DoctorView { checks }), exit }
}

fn check(name: &str, state: CheckState, detail: impl Into<String>, help: Option<String>) -> DoctorCheck {
    DoctorCheck { name: name.to_owned(), state, detail: detail.into(), help }
}

fn lab(context: &Context, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) -> Option<Lab> {
    let path = &context.settings.manifest;
    let loaded = manifest::load(path, &context.settings.overrides());
    let found = match &loaded {
        Ok((lab, warnings)) => {
            let users: Vec<_> = lab.users.iter().collect();
            let mut found = warnings.clone();
            match wheels::with(lab) {
                Ok(whole) => found.extend(render::check(&whole, &users, &offline_places(lab)).0),
                Err(missing) => found.extend(missing.0),
            }
            found
        }
        Err(found) => found.clone(),
    };
    let errors = found.0.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = found.0.len() - errors;
    if errors > 0 {
        let detail =
            format!("`{}` has {}, {}", path.display(), counted_len(errors, "error"), counted_len(warnings, "warning"));
        checks.push(check(
            "manifest",
            CheckState::Failed,
            detail,
            Some("`labctl validate` shows each with its place".to_owned()),
        ));
        *exit = exit.or(Exit::Usage);
        return None;
    }
    let lab = loaded.ok().map(|(lab, _)| lab)?;
    load::loaded(context, &lab);
    let detail = format!(
        "`{}`: lab {}, pack {}, {}, {}",
        path.display(),
        lab.name,
        lab.pack.name,
        counted_len(lab.users.len(), "user"),
        counted_len(warnings, "warning")
    );
    checks.push(check("manifest", if warnings > 0 { CheckState::Warning } else { CheckState::Ok }, detail, None));
    Some(lab)
}

/// Only the local endpoint runs handlers here; for other targets a missing python3 stops nothing.
fn python(lab: Option<&Lab>, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) {
    let is_local = lab.is_none_or(|lab| lab.users.iter().any(|user| user.target.kind == TargetKind::Local));
    match runtime::find_python(None) {
        Some(python) => {
            let found = format!("{} ({})", python.path.display(), python.version);
            let others = lab.filter(|_| is_local).map(|lab| other_versions(lab, &python.version)).unwrap_or_default();
            checks.push(if others.is_empty() {
                check("python3", CheckState::Ok, found, None)
            } else {
                let detail = format!("{found} runs handlers of {} locally, another version", others.join(", "));
                let help = "what differs between the versions does not show here: put the version of the lab first on the PATH";
                check("python3", CheckState::Warning, detail, Some(help.to_owned()))
            });
        }
        None if is_local => {
            let help = "install Python 3.9 or later: the local endpoint runs the lab's handlers with it";
            checks.push(check("python3", CheckState::Failed, "not on the PATH", Some(help.to_owned())));
            *exit = exit.or(Exit::Failed);
        }
        None => {
            checks.push(check("python3", CheckState::Skipped, "not on the PATH; the target does not need it", None));
        }
    }
}

/// The runtimes of a lab's functions that the host's python3 is not.
fn other_versions(lab: &Lab, version: &str) -> Vec<String> {
    let minor = version.split('.').take(2).collect::<Vec<_>>().join(".");
    let own = format!("python{minor}");
    let mut others = BTreeSet::new();
    for template in lab.pack.functions.iter().map(|function| function.runtime.as_str()) {
        let setting = template.trim_start_matches('{').trim_end_matches('}').trim().strip_prefix("settings.");
        match setting {
            None => drop(others.insert(template.to_owned())),
            Some(name) => {
                let values = lab.users.iter().filter_map(|user| user.settings.get(name)?.as_str());
                others.extend(values.map(str::to_owned));
            }
        }
    }
    others.retain(|runtime| runtime.starts_with("python3.") && *runtime != own);
    others.into_iter().collect()
}

/// Whether results can be written.
fn out(context: &Context, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) {
    let out = &context.settings.out;
    let probe = out.join(".labctl-doctor");
    let tried = host::write_atomic(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => checks.push(check("out", CheckState::Ok, format!("`{}` can be written", out.display()), None)),
        Err(error) => {
            let help = "make it writable, or choose another with `--out DIR`".to_owned();
            checks.push(check(
                "out",
                CheckState::Failed,
                format!("cannot write to `{}`: {error}", out.display()),
                Some(help),
            ));
            *exit = exit.or(Exit::Failed);
        }
    }
}

fn runtimes(lab: &Lab, checks: &mut Vec<DoctorCheck>) {
    let mut old = BTreeMap::new();
    for user in &lab.users {
        for (name, setting) in &lab.pack.settings {
            let value = user.settings.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            if let Some(why) = setting.deprecation(value) {
                *old.entry(format!("{name} `{value}`: {why}")).or_insert(0) += 1;
            }
        }
    }
    if old.is_empty() {
        checks.push(check("runtimes", CheckState::Ok, "all in support", None));
    }
    for (what, users) in old {
        checks.push(check("runtimes", CheckState::Warning, format!("{what} ({})", counted(users, "user")), None));
    }
}

/// Endpoint, credentials and guard: one call that answers three questions.
async fn reach(context: &Context, lab: Lab, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) {
    let users = lab.users.clone();
    match Box::pin(Session::for_users(context, lab, users)).await {
        Ok(session) => {
            for connection in session.connections.values() {
                let kind = if connection.target.kind == TargetKind::Local { "embedded" } else { "aws" };
                let detail = format!("{} answers ({kind}, {})", connection.cloud.endpoint(), connection.place.region);
                checks.push(check("endpoint", CheckState::Ok, detail, None));
                checks.push(check("credentials", CheckState::Ok, connection.identity.arn.clone(), None));
                checks.push(guard(connection));
            }
            if *exit == Exit::Done {
                weigh(context, &session, checks, exit).await;
            }
            session.close().await;
        }
        Err(failure) => {
            let name = match &failure {
                Failure::WrongAccount { .. } => "account guard",
                failure if failure.exit() == Exit::Credentials => "credentials",
                _ => "endpoint",
            };
            checks.push(check(name, CheckState::Failed, failure.message(), failure.help()));
            *exit = exit.or(failure.exit());
        }
    }
}

/// What the class needs against what the account allows and has in use, how long making it takes, and what it costs. What is there
/// already needs nothing.
async fn weigh(context: &Context, session: &Session, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) {
    let planned = planned(context, session).await;
    if let Ok((_, Some(imposed))) = &planned {
        checks.push(check("log retention", CheckState::Warning, imposed.clone(), None));
    }
    match planned.map(|(plan, _)| plan) {
        Ok(plan) if plan.has_changes() => {
            let weighed = preflight::weigh(session, &plan).await.checks();
            if weighed.iter().any(|check| check.state == CheckState::Failed) {
                *exit = exit.or(Exit::Usage);
            }
            checks.extend(weighed);
        }
        Ok(_) => checks.push(check("time", CheckState::Ok, "everything is there as the manifest says", None)),
        Err(failure) => {
            checks.push(check("reading", CheckState::Failed, failure.message(), failure.help()));
            *exit = exit.or(failure.exit());
        }
    }
}

/// What a deployment would do, and what there is to be said of policies of the account.
async fn planned(context: &Context, session: &Session) -> Result<(Plan, Option<String>), Failure> {
    let rendered = rendering::wanted(context, session)?;
    let found = context.unless_interrupted(observing::observed(session, &rendered, Depth::Content)).await?;
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    Ok((plan, notices::imposed(&found)))
}

fn guard(connection: &Connection) -> DoctorCheck {
    let account = &connection.identity.account;
    match &connection.target.account_id {
        Some(_) => {
            check("account guard", CheckState::Ok, format!("account {account} is the one the manifest names"), None)
        }
        None if connection.target.kind == TargetKind::Local => {
            check("account guard", CheckState::Ok, format!("account {account} exists on this machine only"), None)
        }
        None => {
            let help = format!("set `target.account_id = \"{account}\"` in the manifest to refuse every other account");
            check(
                "account guard",
                CheckState::Warning,
                format!("account {account}, and the manifest guards none"),
                Some(help),
            )
        }
    }
}
