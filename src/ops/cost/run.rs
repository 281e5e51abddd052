//! What a lab costs, from a manifest to a document.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::super::{load, rendering};
use super::lab::BilledLab;
use super::measured::{Measurement, Used, measured};
use super::options::{CostOptions, WEEK};
use super::planned::{Lesson, Measured};
use super::stood::{Stand, Stood, stood};
use super::view::{Costed, view};
use crate::event::Journal;
use crate::host;
use crate::kind::UserDesired;
use crate::model::{Lab, Pack, Place, User, UserName};
use crate::render;
use crate::report::{Prices, Usage};
use crate::ui::view::CostView;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Where nobody knows since when a lab is there, so long is looked back.
const BACK_MS: i64 = 15 * 24 * HOUR_MS;
/// A clock that jumps is ahead of this machine's.
const AHEAD_MS: i64 = 31 * 24 * HOUR_MS;
/// A file of prices is never larger.
const MOST: u64 = 1 << 20;

/// What the chosen users' labs cost.
///
/// # Errors
/// Mistakes of the manifest and of prices, a Region whose prices are not known, an endpoint that cannot be read.
pub(crate) async fn cost(context: &Context, options: &CostOptions) -> Result<Finished<CostView>, Failure> {
    let prices = prices(options)?;
    if options.planned {
        let lab = load::lab(context)?;
        let users = options.selection.choose(&lab, &context.settings.journal_path())?;
        require_regions(&prices, &users)?;
        let of: Vec<&User> = users.iter().collect();
        let rendered = render::desired(&lab, &of, &rendering::offline_places(&lab), &context.settings.out)?;
        let view = costed(context, &lab, &users, &labs(&rendered.desired.users), options, &prices, None);
        warn_of_unpriced(context, &view, options);
        return Ok(Finished { document: context.document("cost", true, view), exit: Exit::Done });
    }
    let work = async |session: &Session| cost_in(context, session, options, &prices).await;
    Session::during(context, &options.selection, work).await
}

async fn cost_in(
    context: &Context,
    session: &Session,
    options: &CostOptions,
    prices: &Prices,
) -> Result<Finished<CostView>, Failure> {
    require_regions(prices, &session.users)?;
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "cost")?;
    let rendered = rendering::wanted(context, session)?;
    let desired = &rendered.desired.users;
    let used = context.unless_interrupted(used(context, session, desired, options)).await?;
    let view = costed(context, &session.lab, &session.users, &labs(desired), options, prices, Some(used));
    warn_of_unpriced(context, &view, options);
    step.finish(&journal, "cost", Exit::Done, String::new())?;
    Ok(Finished { document: step.document(context, "cost", true, view), exit: Exit::Done })
}

/// What these users' labs are to cost by labctl's own prices, without a call; none where their Regions have none.
///
/// # Errors
/// Mistakes of the templates.
pub(crate) fn planned_view(context: &Context, lab: &Lab, users: &[User]) -> Result<Option<CostView>, Failure> {
    let options = CostOptions::default();
    let prices = prices(&options)?;
    if require_regions(&prices, users).is_err() {
        return Ok(None);
    }
    // Labs that differ in names alone are billed alike, and one of them is made for all.
    let places = rendering::offline_places(lab);
    let mut known: Vec<(&User, BilledLab)> = Vec::new();
    let mut labs = Vec::new();
    for user in users {
        let Some(place) = places.get(&user.name) else { continue };
        let alike = known.iter().find(|(other, _)| (&other.iam, &other.settings) == (&user.iam, &user.settings));
        let billed = if let Some((_, billed)) = alike {
            billed.clone()
        } else {
            let rendered = render::desired(lab, &[user], &places, &context.settings.out)?;
            let billed = rendered.desired.users.iter().map(BilledLab::of).next().unwrap_or_default();
            known.push((user, billed.clone()));
            billed
        };
        labs.push(Placed { place: place.clone(), lab: billed });
    }
    Ok(Some(costed(context, lab, users, &labs, &options, &prices, None)))
}

/// Labs that stand, by the journal: whose, account and Region, and since when, milliseconds since 1970.
pub(crate) fn standing(context: &Context, lab: &Lab) -> Vec<(String, String, i64)> {
    let of = |(stand, stood): (Stand, Stood)| {
        Some((stand.user, format!("{} {}", stand.account, stand.region), stood.since_ms?))
    };
    stands(context, lab).into_iter().filter_map(of).collect()
}

/// A lab and where it is.
struct Placed {
    place: Place,
    lab: BilledLab,
}

fn labs(desired: &[UserDesired]) -> Vec<Placed> {
    desired.iter().map(|wanted| Placed { place: wanted.place.clone(), lab: BilledLab::of(wanted) }).collect()
}

/// What users used until now.
async fn used(
    context: &Context,
    session: &Session,
    desired: &[UserDesired],
    options: &CostOptions,
) -> Result<Vec<Used>, Failure> {
    let pack = &session.lab.pack;
    let stands = stands(context, &session.lab);
    let labs: Vec<BilledLab> = desired.iter().map(BilledLab::of).collect();
    let each = |name: &str| transitions_each(pack, &labs, name);
    let now_ms = host::now_ms();
    let mut measurements = Vec::new();
    for ((user, wanted), lab) in session.users.iter().zip(desired).zip(&labs) {
        let known = stands.get(&stand(&wanted.user, &wanted.place)).map_or(now_ms - BACK_MS, |stood| stood.first_ms);
        let since_ms = options.since.map_or(known, |since| since.ms(now_ms));
        measurements.push(Measurement {
            cloud: session.connection(user)?.cloud.as_ref(),
            lab,
            transitions_each: &each,
            since_ms: since_ms - since_ms.rem_euclid(HOUR_MS),
            until_ms: now_ms - now_ms.rem_euclid(HOUR_MS) + AHEAD_MS,
        });
    }
    let mut used = measured(measurements).await?;
    for ((used, wanted), lab) in used.iter_mut().zip(desired).zip(&labs) {
        let hours = stands.get(&stand(&wanted.user, &wanted.place)).map_or(0, |stood| stood.hours(now_ms));
        used.usage = used.usage.plus(Usage::standing(lab.dashboards, used.usage.log_bytes, hours));
    }
    Ok(used)
}

