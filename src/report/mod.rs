//! Tells the story.
