//! Words of a fixed set, each with its spelling in documents and texts.

use std::fmt;

use serde::Serialize;

/// Declares an enum whose members are written as one word each, in documents as in texts.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $member:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $word)] $member,)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(match self { $(Self::$member => $word,)* })
            }
        }
    };
}

words! {
    /// What became of a resource of a deployment.
    DeployedAs {
        /// Made.
        Created "created",
        /// Changed.
        Updated "updated",
        /// Removed, being no longer in the lab.
        Deleted "deleted",
        /// As it should be.
        Unchanged "unchanged",
        /// Edited by its user, kept.
        Edited "edited",
        /// In the way and not labctl's, untouched.
        Foreign "foreign",
        /// The change did not come true.
        Failed "failed",
        /// Not tried, because what it needs failed or the user interrupted.
        Skipped "skipped",
        /// Its user was not begun, others having failed.
        NotBegun "not-begun",
    }
}

words! {
    /// How a deployment ended for one user.
    UserOutcome {
        /// Everything came true.
        Done "ok",
        /// There was nothing to do.
        Unchanged "unchanged",
        /// Something failed or is in the way.
        Failed "failed",
        /// The user interrupted.
        Interrupted "interrupted",
        /// Not begun, others having failed.
        NotBegun "not-begun",
    }
}

words! {
    /// What stopped a class.
    StopReason {
        /// One of the first users failed.
        Canary "canary",
        /// More users failed than may.
        MaxFailures "max-failures",
    }
}

words! {
    /// A resource against what the manifest says.
    ResourceState {
        /// As the manifest says.
        Present "present",
        /// Not there.
        Absent "absent",
        /// Not as the manifest says.
        Drifted "drifted",
        /// Edited by its user.
        Edited "edited",
        /// Not labctl's.
        Foreign "foreign",
    }
}

words! {
    /// What became of a resource of a cleanup.
    CleanedAs {
        /// Removed.
        Deleted "deleted",
        /// Gone already.
        Absent "absent",
        /// Not labctl's, untouched.
        Foreign "foreign",
        /// To be kept, as was asked.
        Kept "kept",
        /// Still there.
        Left "left",
        /// To be removed, had it not been a dry run.
        WouldDelete "would delete",
    }
}

words! {
    /// What `doctor` thinks of one thing.
    CheckState {
        /// As it should be.
        Ok "ok",
        /// Worth knowing; nothing stops.
        Warning "warning",
        /// It stops the class.
        Failed "failed",
        /// Not needed here.
        Skipped "skipped",
    }
}

words! {
    /// What the percentiles of states are from.
    #[derive(Default)]
    StatesSource {
        /// The machine's log group.
        LogGroup "log-group",
        /// Histories of single executions.
        #[default]
        History "history",
    }
}
