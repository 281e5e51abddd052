//! Runs of several machines as one: each drove some groups of a class, and wrote a record of its own.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::participants::run_id;
use super::saved_runs::{find, folder, settings, shown};
use crate::host;
use crate::trial::{RecordFile, RunSettings, SavedRun, each_record};
use crate::ui::view::MergedView;

/// Keeps several saved runs as one more. An execution that stands in more than one of them counts once.
///
/// # Errors
/// When no run or several go by a name, one is named twice, or a file cannot be read or written.
pub(crate) fn merge(context: &Context, names: &[String]) -> Result<MergedView, Failure> {
    let runs = names.iter().map(|name| find(context, name)).collect::<Result<Vec<_>, _>>()?;
    let paths: BTreeSet<&PathBuf> = runs.iter().map(|run| &run.records).collect();
    if paths.len() < runs.len() || runs.len() < 2 {
        return Err(Failure::usage(
            "a merged run is made of two runs or more, each named once",
            "name their ids or the paths of their files: `labctl bulk-test --merge 1a2b monday/9f00.jsonl`",
        ));
    }
    let id = run_id();
    let path = folder(context).join(format!("{id}.jsonl"));
    let records = RecordFile::create(&path).map_err(|error| Failure::file("write", &path, error))?;
    let mut seen = BTreeSet::new();
    let mut twice = 0_u64;
    for run in &runs {
        let keep = |record: crate::trial::Record| {
            // An earlier labctl wrote no ARN.
            let which =
                if record.arn.is_empty() { format!("{} {}", record.user, record.name) } else { record.arn.clone() };
            if seen.insert(which) { records.add(&record) } else { twice += 1 }
        };
        each_record(&run.records, keep).map_err(|error| Failure::file("read", &run.records, error))?;
    }
    if let Some(error) = records.failure() {
        return Err(Failure::file("write", &path, error));
    }
    let made = runs.iter().map(settings).collect::<Result<Vec<_>, _>>()?;
    if let Some(made) = RunSettings::of_all(&made) {
        let path = SavedRun::settings_path(&path);
        made.write(&path).map_err(|error| Failure::file("write", &path, error))?;
    }
    let merged = runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>();
    // A run is complete where its document lies beside it.
    if runs.iter().all(|run| run.document().is_file()) {
        let document = path.with_extension("json");
        let text = format!("{:#}\n", json!({ "run": id, "merged": merged }));
        host::write_atomic(&document, text.as_bytes()).map_err(|error| Failure::file("write", &document, error))?;
    }
    let run = find(context, &id)?;
    Ok(MergedView { merged, twice, runs: vec![shown(&run)?] })
}
