//! Looking at a class: in pages, with exact reads of what no page carries and of what pages do not agree on.
//!
//! | kind | pages | read one by one |
//! |---|---|---|
//! | roles | GetAccountAuthorizationDetails; ListRoles for descriptions | |
//! | functions | ListFunctions, GetResources | |
//! | log groups | DescribeLogGroups, GetResources | |
//! | state machines | GetResources | definitions |
//! | dashboards | ListDashboards | bodies |
//! | queues | GetResources | attributes |
//!
//! Where the endpoint does not have a page or the caller may not see it, wanted names and those of the tag index are read one by
//! one; what neither can show is told as unseen.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::RoleDetail;
use aws_sdk_lambda::types::FunctionConfiguration;
use futures::future::try_join_all;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::account::Account;
use super::look::{Listed, Look, Looked, is_users};
use super::tagging::{Index, is_unavailable};
use super::tenants::LEGACY_ROLES;
use super::{dashboard, log_group};
use crate::cloud::{Cloud as _, CloudError, Depth, Scope};
use crate::kind::{Body, Dashboard, Function, Live, LiveState, LogGroup, Observed, Other, Queue, Role, StateMachine};
use crate::model::{Key, Kind, Tags, tag};

/// Reads in hand at once; how many calls are out, and how fast, is the caller's business.
pub(super) const READS_AT_ONCE: usize = 256;

/// Up to this many users are asked for by prefix; for more, whole lists are fewer pages.
const FEW_USERS: usize = 3;

/// Up to this many are read one by one where tags are believed and these do not agree; for more, pages are fewer calls.
const FEW_READS: usize = 50;

impl Account {
    pub(super) async fn observe_scope(&self, scope: &Scope) -> Result<Observed, CloudError> {
        let began = self.caller.time.elapsed();
        let place = self.place().await?;
        let look = Look { scope, index: None, place: &place };
        let kinds = tokio::try_join!(
            Box::pin(self.observe_roles(look)),
            Box::pin(self.observe_functions(look)),
            Box::pin(self.observe_workflows(look)),
            Box::pin(self.observe_dashboards(look)),
            Box::pin(self.observe_groups(look)),
        )?;
        let (roles, functions, (machines, queues), dashboards, groups) = kinds;
        let mut groups = groups;
        let imposed = self.imposed.settle(&scope.wanted, &mut groups.found);
        let mut observed = Observed { imposed, ..Observed::default() };
        for kind in [roles, functions, machines, queues, dashboards, groups] {
            let others = kind.found.iter().filter_map(|(key, live)| Some((key.clone(), look.other(live)?)));
            observed.others.extend(others);
            observed.others.extend(kind.others);
            observed.unseen.extend(kind.unseen);
            observed.notes.extend(kind.notes);
            observed.resources.extend(kind.found);
        }
        self.fresh.remember(began, &scope.keys, &observed);
        Ok(observed)
    }

