//! One line of control: the execution itself, a branch of a Parallel, an iteration of a Map.

use std::sync::Arc;

use crate::context::{Child, Item};
use crate::definition::StateId;
use crate::effect::{TaskId, TimerId};
use crate::payload::Payload;
use crate::variables::Variables;

/// A thread's place in its run; places are used again.
pub(super) type ThreadId = usize;

/// A line of control.
#[derive(Debug)]
pub(super) struct Thread {
    /// Who waits for it, and for which of its children.
    pub parent: Option<(ThreadId, usize)>,
    /// The element of the Map around it.
    pub item: Option<Arc<Item>>,
    /// Inside a distributed Map: the execution that it is, or is part of. What it does is no part of this history.
    pub child: Option<Arc<Child>>,
    /// The end of an EXPRESS child execution, whatever it does then.
    pub limit: Option<TimerId>,
    /// The event that its next event follows.
    pub last: i64,
    /// The event that the state's own first one follows.
    pub before: i64,
    pub state: StateId,
    pub variables: Variables,
    /// What the state was given.
    pub raw: Payload,
    /// The event of entering the state, and its time.
    pub entered: i64,
    pub entered_ms: i64,
    /// How often the state was retried, in all and by each retrier.
    pub retries: u32,
    pub attempts: Vec<u64>,
    pub phase: Phase,
}

impl Thread {
    /// A thread about to enter a state.
    pub(super) fn new(parent: Option<(ThreadId, usize)>, state: StateId, raw: Payload, last: i64) -> Self {
        Self {
            parent,
            item: None,
            child: None,
            limit: None,
            last,
            before: last,
            variables: Variables::default(),
            state,
            raw,
            entered: 0,
            entered_ms: 0,
            retries: 0,
            attempts: Vec::new(),
            phase: Phase::Entering,
        }
    }
}

/// What a thread is doing or waiting for.
#[derive(Debug)]
pub(super) enum Phase {
    /// About to enter its state.
    Entering,
    /// In its state, at work.
    Working,
    /// In a Wait state, or before a retry.
    Waiting(TimerId),
    Task(TaskRun),
    Children(Children),
}

/// A task in flight.
#[derive(Debug)]
pub(super) struct TaskRun {
    pub id: TaskId,
    pub token: Option<String>,
    pub timeout: Option<TimerId>,
    /// Seconds between heartbeats, and the timer once they count.
    pub heartbeat: Option<u64>,
    pub heartbeat_timer: Option<TimerId>,
}

/// The children of a Parallel or Map.
#[derive(Debug)]
pub(super) struct Children {
    /// By branch or element; None if not started yet or done.
    pub threads: Vec<Option<ThreadId>>,
    pub results: Vec<Option<Payload>>,
    /// How many have no result yet.
    pub open: usize,
    /// The next element to start.
    pub next: usize,
    /// How many elements of a Map failed and were tolerated.
    pub failures: usize,
    /// What a Map works on.
    pub elements: Option<Elements>,
}

/// An element of a Map, or a batch of them.
#[derive(Clone, Debug)]
pub(super) struct Element {
    /// The name of a member, if the Map goes through an object.
    pub key: Option<String>,
    pub value: Payload,
}

/// What a Map works on.
#[derive(Clone, Debug)]
pub(super) struct Elements {
    /// Elements, or batches of them.
    pub all: Arc<Vec<Element>>,
    /// The label of the Map Run, if the Map is distributed.
    pub label: String,
    /// The input they were taken from.
    pub input: Payload,
    pub most_failures: usize,
}
