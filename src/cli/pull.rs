//! `labctl pull`: what users edited, saved before anything else happens to it.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::finish::finish;
use super::look;
use super::run::Ended;
use super::session::Session;
use super::step::Step;
use crate::cloud::ErrorClass;
use crate::model::{Body, Live};
use crate::plan::{self, Action, Change, Found, Plan, PlanOptions, UserPlan};
use crate::render;
use crate::ui::view::{Document, PullView, PulledResource, PulledUser};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let document =
        Session::during(context, &arguments.selection, async |session| execute(context, session).await).await?;
    context.show(&document, |ui| ui.pull(&document.body));
    Ok(Exit::Done)
}

async fn execute(context: &Context, session: &Session) -> Result<Document<PullView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "pull")?;
    let rendered = look::wanted(context, session)?;
    let found = context.unless_interrupted(look::found(session, &rendered)).await?;
    let plan = plan::plan(&rendered.desired, &found, PlanOptions::default());
    super::plan::tell(&journal, &plan);
    let view = save(context, session, &found, &plan).await?;
    finish(&step, &journal, "pull", Exit::Done, format!("{} saved", view.summary.pulled))?;
    Ok(step.document(context, "pull", true, view))
}

/// Saves every edited thing of a plan under `out/<user>/edited/<time>/`, where nothing is ever overwritten.
///
/// # Errors
/// When a package cannot be downloaded, or a file not be written.
pub(super) async fn save(
    context: &Context,
    session: &Session,
    found: &Found,
    plan: &Plan,
) -> Result<PullView, Failure> {
    let now = jiff::Timestamp::from_millisecond(crate::host::now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let stamp = now.strftime("%Y-%m-%dT%H-%M-%S-%3fZ").to_string();
    let mut view = PullView::default();
    for user in &plan.users {
        let edited: Vec<&Change> = user.changes.iter().filter(|change| change.action == Action::Edited).collect();
        if edited.is_empty() {
            continue;
        }
        let mut files = BTreeMap::new();
        let mut resources = Vec::new();
        for change in &edited {
            let live = found.get(&user.place).and_then(|observed| observed.resources.get(&change.key));
            let names: Vec<String> = match live {
                Some(live) => of_resource(context, session, user, change, live, &mut files).await?,
                None => Vec::new(),
            };
            let (kind, name) = (change.key.kind, change.key.name.clone());
            resources.push(PulledResource { kind, name, files: names });
        }
        let told: Vec<Value> = edited.iter().map(|change| told(change)).collect();
        files.insert("changes.json".to_owned(), pretty(&json!(told)));
        let folder = render::save_edits(&context.global.out, &user.user, &stamp, &files)?;
        view.summary.pulled += resources.len();
        view.users.push(PulledUser { user: user.user.to_string(), folder, resources });
    }
    Ok(view)
}

/// The files of one edited thing.
async fn of_resource(
    context: &Context,
    session: &Session,
    user: &UserPlan,
    change: &Change,
    live: &Live,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<Vec<String>, Failure> {
    let name = plain(&change.key.name);
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    match &live.body {
        Body::StateMachine { definition, .. } => found.push((format!("asl/{name}.asl.json"), document(definition))),
        Body::Dashboard { body } => found.push((format!("dashboards/{name}.json"), document(body))),
        Body::Role { .. } => found.push((format!("iam/{name}.json"), pretty(&live.body.canonical()))),
        Body::Function { .. } => {
            found.push((format!("lambda/{name}.json"), pretty(&live.body.canonical())));
            let code_differs = change.diff.iter().any(|field| field.field == "code");
            if let Some(cloud) = session.clouds().of(&user.place, &user.user).filter(|_| code_differs) {
                match cloud.package(&change.key.name).await {
                    Ok(zip) => found.extend(zip.map(|zip| (format!("lambda/{name}.zip"), zip))),
                    // An emulator may not show code at all; the rest is saved all the same.
                    Err(error) if error.class == ErrorClass::NotImplemented => {
                        context.ui.note(&format!("the code of `{}` is not saved: {error}", change.key.name));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        // All that can be edited of these is in `changes.json`.
        Body::LogGroup { .. } | Body::Queue { .. } => {}
    }
    let names = found.iter().map(|(name, _)| name.clone()).collect();
    files.extend(found);
    Ok(names)
}

/// What the edit changed, from what labctl wants to what is there.
fn told(change: &Change) -> Value {
    let fields = change.diff.iter().map(|field| json!({ "field": field.field, "lab": field.to, "edited": field.from }));
    json!({
        "kind": change.key.kind, "name": change.key.name, "states": change.states, "fields": fields.collect::<Vec<_>>(),
    })
}

/// A name as part of a file's name.
fn plain(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' })
        .collect()
}

/// A document with its white space in order, or as it is if it is none.
fn document(text: &str) -> Vec<u8> {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.as_bytes().to_vec(), |value| pretty(&value))
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

/// What there is to say of edits that a deployment put back.
pub(super) fn note(context: &Context, view: &PullView) {
    for user in &view.users {
        let count = user.resources.len();
        let things = if count == 1 { "edited resource" } else { "edited resources" };
        context.ui.note(&format!("{}: saved {count} {things} under `{}` first", user.user, user.folder.display()));
    }
}
