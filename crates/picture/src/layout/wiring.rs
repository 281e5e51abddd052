//! What the layout is given and what it gives back.

/// How large something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Along a row.
    pub across: i64,
    /// In the direction of the flow.
    pub along: i64,
}

/// Where something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Along a row.
    pub across: i64,
    /// In the direction of the flow.
    pub along: i64,
}

/// A line from one box to another, or to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    /// Place of the box it leaves.
    pub from: usize,
    /// Place of the box it enters.
    pub to: usize,
    /// Room for what is written on it.
    pub label: Option<Size>,
    /// Whether it stands back behind the others: it leaves and enters beside them and pulls nothing into line.
    pub aside: bool,
}

/// Boxes and the lines between them. The first box is where reading begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wiring {
    /// The boxes.
    pub boxes: Vec<Size>,
    /// The lines; both their ends are among the boxes.
    pub wires: Vec<Wire>,
}

/// Where everything stands; nothing is left of or above 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Of the whole.
    pub size: Size,
    /// The corner of each box nearest to 0.
    pub boxes: Vec<Place>,
    /// Each line.
    pub wires: Vec<Routed>,
}

/// The way of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routed {
    /// From the box it leaves to the box it enters; two that follow each other share one coordinate.
    pub points: Vec<Place>,
    /// The corner of its label nearest to 0.
    pub label: Option<Place>,
}

/// A count as a length.
pub(crate) fn extent(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
