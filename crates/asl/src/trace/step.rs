//! What a type of event means for the tree.

/// A type of event, as far as a trace tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'e> {
    ExecutionStarted,
    ExecutionEnded,
    /// The state's type.
    Entered(&'e str),
    Exited,
    /// The state's type.
    Aborted(&'e str),
    /// Of a Parallel or Map as a whole: its type.
    Container(&'e str, Stage),
    Iteration(Stage),
    /// Of the work of a state.
    Work(Stage),
    Other,
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Scheduled,
    Started,
    Submitted,
    Succeeded,
    Failed,
    Aborted,
}

impl<'e> Step<'e> {
    pub(super) fn of(event_type: &'e str) -> Self {
        if let Some(state_type) = event_type.strip_suffix("StateEntered") {
            return Self::Entered(state_type);
        }
        if event_type.ends_with("StateExited") {
            return Self::Exited;
        }
        if let Some(state_type) = event_type.strip_suffix("StateAborted") {
            return Self::Aborted(state_type);
        }
        match event_type {
            "ExecutionStarted" => return Self::ExecutionStarted,
            "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut" | "ExecutionAborted" => {
                return Self::ExecutionEnded;
            }
            // Arguments or Output of JSONata: the work fails before it begins, or after it is done.
            "EvaluationFailed" => return Self::Work(Stage::Failed),
            _ => {}
        }
        let stage = |prefix: &str| event_type.strip_prefix(prefix).and_then(Stage::of);
        if let Some(stage) = stage("MapIteration") {
            return Self::Iteration(stage);
        }
        for state_type in ["Parallel", "Map"] {
            if let Some(stage) =
                event_type.strip_prefix(state_type).and_then(|rest| Stage::of(rest.strip_prefix("State")?))
            {
                return Self::Container(state_type, stage);
            }
        }
        match ["Task", "LambdaFunction", "Activity"].into_iter().find_map(stage) {
            Some(stage) => Self::Work(stage),
            // The run of a DISTRIBUTED Map is begun by the Map's own event and ended by it, except that only this one has an error.
            None if event_type == "MapRunFailed" => Self::Work(Stage::Failed),
            None => Self::Other,
        }
    }
}

impl Stage {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "Scheduled" => Self::Scheduled,
            "Started" => Self::Started,
            "Submitted" => Self::Submitted,
            "Succeeded" => Self::Succeeded,
            "Failed" | "TimedOut" | "ScheduleFailed" | "StartFailed" | "SubmitFailed" => Self::Failed,
            "Aborted" => Self::Aborted,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_events_are_distinguished() {
        for (event_type, step) in [
            ("ParallelStateEntered", Step::Entered("Parallel")),
            ("TaskStateAborted", Step::Aborted("Task")),
            ("MapStateStarted", Step::Container("Map", Stage::Started)),
            ("ParallelStateFailed", Step::Container("Parallel", Stage::Failed)),
            ("MapIterationAborted", Step::Iteration(Stage::Aborted)),
            ("LambdaFunctionScheduleFailed", Step::Work(Stage::Failed)),
            ("ActivityTimedOut", Step::Work(Stage::Failed)),
            ("TaskSubmitted", Step::Work(Stage::Submitted)),
            ("MapRunStarted", Step::Other),
            ("MapRunFailed", Step::Work(Stage::Failed)),
            ("ExecutionRedriven", Step::Other),
            ("ExecutionTimedOut", Step::ExecutionEnded),
            ("", Step::Other),
        ] {
            assert_eq!(Step::of(event_type), step, "{event_type}");
        }
    }
}
