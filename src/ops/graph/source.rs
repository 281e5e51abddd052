//! The definition that is drawn: stdin, a file, or a machine of the manifest's pack.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::{load, rendering};
use super::nearest::nearest;
use crate::asl::Syntax;
use crate::kind::StateMachine;
use crate::model::{Lab, User};
use crate::{host, render};

/// No definition is larger: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: u64 = 1024 * 1024;

/// A machine's definition, and where it is from.
pub(crate) struct LocatedDefinition {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) syntax: Syntax,
    /// As the user would name it.
    pub(crate) origin: PathBuf,
    /// The lab and the machine's name in its pack, unless a file was named.
    pub(crate) lab: Option<(Lab, String)>,
}

/// The definition that the argument names: stdin, a file, or a machine of the pack.
pub(crate) fn find(context: &Context, machine: &str, chosen: Option<&str>) -> Result<LocatedDefinition, Failure> {
    let path = Path::new(machine);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if machine == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| Failure::file("read", path, source))?;
        return from_bytes(bytes, "stdin", PathBuf::from("<stdin>"), None);
    }
    if extension == "hbs" {
        return Err(Failure::usage(
            format!("`{machine}` is a template, not a definition"),
            "name the machine as `labctl graph` lists it; its template is then filled in for a user",
        ));
    }
    if matches!(extension, "json" | "yaml" | "yml" | "asl") || machine.contains(std::path::MAIN_SEPARATOR) {
        let file = host::open(path).map_err(|source| Failure::file("read", path, source))?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|source| Failure::file("read", path, source))?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let title = name.trim_end_matches(&format!(".{extension}")).trim_end_matches(".asl").to_owned();
        let syntax = if extension == "json" { Some(Syntax::Json) } else { None };
        return from_bytes(bytes, &title, path.to_owned(), syntax);
    }
    of_pack(context, machine, chosen)
}

fn from_bytes(
    bytes: Vec<u8>,
    title: &str,
    origin: PathBuf,
    syntax: Option<Syntax>,
) -> Result<LocatedDefinition, Failure> {
    let shown = origin.display().to_string();
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(Failure::usage(
            format!("`{shown}` has more than {LARGEST} bytes, which Step Functions does not take"),
            "name a file with a state machine definition",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("`{shown}` is not text in UTF-8"), "name a file with a state machine definition")
    })?;
    let is_json = text.trim_start().starts_with('{');
    let syntax = syntax.unwrap_or(if is_json { Syntax::Json } else { Syntax::Yaml });
    Ok(LocatedDefinition { title: title.to_owned(), text, syntax, origin, lab: None })
}

fn of_pack(context: &Context, machine: &str, chosen: Option<&str>) -> Result<LocatedDefinition, Failure> {
    let lab = load::lab(context)?;
    let user = user(&lab, chosen)?;
    let machines = definitions(context, &lab, user)?;
    let full = |name: &str| format!("{}-{name}", user.name);
    let found = machines.iter().find(|(name, _)| name == machine || full(name) == machine);
    let Some((name, text)) = found else {
        return Err(Failure::usage(
            format!("no machine `{machine}` in the pack `{}`", lab.pack.name),
            nearest(machine, machines.iter().map(|(name, _)| name.as_str()), "machine"),
        ));
    };
    Ok(LocatedDefinition {
        title: full(name),
        text: text.clone(),
        syntax: Syntax::Json,
        origin: PathBuf::from(format!("{}.asl.json", full(name))),
        lab: Some((lab.clone(), name.clone())),
    })
}

pub(crate) fn user<'l>(lab: &'l Lab, chosen: Option<&str>) -> Result<&'l User, Failure> {
    let found = match chosen {
        Some(name) => lab.users.iter().find(|user| user.name.as_str() == name),
        None => lab.users.first(),
    };
    found.ok_or_else(|| match chosen {
        Some(name) => Failure::usage(
            format!("no user `{name}` in `{}`", lab.manifest.display()),
            nearest(name, lab.users.iter().map(|user| user.name.as_str()), "user"),
        ),
        None => Failure::usage(
            format!("the manifest `{}` has no users", lab.manifest.display()),
            "add one, or name a file with a definition",
        ),
    })
}

/// The pack's machines for a user, by their short names: rendered, after the check that every command makes.
pub(crate) fn definitions(context: &Context, lab: &Lab, user: &User) -> Result<Vec<(String, String)>, Failure> {
    let places = rendering::offline_places(lab);
    rendering::prove(context, lab, &[user], &places)?;
    let rendered = render::desired(lab, &[user], &places, &context.settings.out)?;
    let desired = rendered.desired.users.first();
    let named = lab.pack.machines.iter().filter_map(|machine| {
        let key = StateMachine::key(format!("{}-{}", user.name, machine.name));
        let resource = desired?.resources.iter().find(|resource| resource.key == key)?;
        Some((machine.name.clone(), resource.body.of::<StateMachine>()?.definition.to_string()))
    });
    Ok(named.collect())
}