    /// A page has everything of a role but its description, which a list has. Without the page, roles are read one by one.
    async fn observe_roles(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        // An earlier build's path, which lists show where no page shows tags.
        let home = format!("{LEGACY_ROLES}{}/", look.scope.lab);
        let of_lab = |role: &RoleDetail| {
            role.tags().iter().any(|tag| tag.key() == tag::LAB && tag.value() == look.scope.lab.as_str())
        };
        let keep = |role: &RoleDetail| {
            role.path() == Some(home.as_str())
                || of_lab(role)
                || role.role_name().is_some_and(|name| look.is_read(Role::KIND, name))
        };
        let list = async { if look.is_quick() { Ok(None) } else { available(self.roles().await).map(Some) } };
        let (page, list) = tokio::try_join!(async { available(self.role_page(keep).await) }, list)?;
        let list = match list {
            None if page.is_err() => available(self.roles().await).map(Some)?,
            list => list,
        };
        let mut names: BTreeSet<String> = page.iter().flat_map(BTreeMap::keys).cloned().collect();
        let mut others = BTreeMap::new();
        let mut descriptions = BTreeMap::new();
        let mut refused = None;
        match list {
            Some(Ok(roles)) => {
                for role in roles {
                    if role.path == home && !look.is_read(Role::KIND, &role.name) {
                        let key = Role::key(&role.name);
                        let other = Other { arn: look.place.arn(&key, &home), user: None };
                        others.insert(key, other);
                    }
                    names.insert(role.name.clone());
                    descriptions.insert(role.name, role.description);
                }
            }
            Some(Err(error)) => refused = Some(error),
            None => {}
        }
        let lists_are_lost = page.is_err() && refused.is_some();
        let listed = match (lists_are_lost, refused) {
            (true, Some(error)) => Listed::Refused(error),
            _ => Listed::All(names.into_iter().collect()),
        };
        let mut looked = look.begin(Role::KIND, &listed);
        let names = look.names(Role::KIND, listed);
        let mut page = match page {
            Ok(page) => page,
            Err(error) => {
                if !names.is_empty() {
                    looked.notes.push(one_by_one(Role::KIND, &error));
                }
                BTreeMap::new()
            }
        };
        let mut rest = BTreeSet::new();
        for key in names {
            let seen = page.remove(&key.name).and_then(|live| described(look, &key, live, &descriptions));
            match seen {
                Some(live) => looked.found.push(look.sharing(key, live)),
                None => _ = rest.insert(key),
            }
        }
        looked.found.extend(self.read_all(look, rest).await?);
        looked.others.append(&mut others);
        // The page shows tags, and so whose these are.
        looked.others.extend(page.into_iter().filter_map(|(name, live)| {
            let other = look.other(&live)?;
            Some((Role::key(name), other))
        }));
        Ok(looked)
    }

    async fn observe_functions(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let keep = |function: &FunctionConfiguration| {
            function.function_name().is_some_and(|name| look.is_read(Function::KIND, name))
        };
        let pages = async { available(self.functions(keep).await) };
        let index = self.tag_index(look.scope, &["lambda"], &[Function::KIND]);
        let (index, pages) = if look.is_quick() {
            let index = index.await?;
            if let Some(looked) = self.believed(look.with(&index), Function::KIND, &index).await? {
                return Ok(looked);
            }
            (index, pages.await?)
        } else {
            tokio::try_join!(index, pages)?
        };
        let look = look.with(&index);
        let (listed, mut pages, refused) = match pages {
            Ok(pages) => (Listed::All(pages.names), pages.kept, None),
            Err(error) => (Listed::Refused(error.clone()), BTreeMap::new(), Some(error)),
        };
        let mut looked = look.begin(Function::KIND, &listed);
        looked.notes.extend(no_index(&index));
        let mut rest = BTreeSet::new();
        for key in look.names(Function::KIND, listed) {
            let seen = pages.remove(&key.name).and_then(|live| {
                let tags = look.agreeing(&key, &live)?.clone();
                Some(Live { tags, ..live })
            });
            match seen {
                Some(live) => looked.found.push(look.sharing(key, live)),
                None => _ = rest.insert(key),
            }
        }
        looked.notes.extend(refused.filter(|_| !rest.is_empty()).map(|error| one_by_one(Function::KIND, &error)));
        let read = self.read_all(look, rest).await?;
        looked.notes.extend(not_in_index(look, Function::KIND, &read));
        looked.found.extend(read);
        Ok(looked)
    }

