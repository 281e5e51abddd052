//! Pictures, held against what they shall show.
