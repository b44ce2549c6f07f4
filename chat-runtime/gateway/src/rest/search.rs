//! `/search`: messages by the words in them.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use talkline_core::{
    id::{ConversationId, UserId},
    port::SearchQuery,
    time::Timestamp,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Actor, Parameters},
    paging,
};
use crate::{
    problem::{Code, Problem},
    wire,
};

/// Characters of what is looked for at most: room for a sentence.
const QUERY_CHARS: usize = 256;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(messages))
}

/// What to look for, and where.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Search {
    /// Words, all of which must be in the message, the last one at least as a word's beginning; 1–256 characters. Case
    /// and diacritics do not matter, and no character is an operator.
    #[param(required = true)]
    q: Option<String>,
    /// Only this conversation.
    #[param(value_type = Option<String>)]
    conversation_id: Option<ConversationId>,
    /// Only messages of this user.
    #[param(value_type = Option<String>)]
    from: Option<UserId>,
    /// Only messages from before this time: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// Only messages from after this time: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// How many; at most 200.
    limit: Option<usize>,
}

/// Find messages by the words in them.
///
/// In the conversations that one is in, from joining on, newest first. A message is found some moments after it was
/// stored, by its present text.
#[utoipa::path(get, path = "/search/messages", operation_id = "searchMessages", tag = "search", params(Search),
    responses((status = 200, body = wire::Found)))]
async fn messages(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Parameters(search): Parameters<Search>,
) -> Result<Json<wire::Found>, Problem> {
    let limit = paging::limit(search.limit, &api.config.sizes)?;
    let query = SearchQuery {
        text: text(search.q)?,
        scopes: Vec::new(),
        sender: search.from,
        before: search.before,
        after: search.after,
        behind: search.cursor.as_deref().map(paging::read_place).transpose()?,
    };
    let found = api.chat.search(&actor, search.conversation_id, query, limit).await?;
    Ok(Json(wire::Found {
        hits: found.hits,
        next_cursor: found.next.as_ref().map(paging::write_place),
    }))
}

fn text(asked: Option<String>) -> Result<String, Problem> {
    asked
        .filter(|text| !text.trim().is_empty() && text.chars().count() <= QUERY_CHARS)
        .ok_or_else(|| {
            let bounds = format!("must have 1 to {QUERY_CHARS} characters, not all of them spaces");
            Problem::new(Code::InvalidParameter).with_error("q", bounds)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_has_bounds() {
        let most = "é".repeat(QUERY_CHARS);
        assert_eq!(text(Some(most.clone())), Ok(most.clone()));
        for bad in [None, Some(String::new()), Some(" \u{a0}".into()), Some(most + "é")] {
            let problem = text(bad.clone()).unwrap_err();
            assert_eq!(problem.code(), Code::InvalidParameter, "{bad:?}");
            assert_eq!(problem.errors()[0].field, "q");
        }
    }
}
