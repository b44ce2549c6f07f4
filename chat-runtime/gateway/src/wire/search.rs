//! What a search answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Message;

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    /// As in a history page.
    pub message: Message,
    /// Where the words stand in its text: from (inclusive) and to (exclusive), in characters (Unicode code points, not
    /// UTF-16 units).
    pub highlight: Vec<[usize; 2]>,
}

/// A page of hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The newest message first. A page can be short, or even empty, and yet have a next one.
    pub hits: Vec<Hit>,
    /// Where the next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
