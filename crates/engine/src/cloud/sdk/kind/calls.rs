//! What the file of a kind does.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::cloud::CloudError;
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::observation::{Observation, ObservedKind};
use crate::kind::{Content, Live, Part, Resource, Variant};
use crate::model::Owner;

/// The calls of one kind. Each makes one attempt: waiting out what passes is the caller's and `apply`'s.
#[async_trait]
pub(in crate::cloud::sdk) trait Calls: Content + Variant + Send + Sync + 'static {
    /// Everything in scope.
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError>;

    /// One with its tags; `None` where it is not there.
    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError>;

    /// Makes it with all its tags, waits until it can be worked with, and gives the ARN. Class `Exists` where the name is taken.
    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError>;

    /// Changes the named parts, its tags last, and waits until it can be worked with again.
    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError>;

    /// Removes it, if it is still the owner's, and waits until it is gone; `false` when it was gone already.
    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError>;

    /// The same of one that is made anew at once.
    async fn make_way(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        Self::delete(clients, name, live).await
    }
}

/// What is there, and whose it must be.
#[derive(Clone, Copy)]
pub(in crate::cloud::sdk) struct Owned<'a> {
    pub(in crate::cloud::sdk) arn: &'a str,
    pub(in crate::cloud::sdk) owner: &'a Owner,
}

/// What is to be changed.
#[derive(Clone, Copy)]
pub(in crate::cloud::sdk) struct Update<'a> {
    pub(in crate::cloud::sdk) live: Owned<'a>,
    pub(in crate::cloud::sdk) parts: &'a BTreeSet<Part>,
}
