//! Where outputs and the times of states are read from: whichever costs the least time within the quotas, then the fewest calls. Where no
//! quota paces anything, the endpoint shares this machine's processors, and whichever carries the fewest bytes is the quickest.

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
/// A history takes about this many bytes, and a description; a call costs as much as so many more.
const HISTORY_BYTES: u64 = 24_000;
const DESCRIPTION_BYTES: u64 = 2_000;
const CALL_BYTES: u64 = 8_000;
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
        let reads = |calls: u64, operation: &str, bytes: u64| Reads { calls, quota: quota(operation), bytes };
        let describe = |count: u64| reads(count, "states:DescribeExecution", count.saturating_mul(DESCRIPTION_BYTES));
        let histories = need.histories.min(need.total());
        let history = reads(histories, "states:GetExecutionHistory", histories.saturating_mul(HISTORY_BYTES));
        let page = |bytes: u64| reads(need.pages(bytes), "logs:FilterLogEvents", need.total().saturating_mul(bytes));
        let outputs = if need.outputs { need.total() } else { 0 };
        let missing = if has_outputs { 0 } else { outputs };
        let mut ways = vec![
            (Self::LogGroup, cost(&[page(EXECUTION_BYTES), describe(missing)])),
            (Self::OneByOne, cost(&[describe(outputs), history])),
        ];
        if has_outputs && need.outputs {
            ways.push((Self::LogGroupEnds, cost(&[page(END_BYTES), history])));
        }
        if ways.iter().all(|(_, cost)| !cost.is_paced) {
            return ways.into_iter().min_by_key(|(_, cost)| cost.bytes).map_or(Self::OneByOne, |(source, _)| source);
        }
        let least = ways.iter().map(|(_, cost)| cost.seconds).fold(f64::INFINITY, f64::min);
        ways.retain(|(_, cost)| cost.seconds <= least + TIE_SECONDS);
        ways.into_iter().min_by_key(|(_, cost)| cost.calls).map_or(Self::OneByOne, |(source, _)| source)
    }
}

/// Calls of one operation.
#[derive(Clone, Copy, Debug)]
struct Reads {
    calls: u64,
    quota: Option<Quota>,
    bytes: u64,
}

impl Reads {
    fn weight(&self) -> u64 {
        self.calls.saturating_mul(CALL_BYTES).saturating_add(self.bytes)
    }
}

#[derive(Clone, Copy, Debug)]
struct Cost {
    seconds: f64,
    calls: u64,
    bytes: u64,
    /// Whether a quota paces any of it.
    is_paced: bool,
}

/// Different operations draw from different buckets at the same time, so the slowest decides.
fn cost(all: &[Reads]) -> Cost {
    let seconds = |reads: &Reads| {
        let count = u32::try_from(reads.calls).map_or(f64::from(u32::MAX), f64::from);
        reads.quota.map_or(0.0, |quota| ((count - quota.burst) / quota.per_second.max(f64::MIN_POSITIVE)).max(0.0))
    };
    Cost {
        seconds: all.iter().map(seconds).fold(0.0, f64::max),
        calls: all.iter().map(|reads| reads.calls).fold(0, u64::saturating_add),
        bytes: all.iter().map(Reads::weight).fold(0, u64::saturating_add),
        is_paced: all.iter().any(|reads| reads.quota.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fake::{Script, ScriptedCloud, participant};
    use super::*;

    fn chosen(machines: u64, each: u64, published: bool, logged: Logged) -> Source {
        let mut cloud = ScriptedCloud::new(|_, _| Ok(Script::succeeds(serde_json::json!({}))));
        Arc::get_mut(&mut cloud).unwrap().region = published.then_some("us-east-1");
        let log_group = Some("/aws/vendedlogs/states/ann-work".to_owned());
        let machine = Machine { log_group, logged, ..participant("ann", Arc::clone(&cloud)).machines["work"].clone() };
        Source::choose(&machine, cloud.as_ref(), Need { machines, each, outputs: true, histories: 200 })
    }

    #[test]
    fn a_few_executions_are_read_one_by_one_and_many_from_the_log_group() {
        assert_eq!(chosen(1, 1, true, Logged::Everything), Source::OneByOne);
        assert_eq!(chosen(1, 100, true, Logged::Everything), Source::LogGroup);
        assert_eq!(chosen(300, 20, true, Logged::Everything), Source::LogGroup);
    }

    #[test]
    fn where_nothing_is_paced_bytes_decide() {
        assert_eq!(chosen(1, 1, false, Logged::Everything), Source::OneByOne);
        // 5,000 histories' worth of events against their ends and 200 histories.
        assert_eq!(chosen(1, 5000, false, Logged::Everything), Source::LogGroupEnds);
        assert_eq!(chosen(300, 20, false, Logged::Everything), Source::LogGroupEnds);
        assert_eq!(chosen(300, 20, false, Logged::Events), Source::OneByOne);
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
