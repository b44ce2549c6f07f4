//! Asking the index.

use std::{fmt::Write as _, ops::Range};

use rusqlite::{Connection, params};
use talkline_core::{
    id::MessageId,
    offset::Offset,
    port::{Hit, Place, Scope, SearchPage, SearchQuery},
    time::Timestamp,
};

use crate::database::{integer, number, to_json};

/// Marks around what was found: control characters, which no indexed text has.
const MARKS: (char, char) = ('\u{2}', '\u{3}');

/// The joins are in the order in which they must run: the index first, which knows the fewest rows. Nothing is marked
/// here, since that would be done for every match and not for those of the page only.
const MATCHES: &str = "
    WITH scope (conversation, history_from) AS MATERIALIZED
        (SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?2))
    SELECT message.number, message.id, message.seq, message.created_at, message.edited
    FROM words
    CROSS JOIN message ON message.number = words.rowid
    CROSS JOIN scope ON scope.conversation = message.conversation AND message.seq >= scope.history_from
    WHERE words MATCH ?1
      AND (?3 IS NULL OR message.sender = ?3)
      AND (?4 IS NULL OR message.created_at < ?4)
      AND (?5 IS NULL OR message.created_at > ?5)
      AND (?6 IS NULL OR (message.created_at, message.id) < (?6, ?7))
    ORDER BY message.created_at DESC, message.id DESC
    LIMIT ?8";

/// A page of hits.
pub(super) fn page(connection: &Connection, query: &SearchQuery, limit: usize) -> rusqlite::Result<SearchPage> {
    let Some(expression) = expression(&query.text) else {
        return Ok(SearchPage::default());
    };
    let mut matches = matches(connection, &expression, query, limit.saturating_add(1))?;
    let has_more = matches.len() > limit;
    matches.truncate(limit);
    let mut marked = connection
        .prepare_cached("SELECT highlight(words, 0, ?3, ?4) FROM words WHERE words MATCH ?1 AND rowid = ?2")?;
    let (begin, end) = (MARKS.0.to_string(), MARKS.1.to_string());
    for (number, hit) in &mut matches {
        let text: String = marked.query_row(params![expression, *number, begin, end], |row| row.get(0))?;
        hit.highlight = ranges(&text);
    }
    let hits = matches.into_iter().map(|(_, hit)| hit).collect();
    Ok(SearchPage { hits, has_more })
}

fn matches(
    connection: &Connection,
    expression: &str,
    query: &SearchQuery,
    most: usize,
) -> rusqlite::Result<Vec<(i64, Hit)>> {
    let mut statement = connection.prepare_cached(MATCHES)?;
    let rows = statement.query_map(
        params![
            expression,
            scopes(&query.scopes)?,
            query.sender.as_ref().map(|sender| sender.as_bytes()),
            query.before.map(Timestamp::as_millis),
            query.after.map(Timestamp::as_millis),
            query.behind.map(|place| place.created_at.as_millis()),
            query.behind.as_ref().map(|place| place.message.as_bytes()),
            integer(most as u64),
        ],
        |row| {
            let place = Place {
                message: MessageId::from_bytes(row.get(1)?),
                created_at: Timestamp::from_millis(row.get(3)?),
            };
            let edited: Option<i64> = row.get(4)?;
            let hit = Hit {
                place,
                seq: number(row.get(2)?),
                edited: edited.map(|offset| Offset::from_raw(number(offset))),
                highlight: Vec::new(),
            };
            Ok((row.get(0)?, hit))
        },
    )?;
    rows.collect()
}

/// The scopes as JSON, which is how a statement takes a list.
fn scopes(scopes: &[Scope]) -> rusqlite::Result<String> {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    let pair = |scope: &Scope| (hex(scope.conversation.as_bytes()), integer(scope.history_from));
    to_json(&scopes.iter().map(pair).collect::<Vec<_>>())
}

/// What was typed as an expression of FTS5: every word a string, so that nothing in it is an operator, and the last one
/// the beginning of a word. None if there are no words.
fn expression(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let strings: Vec<_> = words
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    (!strings.is_empty()).then(|| strings.join(" ") + "*")
}

/// Where the marks stand, in characters of the text without them.
fn ranges(marked: &str) -> Vec<Range<usize>> {
    let (mut ranges, mut at, mut begin) = (Vec::new(), 0, 0);
    for character in marked.chars() {
        match character {
            mark if mark == MARKS.0 => begin = at,
            mark if mark == MARKS.1 => ranges.push(begin..at),
            _ => at += 1,
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_words() {
        assert_eq!(expression(" \t\0 "), None);
        assert_eq!(expression("one two").as_deref(), Some("\"one\" \"two\"*"));
        assert_eq!(
            expression("a\0b OR \"c\" text:d*").as_deref(),
            Some("\"a\" \"b\" \"OR\" \"\"\"c\"\"\" \"text:d*\"*")
        );
    }

    #[test]
    fn ranges_count_characters() {
        assert_eq!(ranges("nothing"), []);
        assert_eq!(ranges("é👍 \u{2}two\u{3}, \u{2}x\u{3}"), [3..6, 8..9]);
    }
}
