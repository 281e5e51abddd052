//! `labctl bulk-test`.

use clap::Args;

use super::context::{Context, Ended};
use super::users::UserArguments;
use crate::ops::Exit;
use crate::ops::bulk_test::{BulkTestOptions, bulk_test, compare_saved, list, merge};
use crate::trial::Threshold;
use crate::ui::Ui;
use crate::ui::view::RunsView;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: UserArguments,
    /// Executions per user.
    #[arg(short = 'n', long, value_name = "N", default_value_t = BulkTestOptions::COUNT, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Starts a second, over all users; without it as fast as quotas allow.
    #[arg(long, value_name = "PER_SECOND", value_parser = positive)]
    rate: Option<f64>,
    /// The share of inputs that are invalid on purpose (`10%` or `0.1`).
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    invalid: f64,
    /// A threshold, such as `COMPLETED>=80%`, `p95<5s`, `failed_to_start==0`; may be given more than once.
    #[arg(long, value_name = "EXPRESSION", value_parser = Threshold::parse)]
    expect: Vec<Threshold>,
    /// Histories read for the latencies of states where no log group tells them, at most.
    #[arg(long, value_name = "N", default_value_t = BulkTestOptions::HISTORIES)]
    histories: usize,
    /// Starts at once.
    #[arg(long, value_name = "N", default_value_t = BulkTestOptions::CONCURRENCY, value_parser = at_least_one)]
    concurrency: usize,
    /// Executions that run at once, at most; spares an account with little Lambda concurrency, or a small machine. Without it
    /// 256 where no quota paces the starts (the local endpoint), else as many as were started.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    in_flight: Option<usize>,
    /// Show the run beside an earlier one: its id or the beginning of it, `last`, or the path of its file.
    #[arg(long, value_name = "RUN", conflicts_with = "runs")]
    compare: Option<String>,
    /// With `--compare`: start nothing, and compare with this saved run instead.
    #[arg(long, value_name = "RUN", requires = "compare")]
    with: Option<String>,
    /// Start nothing, and keep saved runs as one more: those of machines that each drove some groups of a class.
    #[arg(long, value_name = "RUN", num_args = 1.., conflicts_with_all = ["runs", "compare"])]
    merge: Vec<String>,
    /// List the saved runs and start nothing.
    #[arg(long)]
    runs: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number above 0".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(value) if value > 0 => Ok(value),
        _ => Err("expected a whole number above 0".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.trim().parse::<f64>() {
        Ok(value) if (0.0..=scale).contains(&value) => Ok(value / scale),
        _ => Err("expected a share such as `10%` or `0.1`".to_owned()),
    }
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    if arguments.runs {
        let document = context.ops.document("bulk-test-runs", true, list(&context.ops)?);
        context.show(&document, |ui| ui.runs(&document.body));
        return Ok(Exit::Done);
    }
    if !arguments.merge.is_empty() {
        let document = context.ops.document("bulk-test-merge", true, merge(&context.ops, &arguments.merge)?);
        context.show(&document, |ui| ui.runs(&RunsView { runs: document.body.runs.clone() }));
        return Ok(Exit::Done);
    }
    if let (Some(before), Some(after)) = (&arguments.compare, &arguments.with) {
        let view = compare_saved(&context.ops, before, after)?;
        let document = context.ops.document("bulk-test-comparison", true, view);
        context.show(&document, |ui| ui.comparison(&document.body.comparison));
        return Ok(Exit::Done);
    }
    let options = BulkTestOptions {
        selection: arguments.users.selection(),
        count: arguments.count,
        rate: arguments.rate,
        invalid: arguments.invalid,
        expect: arguments.expect.clone(),
        histories: arguments.histories,
        concurrency: arguments.concurrency,
        in_flight: arguments.in_flight,
        compare: arguments.compare.clone(),
    };
    Ok(context.finish(&bulk_test(&context.ops, &options).await?, Ui::bulk))
}
