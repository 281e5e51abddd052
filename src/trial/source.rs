//! Where outputs and the times of states are read from: whichever costs the least time within the quotas, then the fewest calls.

use serde::Serialize;

use super::participant::{Logged, Machine};
use crate::cloud::Cloud;
use crate::model::{MachineType, Quota};

/// Executions of a machine up to which its log group is not worth waiting for: what Step Functions writes there comes late.
const FEW: u64 = 3;

/// Of a log group, an execution takes about this many bytes; FilterLogEvents gives at most 1 MB a page.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
const EXECUTION_BYTES: u64 = 48_000;
/// The same of its last event alone.
const END_BYTES: u64 = 4_000;
const PAGE_BYTES: u64 = 1_000_000;

/// A way that is slower by no more than this is as good.
const TIE_SECONDS: f64 = 5.0;

/// Where what a listing leaves out comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The machine's log group, in pages: everything of every execution.
    LogGroup,
    /// The last events in the machine's log group for outputs, single histories for the times of states.
    LogGroupEnds,
    /// DescribeExecution for every output, GetExecutionHistory for the times of states.
    OneByOne,
}

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Machines of that kind.
    pub(super) machines: u64,
    /// Executions of each.
    pub(super) each: u64,
    /// Whether outputs are wanted.
    pub(super) outputs: bool,
    /// Histories that would be read, at most.
    pub(super) histories: u64,
}

impl Need {
    fn total(self) -> u64 {
        self.machines.saturating_mul(self.each)
    }

    fn pages(self, bytes: u64) -> u64 {
        self.machines.saturating_mul(self.each.saturating_mul(bytes).div_ceil(PAGE_BYTES).max(1))
    }
}

impl Source {
    /// Chooses for machines like this one.
    pub(super) fn choose(machine: &Machine, cloud: &dyn Cloud, need: Need) -> Self {
        if machine.log_group.is_none() || machine.logged == Logged::Little {
            return Self::OneByOne;
        }
        if machine.machine_type == MachineType::Express {
            // Its output came with the call, and it has no history.
            return Self::LogGroup;
        }
        if need.each <= FEW {
            return Self::OneByOne;
        }
        let has_outputs = machine.logged == Logged::Everything;
        let quota = |operation: &str| cloud.bucket(operation).map(|paced| paced.quota);
        let describe = |count: u64| (count, quota("states:DescribeExecution"));
        let history = || (need.histories.min(need.total()), quota("states:GetExecutionHistory"));
        let page = |bytes: u64| (need.pages(bytes), quota("logs:FilterLogEvents"));
        let outputs = if need.outputs { need.total() } else { 0 };
        let missing = if has_outputs { 0 } else { outputs };
        let mut ways = vec![
            (Self::LogGroup, cost(&[page(EXECUTION_BYTES), describe(missing)])),
            (Self::OneByOne, cost(&[describe(outputs), history()])),
        ];
        if has_outputs && need.outputs {
            ways.push((Self::LogGroupEnds, cost(&[page(END_BYTES), history()])));
        }
        let least = ways.iter().map(|(_, cost)| cost.seconds).fold(f64::INFINITY, f64::min);
        ways.retain(|(_, cost)| cost.seconds <= least + TIE_SECONDS);
        ways.into_iter().min_by_key(|(_, cost)| cost.calls).map_or(Self::OneByOne, |(source, _)| source)
    }
}

#[derive(Clone, Copy, Debug)]
struct Cost {
    seconds: f64,
    calls: u64,
}

/// Different operations draw from different buckets at the same time, so the slowest decides.
fn cost(calls: &[(u64, Option<Quota>)]) -> Cost {
    let seconds = |(count, quota): &(u64, Option<Quota>)| {
        let count = u32::try_from(*count).map_or(f64::from(u32::MAX), f64::from);
        quota.map_or(0.0, |quota| ((count - quota.burst) / quota.per_second.max(f64::MIN_POSITIVE)).max(0.0))
    };
    Cost {
        seconds: calls.iter().map(seconds).fold(0.0, f64::max),
        calls: calls.iter().map(|(count, _)| *count).fold(0, u64::saturating_add),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fake::{Fake, Script, participant};
    use super::*;

    fn chosen(machines: u64, each: u64, published: bool, logged: Logged) -> Source {
        let mut cloud = Fake::new(|_, _| Ok(Script::succeeds(serde_json::json!({}))));
        Arc::get_mut(&mut cloud).unwrap().region = published.then_some("us-east-1");
        let log_group = Some("/aws/vendedlogs/states/ann-work".to_owned());
        let machine = Machine { log_group, logged, ..participant("ann", Arc::clone(&cloud)).machines["work"].clone() };
        Source::choose(&machine, cloud.as_ref(), Need { machines, each, outputs: true, histories: 200 })
    }

    #[test]
    fn a_few_executions_are_read_one_by_one_and_many_from_the_log_group() {
        for published in [false, true] {
            assert_eq!(chosen(1, 1, published, Logged::Everything), Source::OneByOne);
            assert_eq!(chosen(1, 100, published, Logged::Everything), Source::LogGroup);
            assert_eq!(chosen(300, 20, published, Logged::Everything), Source::LogGroup);
        }
    }

    #[test]
    fn quotas_decide_for_a_class() {
        // 900 outputs beyond the burst take 60 s, 300 pages 59 s: as good, and fewer calls.
        assert_eq!(chosen(300, 4, true, Logged::Everything), Source::LogGroup);
        // 14,400 pages at five a second against 1,200 and 200 histories.
        assert_eq!(chosen(300, 1000, true, Logged::Everything), Source::LogGroupEnds);
        // Where outputs are not in the log, it spares nothing.
        assert_eq!(chosen(300, 20, true, Logged::Events), Source::OneByOne);
        assert_eq!(chosen(300, 20, true, Logged::Little), Source::OneByOne);
    }
}
