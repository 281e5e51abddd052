//! A lab for an engine that exists: a CloudFormation template for any user, Terraform JSON for users whose labs may be there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::rendering::prove;
use super::selection::Selection;
use super::session::Session;
use super::step::{Finished, Step};
use super::{load, observing, wheels};
use crate::cloud::{Depth, with_marker};
use crate::export::{self, ExportFile, Provider, StandIn, TemplateError, managed_tags, package_name};
use crate::host;
use crate::kind::{Dashboard, Function, Resource, UserDesired};
use crate::model::{Key, Tags, User, UserName};
use crate::render::{self, Rendered};
use crate::source::{Diagnostic, Diagnostics};
use crate::ui::view::{ExportFileView, ExportView};

/// What is exported.
#[derive(Clone, Debug)]
pub(crate) struct ExportOptions {
    /// Whose labs; of a template, whose settings.
    pub(crate) selection: Selection,
    /// For whom.
    pub(crate) engine: Engine,
    /// The folder instead of the engine's below `out/export`.
    pub(crate) output: Option<PathBuf>,
}

/// An engine, and what it must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// One template with the parameter `User`, and packages for this bucket.
    CloudFormation {
        /// The bucket.
        bucket: String,
    },
    /// A module with the chosen users' resources, and import blocks for those that are there.
    Terraform,
}

impl Engine {
    /// The word on the command line and in documents.
    fn word(&self) -> &'static str {
        match self {
            Self::CloudFormation { .. } => "cloudformation",
            Self::Terraform => "terraform",
        }
    }
}

/// Writes the files of an export.
///
/// # Errors
/// Mistakes of manifest, pack and templates; labs that no one template is for; an endpoint that cannot be read; a file that cannot be written.
pub(crate) async fn export(context: &Context, options: &ExportOptions) -> Result<Finished<ExportView>, Failure> {
    let step = Step::whole(context);
    let files = match &options.engine {
        Engine::CloudFormation { bucket } => template(context, options, bucket)?,
        Engine::Terraform => {
            // The provider's resource for any type has no import, and a lab that is there would be made once more.
            if !load::lab(context)?.pack.resources.is_empty() {
                let message = "Terraform takes over no resource of a type that the pack has under `[[resources]]`";
                return Err(Failure::usage(message.to_owned(), "export it with `--format cloudformation`"));
            }
            let work = async |session: &Session| module(context, session).await;
            Session::during(context, &options.selection, work).await?
        }
    };
    let folder =
        options.output.clone().unwrap_or_else(|| context.settings.out.join("export").join(options.engine.word()));
    let mut written = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        host::write_atomic(&path, &file.bytes).map_err(|error| Failure::file("write", &path, error))?;
        written.push(ExportFileView { path, sha256: file.sha256() });
    }
    let bucket = match &options.engine {
        Engine::CloudFormation { bucket } => Some(bucket.clone()),
        Engine::Terraform => None,
    };
    let view = ExportView { format: options.engine.word(), folder, files: written, bucket };
    Ok(Finished { document: step.document(context, "export", true, view), exit: Exit::Done })
}

