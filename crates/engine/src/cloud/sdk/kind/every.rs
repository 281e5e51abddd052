//! Hands a resource to the file of its kind.

use futures::future::BoxFuture;

use super::calls::{Calls, Owned, Update};
use super::late::resolved;
use crate::cloud::CloudError;
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::observation::{Observation, ObservedKind};
use crate::kind::{self, Body, Live, Part, Resource};
use crate::model::{Key, Kind, kinds};

macro_rules! every {
    ($($(#[$_doc:meta])* $module:ident $name:ident $_word:literal)*) => {
        /// Everything of a kind in scope.
        pub(in crate::cloud::sdk) fn observe<'a>(
            clients: &'a Clients,
            kind: Kind,
            observation: Observation<'a>,
        ) -> BoxFuture<'a, Result<ObservedKind, CloudError>> {
            match kind { $(Kind::$name => kind::$name::observe(clients, observation),)* }
        }

        /// One resource; `None` where it is not there.
        pub(in crate::cloud::sdk) async fn read(clients: &Clients, key: &Key) -> Result<Option<Live>, CloudError> {
            match key.kind { $(Kind::$name => kind::$name::read(clients, &key.name).await,)* }
        }

        /// Makes a resource and gives its ARN.
        pub(in crate::cloud::sdk) async fn create(clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
            let resource = &*resolved(clients, resource).await?;
            match &resource.body { $(Body::$name(content) => content.create(clients, resource).await,)* }
        }

        /// Changes the named parts of a resource.
        pub(in crate::cloud::sdk) async fn update(
            clients: &Clients,
            resource: &Resource,
            update: Update<'_>,
        ) -> Result<(), CloudError> {
            if update.parts.contains(&Part::Type) {
                return replace(clients, resource, update.live).await;
            }
            let resource = &*resolved(clients, resource).await?;
            match &resource.body { $(Body::$name(content) => content.update(clients, resource, update).await,)* }
        }

        /// Removes a resource.
        pub(in crate::cloud::sdk) async fn delete(
            clients: &Clients,
            key: &Key,
            live: Owned<'_>,
        ) -> Result<bool, CloudError> {
            match key.kind { $(Kind::$name => kind::$name::delete(clients, &key.name, live).await,)* }
        }

        async fn make_way(clients: &Clients, key: &Key, live: Owned<'_>) -> Result<bool, CloudError> {
            match key.kind { $(Kind::$name => kind::$name::make_way(clients, &key.name, live).await,)* }
        }
    };
}
kinds!(every);

async fn replace(clients: &Clients, resource: &Resource, live: Owned<'_>) -> Result<(), CloudError> {
    make_way(clients, &resource.key, live).await?;
    create(clients, resource).await.map(|_| ())
}
