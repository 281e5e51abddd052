//! The users' own work, saved under `out/<user>/edited/<time>/` before anything takes it away. Every path that removes or replaces goes
//! through here; what cannot be saved stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::context::Context;
use super::failure::Failure;
use super::session::Session;
use crate::cloud::ErrorClass;
use crate::kind::{Desired, Function, Live, Resource, difference};
use crate::model::{Digest, Key, Place, UserName};
use crate::plan::{Action, Change, Found, Plan, UserPlan};
use crate::render;
use crate::ui::view::{PulledResource, PulledUser, Trouble};

/// Why a thing stays that a command was to remove.
const UNSAVED: &str = "the user's work in it could not be saved, so it stays";

/// Whose work, in which thing.
type Work = (UserName, Place, Key);

/// Saves, and knows what it has saved.
pub(crate) struct Edits<'run> {
    context: &'run Context,
    session: &'run Session,
    /// What the users should have, where a manifest says so.
    wanted: BTreeMap<(UserName, Key), &'run Resource>,
    /// What was saved, as it was then: a later look at the same saves nothing again.
    saved: BTreeMap<Work, Digest>,
    failed: BTreeMap<Work, Failure>,
    users: Vec<PulledUser>,
    folders: BTreeSet<(UserName, String)>,
}

impl<'run> Edits<'run> {
    pub(crate) fn new(context: &'run Context, session: &'run Session, desired: Option<&'run Desired>) -> Self {
        let users = desired.into_iter().flat_map(|desired| &desired.users);
        let wanted = users.flat_map(|user| {
            user.resources.iter().map(|resource| ((user.user.clone(), resource.key.clone()), &**resource))
        });
        Self {
            context,
            session,
            wanted: wanted.collect(),
            saved: BTreeMap::new(),
            failed: BTreeMap::new(),
            users: Vec::new(),
            folders: BTreeSet::new(),
        }
    }

    /// Saves what a plan takes away of the users' work. What cannot be saved is taken out of the plan, and stays.
    pub(crate) async fn save_first(&mut self, found: &Found, plan: &mut Plan) {
        for user in &mut plan.users {
            let going: Vec<Change> = user.changes.iter().filter(|change| change.edited).cloned().collect();
            self.save(found, user, &going).await;
            let stays: BTreeSet<Key> = going
                .into_iter()
                .map(|change| change.key)
                .filter(|key| self.failed.contains_key(&(user.user.clone(), user.place.clone(), key.clone())))
                .collect();
            if !stays.is_empty() {
                user.keep(&stays, UNSAVED);
            }
        }
    }

    /// Saves what a plan keeps of the users' work.
    pub(crate) async fn save_kept(&mut self, found: &Found, plan: &Plan) {
        for user in &plan.users {
            let kept: Vec<Change> =
                user.changes.iter().filter(|change| change.action == Action::Edited).cloned().collect();
            self.save(found, user, &kept).await;
        }
    }

