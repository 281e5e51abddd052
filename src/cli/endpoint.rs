//! The embedded endpoint, as the command line configures it.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::failure::Failure;
use crate::host;
use crate::local::{Config, Faults, Quotas, TimeMode};

/// Reads `--time`.
pub(super) fn parse_time(text: &str) -> Result<TimeMode, String> {
    match text {
        "real" => Ok(TimeMode::Real),
        "jump" => Ok(TimeMode::Jump),
        _ => match text.strip_suffix('x').and_then(|factor| factor.parse::<f64>().ok()) {
            Some(factor) if (1.0..=100_000.0).contains(&factor) => Ok(TimeMode::Scaled(factor)),
            _ => Err("expected `real`, `jump`, or a factor such as `10x` (1x to 100000x)".to_owned()),
        },
    }
}

/// Where the endpoint keeps its state.
pub(super) fn store(global: &Global) -> PathBuf {
    global.out.join("local")
}

/// The endpoint's configuration from the options every command takes. Inside a command time jumps unless `--time` says
/// otherwise: nobody watches, and waits would only cost the user's time.
///
/// # Errors
/// A quota or fault file that cannot be read.
pub(super) fn config(global: &Global, account: &str, region: &str, time: TimeMode) -> Result<Config, Failure> {
    Ok(Config {
        store: Some(store(global)),
        account: account.to_owned(),
        region: region.to_owned(),
        time: global.time.unwrap_or(time),
        quotas: quotas(global)?,
        faults: faults(global)?,
        ..Config::default()
    })
}

/// What `--quotas` says; without it, nothing is limited.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn quotas(global: &Global) -> Result<Quotas, Failure> {
    match global.quotas.as_deref() {
        None | Some("none") => Ok(Quotas::none()),
        Some("aws") => Ok(Quotas::aws()),
        Some(file) => read(Path::new(file), "quotas"),
    }
}

/// What `--faults` says; without it, nothing goes wrong on purpose.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn faults(global: &Global) -> Result<Faults, Failure> {
    global.faults.as_deref().map_or_else(|| Ok(Faults::default()), |file| read(file, "faults"))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, Failure> {
    let unreadable = |why: String| Failure::Usage {
        message: format!("cannot read the {what} file `{}`: {why}", path.display()),
        help: None,
    };
    let bytes = host::read(path, host::LARGEST_TEXT).map_err(|source| unreadable(host::cause(&source)))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not text in UTF-8".to_owned()))?;
    crate::manifest::parse_data(path, &text).map_err(|problem| Failure::Usage {
        message: problem,
        help: Some(format!("docs/endpoints.md says what a {what} file holds")),
    })
}
