//! `labctl export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::Failure;
use crate::ops::export::{Engine, ExportOptions, export};
use crate::ui::Ui;

/// An engine that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One template with the parameter `User`, for stacks and StackSets.
    #[value(name = "cloudformation")]
    CloudFormation,
    /// A module of the chosen users' resources, with import blocks for those that are there.
    Terraform,
}

#[derive(Debug, Args)]
#[command(
    after_help = "CloudFormation: `template.json` and `code/`, which the printed command puts into the bucket; what a stack made labctl shows and \
leaves alone. Terraform: `main.tf.json`, `imports.tf.json`, definitions and packages; `terraform apply` then takes over the labs that are there. \
docs/scale.md has both as recipes.\n\nExamples:\n  labctl export --format cloudformation --bucket my-lab-code\n  \
labctl export --format terraform --all -o class"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// The engine.
    #[arg(long, value_enum)]
    format: Format,
    /// CloudFormation: the bucket that the functions' packages are put into, in the stacks' region.
    #[arg(long, value_name = "NAME", value_parser = bucket)]
    bucket: Option<String>,
    /// The folder; `out/export/<format>` by default. Files of the same names are replaced.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn bucket(text: &str) -> Result<String, String> {
    let is_inner = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let is_named = text.chars().all(|character| is_inner(character) || matches!(character, '-' | '.'));
    if is_named && (3..=63).contains(&text.len()) && text.starts_with(is_inner) && text.ends_with(is_inner) {
        return Ok(text.to_owned());
    }
    Err("expected 3 to 63 lower-case letters, digits, dots and dashes, a letter or digit at both ends".to_owned())
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    let engine = match (arguments.format, &arguments.bucket) {
        (Format::CloudFormation, Some(bucket)) => Engine::CloudFormation { bucket: bucket.clone() },
        (Format::CloudFormation, None) => {
            let message = "a template finds the functions' packages in a bucket, and none is named".to_owned();
            return Err(Failure::usage(message, "name it with `--bucket`, such as `--bucket my-lab-code`"));
        }
        (Format::Terraform, None) => Engine::Terraform,
        (Format::Terraform, Some(_)) => {
            let message =
                "`--bucket` is for `--format cloudformation`: Terraform uploads packages from disk".to_owned();
            return Err(Failure::usage(message, "leave it out"));
        }
    };
    let options = ExportOptions { selection: arguments.users.selection(), engine, output: arguments.output.clone() };
    Ok(context.finish(&export(&context.ops, &options).await?, Ui::export))
}