    /// Machines and queues: the tag index names them, and each is read.
    async fn observe_workflows(&self, look: Look<'_>) -> Result<(Looked, Looked), CloudError> {
        let (scope, at_once) = (look.scope, look.scope.depth == Depth::Lists);
        let machines = || async { all(self.machine_names().await) };
        let queues = || by_prefix(scope, Queue::KIND, |prefix| self.queue_names(prefix));
        let (index, early_machines, early_queues) = tokio::try_join!(
            self.tag_index(scope, &["states", "sqs"], &[StateMachine::KIND, Queue::KIND]),
            async { if at_once { machines().await.map(Some) } else { Ok(None) } },
            async { if at_once { queues().await.map(Some) } else { Ok(None) } },
        )?;
        let look = look.with(&index);
        let of_machines = async {
            if let Some(looked) = self.believed(look, StateMachine::KIND, &index).await? {
                return Ok(looked);
            }
            let listed = match early_machines {
                Some(listed) => listed,
                None if look.is_indexed(StateMachine::KIND) => Listed::Indexed,
                None => machines().await?,
            };
            let mut looked = self.read_listed(look, StateMachine::KIND, listed).await?;
            looked.notes.extend(no_index(&index));
            Ok::<_, CloudError>(looked)
        };
        let of_queues = async {
            if let Some(looked) = self.believed(look, Queue::KIND, &index).await? {
                return Ok(looked);
            }
            let listed = match early_queues {
                Some(listed) => listed,
                None if look.is_indexed(Queue::KIND) => Listed::Indexed,
                None => queues().await?,
            };
            self.read_listed(look, Queue::KIND, listed).await
        };
        tokio::try_join!(of_machines, of_queues)
    }

    /// Where tags are believed, sizes that a list shows stand for bodies, after one dashboard was read to see whether the
    /// lab's dashboard changed.
    async fn observe_dashboards(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let kind = Dashboard::KIND;
        if !look.is_quick() {
            let listed = by_prefix(look.scope, kind, |prefix| self.dashboard_names(prefix)).await?;
            return self.read_listed(look, kind, listed).await;
        }
        let (listed, sizes) = match available(self.dashboard_sizes(None).await)? {
            Ok(sizes) => (Listed::All(sizes.iter().map(|(name, _)| name.clone()).collect()), sizes),
            Err(refused) => (Listed::Refused(refused), Vec::new()),
        };
        let alike: BTreeMap<Key, Live> = sizes
            .into_iter()
            .filter_map(|(name, size)| {
                let key = Key::new(kind, name);
                let wanted = look.believed(&key)?;
                let live = Live {
                    arn: look.arn(&key),
                    body: wanted.body.clone(),
                    tags: wanted.tags.clone(),
                    state: LiveState::Ready,
                };
                (size == dashboard::size(wanted)).then_some((key, live))
            })
            .collect();
        let mut looked = look.begin(kind, &listed);
        looked.notes.extend(refusal(kind, &listed));
        let mut names = look.names(kind, listed);
        if let Some((sample, believed)) = alike.first_key_value() {
            let read = self.read(sample).await?;
            let is_as_wanted = read.as_ref().is_some_and(|live| live.tags == believed.tags);
            names.remove(sample);
            looked.found.extend(read.map(|live| look.sharing(sample.clone(), live)));
            if is_as_wanted {
                names.retain(|key| !alike.contains_key(key));
                let sample = sample.clone();
                looked.found.extend(alike.into_iter().filter(|(key, _)| *key != sample));
            }
        }
        looked.found.extend(self.read_all(look, names).await?);
        Ok(looked)
    }

    async fn observe_groups(&self, look: Look<'_>) -> Result<Looked, CloudError> {
        let (scope, kind) = (look.scope, LogGroup::KIND);
        let list = async { available(self.groups_by_prefix(look).await) };
        let index = self.tag_index(scope, &["logs"], &[LogGroup::KIND]);
        let (index, groups) = if look.is_quick() {
            let index = index.await?;
            if let Some(looked) = self.believed(look.with(&index), kind, &index).await? {
                return Ok(looked);
            }
            (index, list.await?)
        } else {
            tokio::try_join!(index, list)?
        };
        let look = look.with(&index);
        let (prefixes, groups) = match groups {
            Ok(listed) => listed,
            Err(refused) => return self.read_listed(look, kind, Listed::Refused(refused)).await,
        };
        let mut looked = look.begin(kind, &Listed::Users(groups.keys().cloned().collect()));
        looked.notes.extend(no_index(&index));
        let covered = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        let elsewhere = look.wanted(kind).filter(|key| !covered(&key.name)).cloned().collect();
        let mut untagged = Vec::new();
        for (name, body) in groups {
            let key = Key::new(kind, name);
            let live = log_group::live(look.arn(&key), body, Tags::new());
            match look.agreeing(&key, &live) {
                Some(tags) => looked.found.push(look.sharing(key, Live { tags: tags.clone(), ..live })),
                None => untagged.push((key, live)),
            }
        }
        let reads = untagged.into_iter().map(|(key, live)| async move {
            let tags = self.log_group_tags(&live.arn).await?;
            Ok(tags.map(|tags| look.sharing(key, Live { tags, ..live })))
        });
        let read = self.gather(reads).await?;
        looked.notes.extend(not_in_index(look, kind, &read));
        looked.found.extend(read);
        looked.found.extend(self.read_all(look, elsewhere).await?);
        Ok(looked)
    }

