//! One execution: started, followed by its ARN to its end, stopped when it has had its time.

use std::time::Duration;

use serde_json::Value;

use super::arn_polling::APPEARS;
use super::execution::duration_ms;
use super::pace::{Cancel, Pace};
use super::run_clock::{Idle, RunClock};
use super::stuck::Stuck;
use super::watch::{MORE, goes_on};
use crate::asl::trace::HistoryEvent;
use crate::cloud::{Cloud, CloudError, ErrorClass};
use crate::event::{Happened, Journal};
use crate::host::Time;
use crate::model::{Execution, MachineType, UserName};

/// What an EXPRESS execution takes at most, and a little more.
const EXPRESS: Duration = Duration::from_secs(310);

/// What to start, and how to follow it.
pub struct SingleRun<'a> {
    /// Whose.
    pub user: &'a UserName,
    /// Where.
    pub cloud: &'a dyn Cloud,
    /// The machine's name in the account.
    pub machine: &'a str,
    /// Its ARN.
    pub machine_arn: &'a str,
    /// A STANDARD execution is followed, an EXPRESS one runs in one call.
    pub machine_type: MachineType,
    /// The execution's name.
    pub name: &'a str,
    /// Its input.
    pub input: &'a Value,
    /// What it may wait by its own words, and how long beyond that it is waited for.
    pub waits_seconds: u32,
    /// Whether each state is reported as it is entered.
    pub watch: bool,
    /// How to wait; `grace` goes beyond what it says itself.
    pub pace: Pace,
    /// How many times faster than this machine's the endpoint's clock goes.
    pub time_factor: f64,
    /// Whose time is waited in.
    pub time: Time,
    /// Who hears of it.
    pub journal: &'a Journal,
    /// The user's interruption.
    pub cancel: Cancel,
}

/// How it came out.
#[derive(Clone, Debug, PartialEq)]
pub enum Single {
    /// It is over; with a note where it had to be stopped.
    Over(Execution, Option<String>),
    /// It was not over after so long, and cannot be stopped.
    Silent(Duration),
    /// The user interrupted the wait; it goes on. Of an EXPRESS one no ARN is known.
    LeftRunning(Option<String>),
}

/// Starts an execution and follows it to its end.
///
/// # Errors
/// When it cannot be started, or its end cannot be learnt.
pub async fn run_single(run: SingleRun<'_>) -> Result<Single, CloudError> {
    let clock = RunClock::new(run.time.clone(), run.pace.patience);
    let ended = match run.machine_type {
        MachineType::Standard => run.standard(&clock).await?,
        MachineType::Express => run.express(&clock).await?,
    };
    if let Single::Over(execution, _) = &ended {
        run.journal.tell(Happened::ExecutionFinished {
            user: run.user.to_string(),
            arn: execution.arn.clone(),
            status: execution.status.word().to_owned(),
            outcome: execution.status.word().to_owned(),
            ms: duration_ms(execution),
        });
    }
    Ok(ended)
}

/// What was reported of an execution's states so far.
#[derive(Default)]
struct Reported {
    last_id: i64,
    started_ms: i64,
}

impl SingleRun<'_> {
    fn limit(&self) -> Duration {
        let waits = Duration::from_secs(u64::from(self.waits_seconds));
        let waits = if self.time.jumps() { waits } else { waits.div_f64(self.time_factor.max(1.0)) };
        waits + self.pace.grace
    }

    fn tell_started(&self, arn: &str) {
        self.journal.tell(Happened::ExecutionStarted {
            user: self.user.to_string(),
            machine: self.machine.to_owned(),
            arn: arn.to_owned(),
        });
    }

    async fn express(&self, clock: &RunClock) -> Result<Single, CloudError> {
        let limit = clock.of_a_call(self.limit().max(EXPRESS));
        let call = self.cloud.start_sync(self.machine_arn, self.name, self.input);
        let over = tokio::select! {
            over = clock.within(limit, call) => over,
            () = self.cancel.wait() => return Ok(Single::LeftRunning(None)),
        };
        let Some(over) = over else { return Ok(Single::Silent(limit)) };
        let execution = over?;
        self.tell_started(&execution.arn);
        Ok(Single::Over(execution, None))
    }

    async fn standard(&self, clock: &RunClock) -> Result<Single, CloudError> {
        let started = self.cloud.start(self.machine_arn, self.name, self.input).await?;
        self.tell_started(&started.arn);
        let (arn, begun, mut limit) = (started.arn, clock.now(), self.limit());
        let mut reported = Reported { last_id: 0, started_ms: started.started_ms };
        let (mut length, mut idle) = (self.pace.first, Idle::Unknown);
        loop {
            let interrupted;
            (interrupted, idle) = tokio::select! {
                interrupted = clock.pause(&self.cancel, length) => (interrupted, Idle::Unknown),
                idle = clock.until_over(idle, [(begun, limit)].into_iter()) => (false, idle),
            };
            let now = clock.now();
            match self.poll(&arn, &mut reported).await {
                Ok(Some(execution)) => return Ok(Single::Over(execution, None)),
                Ok(None) => {}
                Err(error) if is_young(&error, clock) => {}
                Err(error) => return Err(error),
            }
            if interrupted {
                return Ok(Single::LeftRunning(Some(arn)));
            }
            if clock.is_over(begun, now, limit) {
                if clock.is_up_to_jumps(begun, now) && goes_on(self.cloud, &arn).await {
                    limit *= MORE;
                } else {
                    return self.stop(&arn, limit).await;
                }
            }
            length = self.pace.longer(length);
        }
    }

    /// The execution, if it is over. Where its states are reported, its history says when to ask.
    async fn poll(&self, arn: &str, reported: &mut Reported) -> Result<Option<Execution>, CloudError> {
        if self.watch {
            let events = self.cloud.history(arn, false).await?;
            self.tell_states(arn, &events, reported);
            let last = events.last().map(|event| event.event_type.as_str()).unwrap_or_default();
            if !last.starts_with("Execution") || last == "ExecutionStarted" {
                return Ok(None);
            }
        }
        let execution = self.cloud.execution(arn).await?;
        Ok(Some(execution).filter(|execution| execution.status.is_terminal()))
    }

    fn tell_states(&self, arn: &str, events: &[HistoryEvent], reported: &mut Reported) {
        for event in events.iter().filter(|event| event.id > reported.last_id) {
            if let Some(state) = event.name.as_ref().filter(|_| event.event_type.ends_with("StateEntered")) {
                let after_ms = u64::try_from(event.timestamp_ms - reported.started_ms).unwrap_or(0);
                let (user, arn, state) = (self.user.to_string(), arn.to_owned(), state.clone());
                self.journal.tell(Happened::StateEntered { user, arn, state, after_ms });
            }
        }
        reported.last_id = events.iter().map(|event| event.id).max().unwrap_or_default().max(reported.last_id);
    }

    /// Stops it, and says where it stood; what it ended with instead, if it did.
    async fn stop(&self, arn: &str, limit: Duration) -> Result<Single, CloudError> {
        let events = self.cloud.history(arn, false).await.unwrap_or_default();
        let mut stuck = Stuck { events: &events, limit, waits_seconds: self.waits_seconds, not_stopped: None };
        stuck.not_stopped = self.cloud.stop(arn, &stuck.problem()).await.err().map(|error| error.to_string());
        Ok(Single::Over(self.cloud.execution(arn).await?, Some(stuck.problem())))
    }
}

