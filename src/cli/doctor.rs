//! `labctl doctor`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::render::offline_places;
use super::run::Ended;
use super::session::{self, Session};
use super::{look, preflight};
use crate::local::runtime;
use crate::model::{Lab, Severity, TargetKind};
use crate::plan::{self, Plan, PlanOptions};
use crate::ui::view::{DoctorCheck, DoctorView};
use crate::ui::{counted, counted_len};
use crate::{host, manifest, render};

#[derive(Debug, Args)]
#[command(after_help = "Exit code 0 when nothing would stop the class, else that of the first thing that would.")]
pub(super) struct Arguments {}

pub(super) async fn run(context: &Context, _: &Arguments) -> Ended {
    let mut checks = Vec::new();
    let mut exit = Exit::Done;
    let lab = lab(context, &mut checks, &mut exit);
    python(lab.as_ref(), &mut checks, &mut exit);
    out(context, &mut checks, &mut exit);
    if let Some(lab) = lab {
        runtimes(&lab, &mut checks);
        reach(context, lab, &mut checks, &mut exit).await;
    }
    let document = context.document("doctor", exit == Exit::Done, DoctorView { checks });
    context.show(&document, |ui| ui.doctor(&document.body));
    Ok(exit)
}

fn check(name: &str, state: &str, detail: impl Into<String>, help: Option<String>) -> DoctorCheck {
    DoctorCheck { name: name.to_owned(), state: state.to_owned(), detail: detail.into(), help }
}

fn lab(context: &Context, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) -> Option<Lab> {
    let path = &context.global.manifest;
    let loaded = manifest::load(path, &session::overrides(context));
    let found = match &loaded {
        Ok((lab, warnings)) => {
            let users: Vec<_> = lab.users.iter().collect();
            let mut found = warnings.clone();
            found.extend(render::check(lab, &users, &offline_places(lab)).0);
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
            "failed",
            detail,
            Some("`labctl validate` shows each with its place".to_owned()),
        ));
        *exit = exit.or(Exit::Usage);
        return None;
    }
    let lab = loaded.ok().map(|(lab, _)| lab)?;
    session::loaded(context, &lab);
    let detail = format!(
        "`{}`: lab {}, pack {}, {}, {}",
        path.display(),
        lab.name,
        lab.pack.name,
        counted_len(lab.users.len(), "user"),
        counted_len(warnings, "warning")
    );
    checks.push(check("manifest", if warnings > 0 { "warning" } else { "ok" }, detail, None));
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
                check("python3", "ok", found, None)
            } else {
                let detail = format!("{found} runs handlers of {} locally, another version", others.join(", "));
                let help = "what differs between the versions does not show here: put the version of the lab first on the PATH";
                check("python3", "warning", detail, Some(help.to_owned()))
            });
        }
        None if is_local => {
            let help = "install Python 3.9 or later: the local endpoint runs the lab's handlers with it";
            checks.push(check("python3", "failed", "not on the PATH", Some(help.to_owned())));
            *exit = exit.or(Exit::Failed);
        }
        None => checks.push(check("python3", "skipped", "not on the PATH; the target does not need it", None)),
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
    let out = &context.global.out;
    let probe = out.join(".labctl-doctor");
    let tried = host::write_atomic(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => checks.push(check("out", "ok", format!("`{}` can be written", out.display()), None)),
        Err(error) => {
            let help = "make it writable, or choose another with `--out DIR`".to_owned();
            checks.push(check("out", "failed", format!("cannot write to `{}`: {error}", out.display()), Some(help)));
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
        checks.push(check("runtimes", "ok", "all in support", None));
    }
    for (what, users) in old {
        checks.push(check("runtimes", "warning", format!("{what} ({})", counted(users, "user")), None));
    }
}

/// Endpoint, credentials and guard: one call, told as the three questions it answers.
async fn reach(context: &Context, lab: Lab, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) {
    let users = lab.users.clone();
    match Box::pin(Session::for_users(context, lab, users)).await {
        Ok(session) => {
            for connection in session.connections.values() {
                let kind = if connection.target.kind == TargetKind::Local { "embedded" } else { "aws" };
                let detail = format!("{} answers ({kind}, {})", connection.cloud.endpoint(), connection.place.region);
                checks.push(check("endpoint", "ok", detail, None));
                checks.push(check("credentials", "ok", connection.identity.arn.clone(), None));
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
            checks.push(check(name, "failed", failure.message(), failure.help()));
            *exit = exit.or(failure.exit());
        }
    }
}

/// What the class needs against what the account allows and has in use, how long making it takes, and what it costs. What is there
/// already needs nothing.
async fn weigh(context: &Context, session: &Session, checks: &mut Vec<DoctorCheck>, exit: &mut Exit) {
    let planned = planned(context, session).await;
    if let Ok((_, Some(imposed))) = &planned {
        checks.push(check("log retention", "warning", imposed.clone(), None));
    }
    match planned.map(|(plan, _)| plan) {
        Ok(plan) if plan.has_changes() => {
            let told = preflight::weigh(session, &plan).await.checks();
            if told.iter().any(|check| check.state == "failed") {
                *exit = exit.or(Exit::Usage);
            }
            checks.extend(told);
        }
        Ok(_) => checks.push(check("time", "ok", "everything is there as the manifest says", None)),
        Err(failure) => {
            checks.push(check("reading", "failed", failure.message(), failure.help()));
            *exit = exit.or(failure.exit());
        }
    }
}

/// What a deployment would do, and what there is to be said of policies of the account.
async fn planned(context: &Context, session: &Session) -> Result<(Plan, Option<String>), Failure> {
    let rendered = look::wanted(context, session)?;
    let found = context.unless_interrupted(look::found(session, &rendered)).await?;
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    Ok((plan, look::imposed(&found)))
}

fn guard(connection: &session::Connection) -> DoctorCheck {
    let account = &connection.identity.account;
    match &connection.target.account_id {
        Some(_) => check("account guard", "ok", format!("account {account} is the one the manifest names"), None),
        None if connection.target.kind == TargetKind::Local => {
            check("account guard", "ok", format!("account {account} exists on this machine only"), None)
        }
        None => {
            let help = format!("set `target.account_id = \"{account}\"` in the manifest to refuse every other account");
            check("account guard", "warning", format!("account {account}, and the manifest guards none"), Some(help))
        }
    }
}