    /// The log groups that begin as the users' do, with the beginnings that were asked for: of each user while they are few.
    async fn groups_by_prefix(&self, look: Look<'_>) -> Result<(Vec<String>, BTreeMap<String, Body>), CloudError> {
        let scope = look.scope;
        let keep = |name: &str| look.is_read(LogGroup::KIND, name);
        let prefixes = prefixes(scope);
        let lists = try_join_all(prefixes.iter().map(|prefix| self.log_groups(prefix, keep))).await?;
        Ok((prefixes, lists.into_iter().flatten().collect()))
    }

    /// What is seen of a kind by tags alone, where tags are believed and nearly all agree; `None` where it has to be read in pages.
    async fn believed(&self, look: Look<'_>, kind: Kind, index: &Shown) -> Result<Option<Looked>, CloudError> {
        if !look.is_quick() || index.is_err() {
            return Ok(None);
        }
        let mut looked = look.begin(kind, &Listed::Indexed);
        let mut rest = BTreeSet::new();
        for key in look.names(kind, Listed::Indexed) {
            match look.trusted(&key) {
                Some(live) => looked.found.push(look.sharing(key, live)),
                None => _ = rest.insert(key),
            }
        }
        if rest.len() > FEW_READS {
            return Ok(None);
        }
        looked.found.extend(self.read_all(look, rest).await?);
        Ok(Some(looked))
    }

    /// Reads everything of a kind that a list or the index names.
    async fn read_listed(&self, look: Look<'_>, kind: Kind, listed: Listed) -> Result<Looked, CloudError> {
        let mut looked = look.begin(kind, &listed);
        let refusal = refusal(kind, &listed);
        let names = look.names(kind, listed);
        looked.notes.extend(refusal.filter(|_| !names.is_empty()));
        let mut rest = BTreeSet::new();
        for key in names {
            match look.trusted(&key) {
                Some(live) => looked.found.push(look.sharing(key, live)),
                None => _ = rest.insert(key),
            }
        }
        if kind == StateMachine::KIND {
            let reads = rest.into_iter().map(|key| async {
                let arn = look.arn(&key);
                let known = look.index.and_then(|index| index.get(&arn));
                Ok(self.read_state_machine(&arn, known).await?.map(|live| look.sharing(key, live)))
            });
            let read = self.gather(reads).await?;
            looked.notes.extend(not_in_index(look, kind, &read));
            looked.found.extend(read);
        } else {
            looked.found.extend(self.read_all(look, rest).await?);
        }
        Ok(looked)
    }

    async fn read_all(&self, look: Look<'_>, keys: BTreeSet<Key>) -> Result<Vec<(Key, Live)>, CloudError> {
        let reads =
            keys.into_iter().map(|key| async { Ok(self.read(&key).await?.map(|live| look.sharing(key, live))) });
        self.gather(reads).await
    }

    async fn gather<R>(&self, reads: impl Iterator<Item = R>) -> Result<Vec<(Key, Live)>, CloudError>
    where
        R: Future<Output = Result<Option<(Key, Live)>, CloudError>>,
    {
        let reads = stream::iter(reads).buffer_unordered(READS_AT_ONCE);
        reads.try_filter_map(|found| async { Ok(found) }).try_collect().await
    }
}