/// Whether an execution was started too short a while ago to be found everywhere.
fn is_young(error: &CloudError, clock: &RunClock) -> bool {
    error.class == ErrorClass::NotFound && clock.elapsed() < APPEARS
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::super::fake::{Script, ScriptedCloud, pace, participant};
    use super::*;
    use crate::event::{Event, Listener};
    use crate::host;
    use crate::model::ExecutionStatus;

    #[derive(Default)]
    struct Ear(Mutex<Vec<String>>);

    impl Listener for Arc<Ear> {
        fn hear(&self, event: &Event) {
            if let Happened::StateEntered { state, .. } = &event.event {
                self.0.lock().unwrap().push(state.clone());
            }
        }
    }

    async fn single(cloud: &Arc<ScriptedCloud>, machine: &str, pace: Pace, cancel: Cancel) -> (Single, Vec<String>) {
        let ear = Arc::new(Ear::default());
        let journal = Journal::open(None, None, vec![Box::new(Arc::clone(&ear))]).unwrap();
        let ann = participant("ann", Arc::clone(cloud));
        let machine = &ann.machines[machine];
        let run = SingleRun {
            user: &ann.user,
            cloud: cloud.as_ref(),
            machine: &machine.name,
            machine_arn: &machine.arn,
            machine_type: machine.machine_type,
            name: "one",
            input: &json!({}),
            waits_seconds: 0,
            watch: true,
            pace,
            time_factor: 1.0,
            time: host::real_time(),
            journal: &journal,
            cancel,
        };
        let ended = run_single(run).await.unwrap();
        let heard = ear.0.lock().unwrap().clone();
        (ended, heard)
    }

    fn endless() -> Arc<ScriptedCloud> {
        ScriptedCloud::new(|_, _| Ok(Script { polls: u32::MAX, ..Script::succeeds(json!({})) }))
    }

    #[tokio::test]
    async fn it_is_asked_for_by_its_arn_and_each_state_reported_once() {
        let cloud = ScriptedCloud::new(|_, _| Ok(Script { polls: 3, ..Script::succeeds(json!({"n": 1})) }));
        let (ended, heard) = single(&cloud, "work", pace(), Cancel::new()).await;
        let Single::Over(execution, None) = ended else { panic!("{ended:?}") };
        assert_eq!((execution.status, execution.output), (ExecutionStatus::Succeeded, Some(json!({"n": 1}))));
        assert_eq!(heard, ["Work", "Done"]);
        assert_eq!((cloud.calls_of("executions"), cloud.calls_of("execution")), (0, 3), "nothing is listed");
    }

    #[tokio::test]
    async fn an_express_one_takes_one_call() {
        let cloud = ScriptedCloud::new(|_, _| Ok(Script::succeeds(json!({}))));
        let (ended, _) = single(&cloud, "fast", pace(), Cancel::new()).await;
        assert!(matches!(ended, Single::Over(_, None)));
        assert_eq!((cloud.calls_of("start_sync"), cloud.calls_of("execution")), (1, 0));
    }

    #[tokio::test]
    async fn one_that_does_not_end_is_stopped_and_says_where_it_stood() {
        let cloud = endless();
        let (ended, _) =
            single(&cloud, "work", Pace { grace: Duration::from_millis(5), ..pace() }, Cancel::new()).await;
        let Single::Over(_, Some(note)) = ended else { panic!("{ended:?}") };
        assert!(note.starts_with("was still running in `Done` after 0 s"), "{note}");
        assert_eq!(cloud.stopped().len(), 1);
    }

    #[tokio::test]
    async fn an_interruption_leaves_it_running() {
        let cancel = Cancel::new();
        cancel.trigger();
        let cloud = endless();
        let (ended, _) = single(&cloud, "work", pace(), cancel).await;
        assert!(matches!(ended, Single::LeftRunning(Some(arn)) if arn.ends_with(":one")));
        assert!(cloud.stopped().is_empty());
    }
}