    async fn save(&mut self, found: &Found, user: &UserPlan, changes: &[Change]) {
        let mut files = BTreeMap::new();
        let (mut resources, mut described_changes, mut works) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            let work = (user.user.clone(), user.place.clone(), change.key.clone());
            let Some(live) = found.get(&user.place).and_then(|observed| observed.resources.get(&change.key)) else {
                continue;
            };
            let digest = live.body.digest();
            if self.failed.contains_key(&work) || self.saved.get(&work) == Some(&digest) {
                continue;
            }
            let wanted = self.wanted.get(&(user.user.clone(), change.key.clone())).copied();
            match self.files_of(user, change, live, wanted).await {
                Ok(found) => {
                    let names = found.iter().map(|(name, _)| name.clone()).collect();
                    resources.push(PulledResource {
                        kind: change.key.kind,
                        name: change.key.name.clone(),
                        files: names,
                    });
                    described_changes.push(described(change, live, wanted));
                    works.push((work, digest));
                    files.extend(found);
                }
                Err(failure) => _ = self.failed.insert(work, failure),
            }
        }
        if resources.is_empty() {
            return;
        }
        files.insert("changes.json".to_owned(), pretty(&json!(described_changes)));
        let stamp = self.stamp(&user.user);
        match render::save_edits(&self.context.settings.out, &user.user, &stamp, &files) {
            Ok(folder) => {
                self.saved.extend(works);
                self.users.push(PulledUser { user: user.user.to_string(), folder, resources });
            }
            Err(error) => {
                let failure = Failure::from(error);
                let (message, help) = (failure.message(), failure.help());
                let failed = |(work, _)| (work, Failure::Other { message: message.clone(), help: help.clone() });
                self.failed.extend(works.into_iter().map(failed));
            }
        }
    }

    /// The files of one thing.
    async fn files_of(
        &self,
        user: &UserPlan,
        change: &Change,
        live: &Live,
        wanted: Option<&Resource>,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        // Named as `render` names what it writes: the folder is the user's already.
        let name = change.key.name.strip_prefix(&format!("{}-", user.user)).unwrap_or(&change.key.name);
        let path = format!("{}/{}", change.key.kind.facts().folder, plain(name));
        let texts = live.body.files().into_iter().map(|(end, text)| (format!("{path}{end}"), text.into_bytes()));
        let mut files: Vec<_> = texts.collect();
        if let Some(function) = live.body.of::<Function>() {
            let known = wanted.and_then(|wanted| wanted.body.of::<Function>());
            if known.is_none_or(|known| known.code.sha256 != function.code.sha256) {
                files.extend(self.package(user, change).await?.map(|zip| (format!("{path}.zip"), zip)));
            }
        }
        Ok(files)
    }

    /// The code that runs. An endpoint that shows no code at all lets the rest be saved where nothing is taken away.
    async fn package(&self, user: &UserPlan, change: &Change) -> Result<Option<Vec<u8>>, Failure> {
        let clouds = self.session.clouds();
        let Some(cloud) = clouds.of(&user.place, &user.user) else { return Ok(None) };
        match cloud.package(&change.key.name).await {
            Err(error) if error.class == ErrorClass::NotImplemented && change.action == Action::Edited => {
                self.context.audience.note(&format!("the code of `{}` is not saved: {error}", change.key.name));
                Ok(None)
            }
            package => Ok(package?),
        }
    }

    /// The time as a folder's name, another for each folder of a user.
    fn stamp(&mut self, user: &UserName) -> String {
        let now = jiff::Timestamp::from_millisecond(crate::host::now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let time = now.strftime("%Y-%m-%dT%H-%M-%S-%3fZ").to_string();
        let mut stamp = time.clone();
        let mut number = 2;
        while !self.folders.insert((user.clone(), stamp.clone())) {
            stamp = format!("{time}-{number}");
            number += 1;
        }
        stamp
    }

    /// What was saved, by user.
    pub(crate) fn saved(&self) -> Vec<PulledUser> {
        self.users.clone()
    }

    /// The first thing that could not be saved.
    pub(crate) fn into_failure(self) -> Option<Failure> {
        self.failed.into_values().next()
    }

    /// What could not be saved, for telling.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = (&Work, Trouble)> {
        self.failed.iter().map(|(work, failure)| {
            let (user, _, key) = work;
            let next = "then run the same command again: what was edited stays until it is saved";
            let help = failure.help().unwrap_or_else(|| format!("save it by hand and remove it, {next}"));
            let trouble = Trouble {
                what: format!("save the edited {key}"),
                user: user.to_string(),
                cause: failure.message(),
                help: Some(help),
                // What is left is left, whatever the reason.
                is_credentials: false,
            };
            (work, trouble)
        })
    }
}

/// What the edit changed, from what labctl wants to what is there; all that is there, where nothing says what is wanted.
fn described(change: &Change, live: &Live, wanted: Option<&Resource>) -> Value {
    let (kind, name) = (change.key.kind, &change.key.name);
    let Some(wanted) = wanted else {
        return json!({ "kind": kind, "name": name, "edited": live.body.canonical() });
    };
    let differs = difference(&live.body, &wanted.body);
    let fields = differs.fields.iter();
    let fields = fields.map(|field| json!({ "field": field.field, "lab": field.to, "edited": field.from }));
    json!({ "kind": kind, "name": name, "states": differs.states, "fields": fields.collect::<Vec<_>>() })
}

/// A name as part of a file's name.
fn plain(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' })
        .collect()
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

/// What there is to say of edits that a deployment put back.
pub(crate) fn note(context: &Context, saved: &[PulledUser]) {
    for user in saved {
        let count = user.resources.len();
        let things = if count == 1 { "edited resource" } else { "edited resources" };
        context.audience.note(&format!(
            "{}: saved {count} {things} under `{}` first",
            user.user,
            user.folder.display()
        ));
    }
}
