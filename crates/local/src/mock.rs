//! Answers in place of the services that the endpoint does not have, for the Task states that call them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;

/// Answers of one integration.
#[derive(Clone, Debug, PartialEq)]
pub struct Mock {
    /// As a Resource names it behind `arn:aws:states:::`: `dynamodb:putItem`, `ecs:runTask.sync`, `aws-sdk:bedrockruntime:invokeModel`.
    pub integration: String,
    /// What must be in the arguments: objects by key, everything else whole. None takes them all.
    pub when: Option<Value>,
    /// Taken in turn by each state of an execution; the last one stays.
    pub answers: Vec<MockAnswer>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct MockAnswer {
    /// What it comes to.
    pub outcome: MockOutcome,
    /// How long it takes, by the endpoint's clock; of a job or a token from the answer of the call on.
    pub delay: Duration,
    /// What the call itself answers, before a job is over or a token comes back.
    pub submitted: Option<Value>,
}

/// What an answer comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum MockOutcome {
    /// The result of the call, or of the job that it started.
    Output(Value),
    /// An error. Of a job that is waited for `States.TaskFailed` says that it ran and failed; any other is the call's.
    Error {
        /// Its name, as Retry and Catch match it.
        error: String,
        /// Its cause.
        cause: String,
    },
    /// The task's token comes back with a result.
    TokenSuccess(Value),
    /// The task's token comes back with an error.
    TokenFailure {
        /// Its name.
        error: String,
        /// Its cause.
        cause: String,
    },
    /// The task's token never comes back by itself.
    TokenSilent,
}

/// Mocks of all executions and of some.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MockBook {
    /// Those of all executions.
    pub shared: Vec<Mock>,
    /// Those of executions whose names begin so, which outweigh the others; the longest beginning that fits is taken.
    pub named: Vec<(String, Vec<Mock>)>,
}

impl MockBook {
    /// The mocks that an execution of this name has beside the shared ones.
    fn of(&self, name: &str) -> Option<usize> {
        let fits = self.named.iter().enumerate().filter(|(_, (begins, _))| name.starts_with(begins.as_str()));
        fits.max_by_key(|(_, (begins, _))| begins.len()).map(|(at, _)| at)
    }
}

/// The mocks of an endpoint, which may be replaced while it runs: an execution keeps those that were there at its start.
#[derive(Clone, Debug, Default)]
pub struct Mocks(Arc<RwLock<Arc<MockBook>>>);

impl Mocks {
    /// An endpoint's mocks.
    pub fn new(book: MockBook) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(book))))
    }

    /// Puts others in their place, for executions that start from now on.
    pub fn replace(&self, book: MockBook) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }

    /// What an execution of this name has.
    pub(crate) fn of_execution(&self, name: &str) -> Mocked {
        let book = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let own = book.of(name);
        Mocked { book, own, taken: Mutex::default() }
    }
}

/// The mocks of one execution, and how many answers of each a state has had.
#[derive(Debug, Default)]
pub(crate) struct Mocked {
    book: Arc<MockBook>,
    own: Option<usize>,
    taken: Mutex<BTreeMap<(usize, String), usize>>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nothing mocks the integration.
    NoMock,
    /// So many mocks are there, and the arguments fit none.
    NoneFits(usize),
}

impl Mocked {
    /// What the executions have that this one starts: the same mocks, from the first answer on.
    pub(crate) fn for_child(&self) -> Self {
        Self { book: Arc::clone(&self.book), own: self.own, taken: Mutex::default() }
    }

    /// The next answer for a state.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn answer(&self, state: &str, integration: &str, arguments: &Value) -> Result<MockAnswer, NoAnswer> {
        let own = self.own.and_then(|at| self.book.named.get(at)).map_or(&[][..], |(_, mocks)| mocks);
        let all = || own.iter().chain(&self.book.shared).enumerate().filter(|(_, it)| it.integration == integration);
        let fits = |mock: &Mock| mock.when.as_ref().is_none_or(|wanted| is_in(wanted, arguments));
        let Some((number, mock)) = all().find(|(_, mock)| fits(mock)) else {
            return Err(match all().count() {
                0 => NoAnswer::NoMock,
                count => NoAnswer::NoneFits(count),
            });
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = taken.entry((number, state.to_owned())).or_default();
        let answer = mock.answers.get(*turn).or(mock.answers.last()).cloned();
        *turn += 1;
        answer.ok_or(NoAnswer::NoMock)
    }
}

/// Whether every value that is wanted stands in what is there: objects by key, everything else whole.
fn is_in(wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) => {
            wanted.iter().all(|(key, wanted)| there.get(key).is_some_and(|there| is_in(wanted, there)))
        }
        (Value::Number(wanted), Value::Number(there)) => wanted == there || wanted.as_f64() == there.as_f64(),
        _ => wanted == there,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mock(when: Option<Value>, outputs: &[i64]) -> Mock {
        let answer = |output: &i64| MockAnswer {
            outcome: MockOutcome::Output(json!(output)),
            delay: Duration::ZERO,
            submitted: None,
        };
        Mock { integration: "sns:publish".to_owned(), when, answers: outputs.iter().map(answer).collect() }
    }

    fn output(mocked: &Mocked, state: &str, arguments: &Value) -> Result<Value, NoAnswer> {
        mocked.answer(state, "sns:publish", arguments).map(|answer| match answer.outcome {
            MockOutcome::Output(output) => output,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn each_state_takes_the_answers_in_turn_and_the_last_one_stays() {
        let mocks = Mocks::new(MockBook { shared: vec![mock(None, &[1, 2])], named: vec![] });
        let mocked = mocks.of_execution("e");
        let of = |state: &str| output(&mocked, state, &json!({})).unwrap();
        assert_eq!([of("A"), of("A"), of("B"), of("A")], [json!(1), json!(2), json!(1), json!(2)]);
        assert_eq!(output(&mocked.for_child(), "A", &json!({})), Ok(json!(1)));
        assert_eq!(mocked.answer("A", "sns:subscribe", &json!({})), Err(NoAnswer::NoMock));
    }

    #[test]
    fn the_first_that_fits_is_taken_those_of_the_execution_before_those_of_all() {
        let urgent = json!({"Message": {"urgent": true}, "Count": 1});
        let named = vec![
            ("labctl-a-".to_owned(), vec![mock(Some(urgent.clone()), &[1])]),
            ("labctl-a-b-".to_owned(), vec![mock(None, &[2])]),
        ];
        let shared = vec![mock(Some(json!({"TopicArn": "t"})), &[3]), mock(Some(urgent), &[4])];
        let mocks = Mocks::new(MockBook { shared, named });
        let full = json!({"TopicArn": "t", "Message": {"urgent": true, "n": 1}, "Count": 1.0});
        let of = |name: &str, arguments: &Value| output(&mocks.of_execution(name), "S", arguments);
        assert_eq!(of("labctl-a-1", &full), Ok(json!(1)));
        assert_eq!(of("labctl-a-b-1", &full), Ok(json!(2)));
        assert_eq!(of("labctl-c-1", &full), Ok(json!(3)));
        assert_eq!(of("labctl-a-1", &json!({"TopicArn": "t"})), Ok(json!(3)));
        assert_eq!(of("labctl-a-1", &json!({"Message": {"urgent": 1}})), Err(NoAnswer::NoneFits(3)));
        let before = mocks.of_execution("e");
        mocks.replace(MockBook::default());
        assert_eq!(output(&before, "S", &full), Ok(json!(3)));
        assert_eq!(of("e", &full), Err(NoAnswer::NoMock));
    }
}
