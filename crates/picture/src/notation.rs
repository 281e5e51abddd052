//! The notations that a machine can be drawn in.

use super::listing::Listing;
use super::picture::Picture;
use super::{dot, mermaid, scene, svg, tree};

impl Picture<'_> {
    /// SVG 1.1 in one element: no scripts, no identifiers, nothing from elsewhere, light and dark by the reader's preference.
    /// It can stand in a file or in an HTML page, also more than once. Sizes are pixels.
    pub fn svg(&self) -> String {
        svg::write(self, &scene::draw(self.outline, self.direction), None)
    }

    /// The same for a page in which each state has something to tell: a state is a link to `#`, `anchor` and its place in
    /// [`labctl_asl::Outline::states`].
    pub fn linked_svg(&self, anchor: &str) -> String {
        svg::write(self, &scene::draw(self.outline, self.direction), Some(anchor))
    }

    /// A Mermaid flowchart. <https://mermaid.js.org/syntax/flowchart.html>
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }

    /// A graph in the DOT language, with a cluster for each Parallel, branch and Map. <https://graphviz.org/doc/info/lang.html>
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// Lines of at most `width` columns, in ASCII unless `unicode`.
    pub fn text(&self, width: usize, unicode: bool) -> String {
        tree::write(self, width, unicode)
    }

    /// Nodes and edges, for programs.
    pub fn listing(&self) -> Listing {
        Listing::of(self)
    }
}
