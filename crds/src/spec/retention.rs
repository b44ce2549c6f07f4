//! How long things are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days that each kind of thing is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RetentionSpec {
    /// Messages, with their changes. 0: for ever.
    #[schemars(range(min = 0, max = 36_500))]
    pub messages_days: u32,

    /// Rejections of accepted messages: as long as a client may take to come back and learn of one.
    #[schemars(range(min = 1, max = 365))]
    pub rejections_days: u32,

    /// Records that could not be decoded.
    #[schemars(range(min = 1, max = 365))]
    pub dead_letters_days: u32,

    /// Archives made for a user who asked for their data.
    #[schemars(range(min = 1, max = 90))]
    pub exports_days: u32,

    /// The audit trail. 0: for ever.
    #[schemars(range(min = 0, max = 36_500))]
    pub audit_days: u32,
}

impl Default for RetentionSpec {
    fn default() -> Self {
        Self {
            messages_days: 0,
            rejections_days: 7,
            dead_letters_days: 30,
            exports_days: 7,
            audit_days: 365,
        }
    }
}
