//! `labctl init [DIR]`.

use std::io;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::run::Ended;
use crate::{host, manifest};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder, made when it is missing.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Also copy the built-in packs to `templates/`, to edit them.
    #[arg(long)]
    eject_templates: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let manifest = arguments.folder.join("lab-manifest.toml");
    let schema = arguments.folder.join("lab-manifest.schema.json");
    if manifest.exists() && !arguments.eject_templates {
        return Err(Failure::usage(
            format!("`{}` exists already and is left as it is", manifest.display()),
            "choose another folder, or add `--eject-templates` to copy the templates beside it",
        ));
    }
    let mut written = Vec::new();
    if !manifest.exists() {
        let pack = manifest::load_pack("step-functions", &arguments.folder)?;
        host::write_atomic(&manifest, manifest::template(&pack, "./lab-manifest.schema.json").as_bytes())
            .map_err(|source| Failure::file("write", &manifest, source))?;
        written.push(manifest);
        let text = serde_json::to_string_pretty(&manifest::schema()).unwrap_or_default() + "\n";
        host::write_atomic(&schema, text.as_bytes()).map_err(|source| Failure::file("write", &schema, source))?;
        written.push(schema);
    }
    if arguments.eject_templates {
        let templates = arguments.folder.join("templates");
        let ejected = manifest::eject(&templates).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Failure::usage(
                format!(
                    "`{}` holds other templates already, and they are left as they are: {source}",
                    templates.display()
                ),
                "move them away, or choose another folder",
            ),
            _ => Failure::file("write templates to", &templates, source),
        })?;
        written.extend(ejected);
    }
    if context.global.json {
        context.ui.print_json(&context.document("init", true, json!({ "written": written })));
        return Ok(Exit::Done);
    }
    for path in &written {
        context.ui.raw(&format!("wrote {}\n", path.display()));
    }
    context.ui.note("next: edit the manifest, then `labctl validate` and `labctl rehearse`");
    Ok(Exit::Done)
}
