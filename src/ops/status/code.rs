//! The code of functions that is not as the manifest says, file by file.

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::wheels;
use crate::kind::{Desired, Function};
use crate::model::User;
use crate::plan::UserPlan;
use crate::render;
use crate::ui::view::{CodeView, ResourceState, StatusResource};

/// Adds the lines that differ to each function whose code does. Code that an endpoint does not show is shown by its digests; gives what is
/// to be said of that.
///
/// # Errors
/// Mistakes of the templates.
pub(crate) async fn add(
    context: &Context,
    session: &Session,
    plan: &UserPlan,
    desired: &Desired,
    resources: &mut [StatusResource],
) -> Result<Vec<String>, Failure> {
    let has_code =
        |one: &&mut StatusResource| one.kind == Function::KIND && one.diff.iter().any(|field| field.field == "code");
    let mut functions: Vec<&mut StatusResource> = resources.iter_mut().filter(has_code).collect();
    let user: Vec<&User> = session.users.iter().filter(|user| user.name == plan.user).collect();
    if functions.is_empty() || user.is_empty() {
        return Ok(Vec::new());
    }
    let whole = wheels::with(&session.lab)?;
    let rendered = render::render(&whole, &user, &session.places(), &context.settings.out)?;
    let clouds = session.clouds();
    let Some(cloud) = clouds.of(&plan.place, &plan.user) else { return Ok(Vec::new()) };
    let mut unseen = Vec::new();
    for function in &mut functions {
        let key = Function::key(function.name.as_str());
        let wanted = desired.users.iter().filter(|one| one.user == plan.user).flat_map(|one| &one.resources);
        let mut wanted = wanted.filter(|resource| resource.key == key);
        let wanted = wanted.find_map(|resource| resource.body.of::<Function>()?.code.package.as_ref());
        let Some(wanted) = wanted.and_then(|package| rendered.package(&plan.user, &package.path)) else { continue };
        match cloud.package(&function.name).await {
            Ok(Some(live)) if function.state == ResourceState::Edited => function.code = views(wanted, &live),
            Ok(Some(live)) => function.code = views(&live, wanted),
            Ok(None) => {}
            Err(error) => unseen.push(format!("the code of `{}` is not shown: {error}", function.name)),
        }
    }
    Ok(unseen)
}

fn views(from: &[u8], to: &[u8]) -> Vec<CodeView> {
    let changes = render::code_changes(from, to).into_iter();
    changes.map(|change| CodeView { file: change.file, diff: change.diff }).collect()
}