/// What the names of the log groups begin with that are asked for: those of each user while they are few.
fn prefixes(scope: &Scope) -> Vec<String> {
    let bare = if scope.depth == Depth::Lists { bare_prefixes(scope) } else { Vec::new() };
    let of_users =
        scope.users.iter().flat_map(|user| LogGroup::families().map(move |family| format!("{family}{user}-")));
    let is_class = scope.users.len() > FEW_USERS;
    let families: Vec<String> =
        if is_class { LogGroup::families().map(str::to_owned).collect() } else { of_users.collect() };
    families.into_iter().chain(bare).collect()
}

/// What log groups begin with that students name as they like, `<user>-…`: few calls for a class, since AWS's own begin with a slash.
fn bare_prefixes(scope: &Scope) -> Vec<String> {
    if scope.users.len() <= FEW_USERS {
        return scope.users.iter().map(|user| format!("{user}-")).collect();
    }
    let letters: BTreeSet<char> = scope.users.iter().filter_map(|user| user.as_str().chars().next()).collect();
    letters.into_iter().map(String::from).collect()
}

/// The index of a kind, or why there is none.
type Shown = Result<Index, CloudError>;

impl<'a> Look<'a> {
    fn with(self, index: &'a Shown) -> Self {
        Self { index: index.as_ref().ok(), ..self }
    }
}

/// A role as the page showed it, with its description; `None` where that is not known.
fn described(look: Look<'_>, key: &Key, mut live: Live, descriptions: &BTreeMap<String, String>) -> Option<Live> {
    let told = match (descriptions.get(&key.name), look.believed(key)) {
        (Some(description), _) => description,
        // Under all the tags of the wanted role it is described as wanted.
        (None, Some(wanted)) if wanted.tags.iter().all(|(name, value)| live.tags.get(name) == Some(value)) => {
            &wanted.body.of::<Role>()?.description
        }
        (None, _) => return None,
    };
    if let Some(role) = live.body.of_mut::<Role>() {
        role.description.clone_from(told);
    }
    Some(live)
}

fn one_by_one(kind: Kind, error: &CloudError) -> String {
    format!("{} are read one by one: {error}", kind.facts().plural)
}

fn refusal(kind: Kind, listed: &Listed) -> Option<String> {
    match listed {
        Listed::Refused(error) => Some(one_by_one(kind, error)),
        Listed::All(_) | Listed::Users(_) | Listed::Indexed => None,
    }
}

fn no_index(index: &Shown) -> Option<String> {
    index.as_ref().err().map(|error| format!("tags are read one by one: {error}"))
}

/// Says that things of the lab are there which the index, where there is one, does not show.
fn not_in_index(look: Look<'_>, kind: Kind, read: &[(Key, Live)]) -> Option<String> {
    let index = look.index?;
    let missing =
        read.iter().filter(|(_, live)| live.lab() == Some(look.scope.lab.as_str()) && !index.contains_key(&live.arn));
    let count = missing.count();
    let what = kind.facts().plural;
    (count > 0)
        .then(|| format!("the tag index does not show {count} of the {what} yet: their tags are read one by one"))
}

/// Names from a list that takes a prefix: by user while they are few, else the whole list.
async fn by_prefix<P>(scope: &Scope, kind: Kind, list: impl Fn(Option<String>) -> P) -> Result<Listed, CloudError>
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

fn all(names: Result<Vec<String>, CloudError>) -> Result<Listed, CloudError> {
    Ok(match available(names)? {
        Ok(names) => Listed::All(names),
        Err(refused) => Listed::Refused(refused),
    })
}

/// A page, or why it is not to be had here; another error stays one.
pub(super) fn available<T>(answer: Result<T, CloudError>) -> Result<Result<T, CloudError>, CloudError> {
    match answer {
        Err(error) if !is_unavailable(&error) => Err(error),
        answer => Ok(answer),
    }
}
