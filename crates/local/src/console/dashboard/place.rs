//! Where widgets stand in the grid of 24 columns.

use super::body::Source;

const COLUMNS: usize = 24;

/// A place in the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    /// Which widget of the body it is.
    pub(super) index: usize,
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// The place of each widget: its own, or the next that is free; nothing stands on something else.
pub(super) fn places(widgets: &[Source]) -> Vec<Place> {
    let mut ground = Ground([0; COLUMNS]);
    let mut placed: Vec<Place> = Vec::new();
    for (index, widget) in widgets.iter().enumerate() {
        let (width, height) = (widget.width, widget.height);
        let free = ground.free(width);
        let x = widget.x.unwrap_or(if widget.y.is_some() { 0 } else { free.0 }).min(24 - width);
        let mut place = Place { x, y: 0, width, height, index };
        place.y = match (widget.x, widget.y) {
            (_, Some(y)) => y,
            (Some(_), None) => ground.height(x, width),
            (None, None) => free.1,
        };
        if placed.iter().any(|other| place.overlaps(other)) {
            place.y = ground.height(x, width);
        }
        ground.raise(&place);
        placed.push(place);
    }
    placed
}

/// How far down each column is taken.
struct Ground([i64; COLUMNS]);

impl Ground {
    fn columns(x: i64, width: i64) -> (usize, usize) {
        (usize::try_from(x).unwrap_or_default(), usize::try_from(width).unwrap_or_default())
    }

    /// The first row below all that stands in these columns.
    fn height(&self, x: i64, width: i64) -> i64 {
        let (x, width) = Self::columns(x, width);
        self.0.iter().skip(x).take(width).copied().max().unwrap_or_default()
    }

    /// The highest place that is free, and of these the leftmost: column and row.
    fn free(&self, width: i64) -> (i64, i64) {
        let places = (0..=24 - width).map(|x| (self.height(x, width), x));
        places.min().map_or((0, 0), |(y, x)| (x, y))
    }

    fn raise(&mut self, place: &Place) {
        let (x, width) = Self::columns(place.x, place.width);
        for column in self.0.iter_mut().skip(x).take(width) {
            *column = (*column).max(place.y + place.height);
        }
    }
}

/// The next place for a widget below or beside those that are there.
pub(super) fn next(widgets: &[Source], width: i64) -> (i64, i64) {
    let mut ground = Ground([0; COLUMNS]);
    for place in places(widgets) {
        ground.raise(&place);
    }
    ground.free(width)
}

#[cfg(test)]
mod tests {
    use super::super::body::Body;
    use super::*;
    use serde_json::json;

    fn placed(widgets: &serde_json::Value) -> Vec<(i64, i64)> {
        let body = Body::read(&json!({"widgets": widgets}).to_string());
        places(&body.widgets).iter().map(|place| (place.x, place.y)).collect()
    }

    #[test]
    fn widgets_without_places_fill_the_rows() {
        let six = json!({"type": "text"});
        assert_eq!(placed(&json!([six, six, six, six, six])), [(0, 0), (6, 0), (12, 0), (18, 0), (0, 6)]);
        let wide = json!({"type": "text", "width": 24, "height": 2});
        assert_eq!(placed(&json!([six, wide, six])), [(0, 0), (0, 6), (0, 8)]);
        let right = json!({"type": "text", "x": 12, "y": 0, "width": 12, "height": 3});
        assert_eq!(placed(&json!([right, six, wide])), [(12, 0), (0, 0), (0, 6)]);
    }

    #[test]
    fn nothing_stands_on_something_else_or_outside() {
        let same = json!({"type": "text", "x": 20, "y": 1, "width": 8, "height": 4});
        assert_eq!(placed(&json!([same, same, same])), [(16, 1), (16, 5), (16, 9)]);
        let many: Vec<_> = (0..500).map(|_| json!({"type": "text", "x": 0, "y": 0, "height": 1000})).collect();
        assert_eq!(placed(&json!(many)).last(), Some(&(0, 499_000)));
    }
}
