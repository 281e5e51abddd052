//! The addresses of the local endpoint's console: the instructor's, and students'.

use std::path::PathBuf;

use super::browser;
use super::context::Context;
use super::endpoint;
use super::exit::Exit;
use super::failure::Failure;
use super::load;
use super::selection::Selection;
use super::step::{Finished, Step};
use crate::local::{self, Running};
use crate::manifest;
use crate::model::{Lab, Partition, Target, TargetKind, User};
use crate::ui::view::{ConsoleUser, ConsoleView};

/// Whose address is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConsoleOptions {
    /// The students; nobody chosen is the instructor, who sees everything.
    pub(crate) selection: Selection,
    /// The store of the server instead of `out/local`.
    pub(crate) store: Option<PathBuf>,
    /// Whether it is opened in the user's browser, too.
    pub(crate) open: bool,
}

/// Makes addresses that each open the console of the server on the store once.
///
/// # Errors
/// Mistakes of the manifest, unknown users, a lab at AWS, no server on the store.
pub(crate) async fn console(context: &Context, options: &ConsoleOptions) -> Result<Finished<ConsoleView>, Failure> {
    let is_anyones = options.selection.is_open();
    // For the instructor the manifest only tells whether the lab is at AWS.
    let lab =
        if !is_anyones || context.settings.manifest.exists() { Some(load::whereabouts(context)?.0) } else { None };
    if lab.is_none() {
        manifest::check_overrides(&context.settings.overrides())?;
    }
    let users = match &lab {
        Some(lab) if !is_anyones => options.selection.choose(lab, &context.settings.journal_path())?,
        _ => Vec::new(),
    };
    if options.open && users.len() > 1 {
        return Err(Failure::usage(
            format!("`--open` opens one address, and {} users are chosen", users.len()),
            "choose one user, or leave `--open` out and hand the addresses out",
        ));
    }
    let store = options.store.clone().unwrap_or_else(|| endpoint::store(&context.settings));
    let running = local::find_running(&store);
    refuse_aws(context, lab.as_ref(), &users, running.as_ref())?;
    let Some(running) = running else {
        return Err(Failure::other(
            format!("no server runs on the store `{}`, so there is no console", store.display()),
            "start one with `labctl local serve`, then run this again beside it",
        ));
    };
    context.target_report.local(Some(running.url.clone()), None, None);
    let view = view(&running, &users, is_anyones);
    if let (true, Some(address)) = (options.open, &view.address) {
        browser::open(context, address).await;
    }
    Ok(Finished { document: Step::whole(context).document(context, "console", true, view), exit: Exit::Done })
}

fn view(running: &Running, users: &[User], is_anyones: bool) -> ConsoleView {
    // What a user has is named after the user, with a dash between; no user's name is another's with a dash behind it.
    let of = |user: &User| running.console_address(Some(&format!("{}-", user.name)));
    match users {
        _ if is_anyones => ConsoleView { address: Some(running.console_address(None)), ..ConsoleView::default() },
        [user] => ConsoleView { address: Some(of(user)), user: Some(user.name.to_string()), ..ConsoleView::default() },
        several => {
            let users = several.iter().map(|user| ConsoleUser { user: user.name.to_string(), address: of(user) });
            ConsoleView { users: users.collect(), ..ConsoleView::default() }
        }
    }
}

/// Refuses where a lab is not on the local endpoint: with users their labs, without all there are.
///
/// # Errors
/// A target that this server is not.
fn refuse_aws(context: &Context, lab: Option<&Lab>, users: &[User], running: Option<&Running>) -> Result<(), Failure> {
    let is_elsewhere = |target: &&Target| {
        let is_served = running.is_some_and(|running| target.endpoint_url.as_deref() == Some(running.url.as_str()));
        target.kind == TargetKind::Aws && !is_served
    };
    let Some(lab) = lab else {
        return match context.settings.target {
            Some(TargetKind::Aws) => Err(elsewhere(None, context.settings.region.as_deref().unwrap_or("us-east-1"))),
            _ => Ok(()),
        };
    };
    let found = if users.is_empty() {
        let all: Vec<&Target> =
            if lab.users.is_empty() { vec![&lab.target] } else { lab.users.iter().map(|user| &user.target).collect() };
        // Whoever is on the local endpoint can be looked at.
        if all.iter().all(is_elsewhere) { all.first().copied() } else { None }
    } else {
        users.iter().map(|user| &user.target).find(is_elsewhere)
    };
    found.map_or(Ok(()), |target| Err(elsewhere(target.endpoint_url.as_deref(), target.region.as_str())))
}

fn elsewhere(endpoint_url: Option<&str>, region: &str) -> Failure {
    let local = "`--target local` looks at the local endpoint";
    match (endpoint_url, aws_console(region)) {
        (Some(url), _) => Failure::usage(
            format!("the lab goes to `{url}`, which is no server on this store: labctl has no console for it"),
            local,
        ),
        (None, Some(address)) => {
            Failure::usage("the lab goes to AWS, which has a console of its own", format!("open {address}; {local}"))
        }
        (None, None) => Failure::usage("the lab goes to AWS, which has a console of its own", local),
    }
}

/// Where AWS shows the state machines of a region.
/// <https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/select-region.html>
fn aws_console(region: &str) -> Option<String> {
    let host = match Partition::of_region(region).id {
        "aws" => format!("{region}.console.aws.amazon.com"),
        "aws-cn" => format!("{region}.console.amazonaws.cn"),
        "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
        _ => return None,
    };
    Some(format!("https://{host}/states/home?region={region}"))
}
