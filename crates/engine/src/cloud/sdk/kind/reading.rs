//! Reading what pages do not show, in the same way for every kind.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::calls::Calls;
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::observation::{Listed, Observation, ObservedKind, is_users};
use crate::cloud::sdk::tagging::READS_AT_ONCE;
use crate::cloud::sdk::tagging::{Shown, available, tag_index};
use crate::cloud::{CloudError, Depth, Scope};
use crate::kind::Live;
use crate::model::{Key, Kind};

/// Up to this many users are asked for by prefix; for more, whole lists are fewer pages.
pub(super) const FEW_USERS: usize = 3;

/// Up to this many are read one by one where tags are believed and these do not agree; for more, pages are fewer calls.
const FEW_READS: usize = 50;

/// Everything of a kind whose resources the tag index names, each of which is read by itself. `list` gives names, where the index does not
/// name all that is wanted.
pub(super) async fn observe_indexed<C: Calls, L, R>(
    clients: &Clients,
    observation: Observation<'_>,
    list: impl Fn() -> L,
    read: impl Fn(Key) -> R,
) -> Result<ObservedKind, CloudError>
where
    L: Future<Output = Result<Listed, CloudError>>,
    R: Future<Output = Result<Option<(Key, Live)>, CloudError>>,
{
    let at_once = observation.scope.depth == Depth::Lists;
    let early = async { if at_once { list().await.map(Some) } else { Ok(None) } };
    let (index, early) = tokio::try_join!(index_of_few(clients, observation), early)?;
    let observation = observation.with(index);
    if let Some(observed) = believed::<C>(clients, observation, index).await? {
        return Ok(observed);
    }
    let listed = match early {
        Some(listed) => listed,
        None if observation.is_indexed(C::KIND) => Listed::Indexed,
        None => list().await?,
    };
    let (mut observed, rest) = sorted_out(observation, C::KIND, listed);
    observed.found.extend(gather(rest.into_iter().map(read)).await?);
    observed.notes.extend(no_index(index));
    Ok(observed)
}

/// The tags of all kinds of which users have few, asked for once.
pub(super) async fn index_of_few<'a>(clients: &Clients, observation: Observation<'a>) -> Result<&'a Shown, CloudError> {
    let few: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.facts().is_few).collect();
    observation.few.get_or_try_init(|| tag_index(clients, observation.scope, &few)).await
}

/// Everything of a kind that a list or the index names, read one by one.
pub(super) async fn read_listed<C: Calls>(
    clients: &Clients,
    observation: Observation<'_>,
    listed: Listed,
) -> Result<ObservedKind, CloudError> {
    let (mut observed, rest) = sorted_out(observation, C::KIND, listed);
    observed.found.extend(read_all::<C>(clients, observation, rest).await?);
    Ok(observed)
}

/// What is seen of a kind by tags alone, where tags are believed and nearly all agree; `None` where it has to be read in pages.
pub(super) async fn believed<C: Calls>(
    clients: &Clients,
    observation: Observation<'_>,
    index: &Shown,
) -> Result<Option<ObservedKind>, CloudError> {
    if !observation.is_quick() || index.is_err() {
        return Ok(None);
    }
    let (mut observed, rest) = sorted_out(observation, C::KIND, Listed::Indexed);
    if rest.len() > FEW_READS {
        return Ok(None);
    }
    observed.found.extend(read_all::<C>(clients, observation, rest).await?);
    Ok(Some(observed))
}

/// What the names of a kind tell without a read, and those that have to be read.
fn sorted_out(observation: Observation<'_>, kind: Kind, listed: Listed) -> (ObservedKind, BTreeSet<Key>) {
    let mut observed = observation.begin(kind, &listed);
    let refusal = refusal(kind, &listed);
    let names = observation.names(kind, listed);
    observed.notes.extend(refusal.filter(|_| !names.is_empty()));
    let mut rest = BTreeSet::new();
    for key in names {
        match observation.trusted(&key) {
            Some(live) => observed.found.push(observation.sharing(key, live)),
            None => _ = rest.insert(key),
        }
    }
    (observed, rest)
}

/// These of a kind, as far as they are there.
pub(super) async fn read_all<C: Calls>(
    clients: &Clients,
    observation: Observation<'_>,
    keys: BTreeSet<Key>,
) -> Result<Vec<(Key, Live)>, CloudError> {
    let reads = keys.into_iter().map(|key| async {
        let live = C::read(clients, &key.name).await?;
        Ok(live.map(|live| observation.sharing(key, live)))
    });
    gather(reads).await
}

/// The results of reads, many of them in hand at once.
pub(super) async fn gather<R>(reads: impl Iterator<Item = R>) -> Result<Vec<(Key, Live)>, CloudError>
where
    R: Future<Output = Result<Option<(Key, Live)>, CloudError>>,
{
    let reads = stream::iter(reads).buffer_unordered(READS_AT_ONCE);
    reads.try_filter_map(|found| async { Ok(found) }).try_collect().await
}

/// Names from a list that takes a prefix: by user while they are few, else the whole list.
pub(super) async fn by_prefix<P>(
    scope: &Scope,
    kind: Kind,
    list: impl Fn(Option<String>) -> P,
) -> Result<Listed, CloudError>
where
    P: Future<Output = Result<Vec<String>, CloudError>>,
{
    if scope.users.len() > FEW_USERS {
        return all(list(None).await);
    }
    let pages = scope.users.iter().map(|user| list(Some(format!("{user}-"))));
    let mut names: Vec<String> = match available(try_join_all(pages).await)? {
        Ok(pages) => pages.into_iter().flatten().collect(),
        Err(refused) => return Ok(Listed::Refused(refused)),
    };
    // Wanted names that begin otherwise are looked for by themselves.
    let others = scope.keys.iter().filter(|key| key.kind == kind && !is_users(scope, &key.name));
    names.extend(others.map(|key| key.name.clone()));
    Ok(Listed::Users(names))
}

/// The names of a whole list, or why there are none.
pub(super) fn all(names: Result<Vec<String>, CloudError>) -> Result<Listed, CloudError> {
    Ok(match available(names)? {
        Ok(names) => Listed::All(names),
        Err(refused) => Listed::Refused(refused),
    })
}

/// Says that there is no page of a kind.
pub(super) fn one_by_one(kind: Kind, error: &CloudError) -> String {
    format!("{} are read one by one: {error}", kind.facts().plural)
}

/// Says that a list was refused.
pub(super) fn refusal(kind: Kind, listed: &Listed) -> Option<String> {
    match listed {
        Listed::Refused(error) => Some(one_by_one(kind, error)),
        Listed::All(_) | Listed::Users(_) | Listed::Indexed => None,
    }
}

/// Says that there is no index.
pub(super) fn no_index(index: &Shown) -> Option<String> {
    index.as_ref().err().map(|error| format!("tags are read one by one: {error}"))
}

/// Says that resources of the lab are there which the index, where there is one, does not show.
pub(super) fn not_in_index(observation: Observation<'_>, kind: Kind, read: &[(Key, Live)]) -> Option<String> {
    let index = observation.index?;
    let missing = read
        .iter()
        .filter(|(_, live)| live.lab() == Some(observation.scope.lab.as_str()) && !index.contains_key(&live.arn));
    let count = missing.count();
    let what = kind.facts().plural;
    (count > 0)
        .then(|| format!("the tag index does not show {count} of the {what} yet: their tags are read one by one"))
}
