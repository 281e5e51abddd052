//! Scripted answers for replay tests.