/// The template and the packages. Nobody is asked for an account: the stack's is a parameter.
fn template(context: &Context, options: &ExportOptions, bucket: &str) -> Result<Vec<ExportFile>, Failure> {
    let lab = load::lab(context)?;
    let mut chosen = options.selection.clone();
    chosen.all |= chosen.is_open();
    let users = chosen.choose(&lab, &context.settings.journal_path())?;
    context.target_report.written(users.iter().map(|user| &user.target));
    let Some(first) = users.first() else {
        return Err(Failure::usage("no user is chosen".to_owned(), "name one with `--user`"));
    };
    if let Some(other) = users.iter().find(|user| !is_alike(first, user)) {
        return Err(Failure::usage(
            format!(
                "`{}` and `{}` differ in settings, roles or partition, and a template is one lab for any user",
                first.name, other.name
            ),
            "export them one by one with `--user` and `--output`",
        ));
    }
    let unknown = || {
        Failure::other(format!("region `{}` is in no partition that is known", first.target.region), "choose another")
    };
    let stand_in = StandIn::in_partition_of(&first.target.region).ok_or_else(unknown)?;
    let user = User { name: stand_in.user.clone(), ..first.clone() };
    let places = BTreeMap::from([(user.name.clone(), stand_in.place.clone())]);
    prove(context, &lab, &[&user], &places)?;
    let whole = wheels::with(&lab)?;
    let rendered = render::render(&whole, &[&user], &places, &context.settings.out)?;
    let Some(desired) = rendered.desired.users.first() else { return Ok(Vec::new()) };
    let resources: Vec<Arc<Resource>> =
        desired.resources.iter().map(|it| Arc::new(marked(it, managed_tags(&it.tags)))).collect();
    let title = format!("{}: the lab `{}` of one user, made by labctl", lab.pack.title, lab.name);
    let about = (title.as_str(), first.name.as_str(), bucket);
    let template = export::cloudformation(&stand_in, &resources, about).map_err(|mistakes| {
        let finding = |mistake: TemplateError| Diagnostic::error("export::template", mistake.to_string());
        Failure::Diagnostics(Diagnostics(mistakes.into_iter().map(finding).collect()))
    })?;
    let mut files = vec![template];
    let mut seen = BTreeSet::new();
    for resource in &resources {
        let Some((name, bytes)) = packaged(&rendered, &desired.user, resource) else { continue };
        if seen.insert(name.clone()) {
            files.push(ExportFile { path: format!("code/{name}"), bytes });
        }
    }
    Ok(files)
}

/// Whether labs differ in names alone.
fn is_alike(one: &User, other: &User) -> bool {
    let partition = |user: &User| user.target.region.partition().id;
    (&one.iam, &one.settings, partition(one)) == (&other.iam, &other.settings, partition(other))
}

/// The module, its definitions and packages.
async fn module(context: &Context, session: &Session) -> Result<Vec<ExportFile>, Failure> {
    let users: Vec<&User> = session.users.iter().collect();
    let places = session.places();
    prove(context, &session.lab, &users, &places)?;
    let whole = wheels::with(&session.lab)?;
    let rendered = render::render(&whole, &users, &places, &context.settings.out)?;
    let found = context.unless_interrupted(observing::observed(session, &rendered, Depth::Lists)).await?;
    let lab = session.lab.name.as_str();
    let is_there = |user: &UserDesired, key: &Key| {
        let live = found.get(&user.place).and_then(|observed| observed.resources.get(key));
        live.is_some_and(|live| live.lab() == Some(lab) && live.user() == Some(user.user.as_str()))
    };
    let package =
        |user: &UserDesired, resource: &Resource| packaged(&rendered, &user.user, resource).map(|(_, bytes)| bytes);
    let mut labs = Vec::new();
    for desired in &rendered.desired.users {
        let Some(user) = users.iter().find(|user| user.name == desired.user) else { continue };
        let resources = desired.resources.iter().map(|it| Arc::new(marked(it, it.tags.clone()))).collect();
        let provider = Provider { place: desired.place.clone(), target: user.target.clone() };
        labs.push((UserDesired { resources, ..desired.clone() }, provider));
    }
    Ok(export::terraform(labs.iter().map(|(desired, provider)| (desired, provider)), is_there, package))
}

/// A resource with these tags; a dashboard has them in its body.
fn marked(resource: &Resource, tags: Tags) -> Resource {
    let mut resource = Resource { tags, ..resource.clone() };
    if let Some(dashboard) = resource.body.of_mut::<Dashboard>() {
        dashboard.body = with_marker(&dashboard.body, &resource.key.name, &resource.tags).into();
    }
    resource
}

/// A function's package: the name that its digest gives it, and its bytes.
fn packaged(rendered: &Rendered, user: &UserName, resource: &Resource) -> Option<(String, Vec<u8>)> {
    let code = &resource.body.of::<Function>()?.code;
    let path: &Path = &code.package.as_ref()?.path;
    Some((package_name(code), rendered.package(user, path)?.to_vec()))
}