/// The states that a usual execution of a machine enters, by its scenarios.
fn transitions_each(pack: &Pack, labs: &[BilledLab], name: &str) -> u64 {
    let scenarios = pack.scenarios.iter().filter(|scenario| scenario.machine == name);
    let longest = scenarios.filter_map(|scenario| Some(scenario.expect.path.as_ref()?.len())).max();
    let machine = labs.iter().flat_map(|lab| &lab.machines).find(|machine| machine.name == name);
    let states = || Some(machine?.outline.as_ref()?.states.len());
    longest.or_else(states).unwrap_or(1) as u64
}

fn costed(
    context: &Context,
    lab: &Lab,
    users: &[User],
    labs: &[Placed],
    options: &CostOptions,
    prices: &Prices,
    used: Option<Vec<Used>>,
) -> CostView {
    let measured = Measured::newest(context);
    let lesson = Lesson { pack: &lab.pack, measured: measured.as_ref(), count: options.count, hours: options.hours };
    let mut used: Vec<Option<Used>> =
        used.map_or_else(|| vec![None; users.len()], |used| used.into_iter().map(Some).collect());
    let mut notes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut costed = Vec::new();
    for ((user, Placed { place, lab }), used) in users.iter().zip(labs).zip(&mut used) {
        let planned = lesson.usage(user, lab);
        let measured = used.take();
        for note in measured.iter().flat_map(|used| &used.notes) {
            notes.entry(note).or_default().insert(user.name.as_str());
        }
        let measured = measured.map(|used| used.usage);
        let bytes = measured.filter(Usage::has_run).unwrap_or(planned).log_bytes;
        let forgotten = Usage::standing(lab.dashboards, bytes, WEEK);
        costed.push(Costed { user, place, planned, measured, forgotten });
    }
    let mut view = view(&costed, prices, options.hours, hours_stood(context, lab, users, labs));
    view.assumptions = lesson.assumptions();
    view.notes = notes.into_iter().map(|(note, users)| format!("{note} ({})", who(&users))).collect();
    view
}

fn who(users: &BTreeSet<&str>) -> String {
    match (users.first(), users.len()) {
        (Some(first), 1) => (*first).to_owned(),
        (Some(first), count) => format!("{first} and {} more", count - 1),
        (None, _) => String::new(),
    }
}

/// The most hours that any of these labs stood.
fn hours_stood(context: &Context, lab: &Lab, users: &[User], labs: &[Placed]) -> u64 {
    let (stands, now_ms) = (stands(context, lab), host::now_ms());
    let of = |(user, placed): (&User, &Placed)| Some(stands.get(&stand(&user.name, &placed.place))?.hours(now_ms));
    users.iter().zip(labs).filter_map(of).max().unwrap_or(0)
}

fn stands(context: &Context, lab: &Lab) -> BTreeMap<Stand, Stood> {
    stood(Journal::read(&context.settings.journal_path()).into_iter().flatten(), lab.name.as_str())
}

fn stand(user: &UserName, place: &Place) -> Stand {
    Stand { user: user.to_string(), account: place.account.to_string(), region: place.region.to_string() }
}

/// The prices that are meant.
fn prices(options: &CostOptions) -> Result<Prices, Failure> {
    let Some(path) = &options.prices else {
        return Prices::own().map_err(|error| Failure::Other { message: error, help: None });
    };
    let bytes = host::read(path, MOST).map_err(|error| {
        Failure::usage(
            format!("cannot read the prices `{}`: {}", path.display(), host::cause(&error)),
            "`--prices` takes a file; `labctl cost --print-prices` prints one to start from",
        )
    })?;
    let text = String::from_utf8_lossy(&bytes);
    Prices::read(&text).map_err(|error| {
        Failure::usage(
            format!("`{}` has no prices: {error}", path.display()),
            "`labctl cost --print-prices` prints a file to start from",
        )
    })
}

/// Says what is in no total, and how to give its price.
fn warn_of_unpriced(context: &Context, view: &CostView, options: &CostOptions) {
    let Some(unpriced) = view.unpriced_words(None) else { return };
    let help = match &options.prices {
        Some(path) => format!("add them to `{}`", path.display()),
        None => "`labctl cost --print-prices > prices.json`, add them as AWS's pages have them, then `labctl cost --prices prices.json`"
            .to_owned(),
    };
    context.audience.warning(&format!("{unpriced}: totals that lack them are at least so much; {help}"));
}

/// Prices differ from Region to Region, and a guess would be one.
fn require_regions(prices: &Prices, users: &[User]) -> Result<(), Failure> {
    let wanted: BTreeSet<&str> = users.iter().map(|user| user.target.region.as_str()).collect();
    let unknown: Vec<String> =
        wanted.into_iter().filter(|region| prices.of(region).is_none()).map(|region| format!("`{region}`")).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = prices.regions().map(|region| format!("`{region}`")).collect();
    Err(Failure::usage(
        format!("no prices of {} are known; there are those of {}", unknown.join(", "), known.join(", ")),
        "`labctl cost --print-prices > prices.json`, add the region with the prices of AWS's pages, then `labctl cost --prices prices.json`",
    ))
}
