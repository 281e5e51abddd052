//! Which connection a user's changes go through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cloud::Cloud;
use crate::model::{Place, UserName};

/// The connections in play: one for each account and region, and further ones for users who reach the same place as somebody else.
#[derive(Clone, Default)]
pub struct Clouds {
    places: BTreeMap<Place, Arc<dyn Cloud>>,
    own: BTreeMap<(Place, UserName), Arc<dyn Cloud>>,
}

impl FromIterator<(Place, Arc<dyn Cloud>)> for Clouds {
    fn from_iter<I: IntoIterator<Item = (Place, Arc<dyn Cloud>)>>(places: I) -> Self {
        Self { places: places.into_iter().collect(), own: BTreeMap::new() }
    }
}

impl Clouds {
    /// Adds the connection of a place, unless it has one.
    pub fn add(&mut self, place: Place, cloud: Arc<dyn Cloud>) {
        self.places.entry(place).or_insert(cloud);
    }

    /// Adds a user's own connection to a place, which goes before that of the place.
    pub fn add_own(&mut self, place: Place, user: UserName, cloud: Arc<dyn Cloud>) {
        self.own.insert((place, user), cloud);
    }

    /// The connection through which a user's things at a place are changed.
    pub fn of(&self, place: &Place, user: &UserName) -> Option<&Arc<dyn Cloud>> {
        self.own.get(&(place.clone(), user.clone())).or_else(|| self.places.get(place))
    }

    /// Each place with its connection.
    pub fn places(&self) -> impl Iterator<Item = (&Place, &Arc<dyn Cloud>)> {
        self.places.iter()
    }

    /// The connection of a place.
    pub fn at(&self, place: &Place) -> Option<&Arc<dyn Cloud>> {
        self.places.get(place)
    }
}
