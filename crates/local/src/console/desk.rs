//! Where pages are made: the services, and what the server was started with.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::watch;

use super::ask::{Ask, Refusal};
use super::page::{self, Outcome, Page};
use super::pages;
use super::request::Request;
use super::session::Session;
use crate::arn::is_region;
use crate::clock::Clock;
use crate::config::{Config, Suggestion};
use crate::services::Services;
use crate::store::Store;
use crate::wire::Fault;

/// What pages are made from.
pub(super) struct Desk {
    services: Arc<Services>,
    store: Store,
    clock: Clock,
    account: String,
    region: String,
    suggestions: Vec<Suggestion>,
    /// Whether the server ends.
    pub(super) over: watch::Sender<bool>,
}

impl Desk {
    pub(super) fn new(config: &Config, services: Arc<Services>, store: Store, clock: Clock) -> Self {
        Self {
            services,
            store,
            clock,
            account: config.account.clone(),
            region: config.region.clone(),
            suggestions: config.suggestions.clone(),
            over: watch::Sender::new(false),
        }
    }

    /// A number that changes whenever something happens.
    pub(super) fn pulse(&self) -> u64 {
        self.store.pulse()
    }

    /// The document of a page, or the path of another one.
    pub(super) async fn document(&self, session: &Session, request: &Request) -> (StatusCode, Result<String, String>) {
        let region = request.steps.first().filter(|region| is_region(region)).cloned();
        let ask = self.ask(session, region.as_deref().unwrap_or(&self.region));
        match pages::outcome(&ask, request).await {
            Ok(Outcome::Page(page)) => (StatusCode::OK, Ok(page::document(&ask, &page, &request.path))),
            Ok(Outcome::Elsewhere(path)) => (StatusCode::SEE_OTHER, Err(path)),
            Err(refusal) => {
                let (status, page) = refused(&refusal);
                (status, Ok(page::document(&ask, &page, &request.path)))
            }
        }
    }

    /// The inner part of a page, as long as there is one.
    pub(super) async fn inner(&self, session: &Session, request: &Request) -> Option<String> {
        let region = request.steps.first().filter(|region| is_region(region))?;
        match pages::outcome(&self.ask(session, region), request).await {
            Ok(Outcome::Page(page)) if page.is_live => Some(page::inner(&page)),
            _ => None,
        }
    }

    fn ask<'a>(&'a self, session: &'a Session, region: &'a str) -> Ask<'a> {
        Ask {
            services: &self.services,
            session,
            account: &self.account,
            region,
            suggestions: &self.suggestions,
            now_ms: self.clock.now_ms(),
        }
    }

    /// The region that is shown first: the server's, or the only one that holds something.
    pub(super) fn home(&self) -> String {
        let mut regions = self.services.regions().into_iter();
        match (regions.next(), regions.next()) {
            (Some(only), None) => only,
            _ => self.region.clone(),
        }
    }
}

/// The page in place of one that cannot be shown.
fn refused(refusal: &Refusal) -> (StatusCode, Page) {
    let (status, title, said) = match refusal {
        Refusal::NotFound => (
            StatusCode::NOT_FOUND,
            "Not found",
            "There is nothing with this name in this region, or it is not yours to see.".to_owned(),
        ),
        Refusal::Fault(Fault { code, message, .. }) => {
            (StatusCode::BAD_REQUEST, "Not done", format!("{code}: {message}"))
        }
    };
    let view = serde_json::json!({"title": title, "said": said});
    (status, Page { template: "refusal", title: title.to_owned(), trail: Vec::new(), is_live: false, view })
}
