//! Letters for people, and for programs. Their content is private and shown only to who asks for it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use talkline_core::{offset::Partition, port::DeadLetter, time::Timestamp};

use super::Place;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listing<'a> {
    dead_letters: Vec<Entry<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    partition: Partition,
    offset: u64,
    at: Timestamp,
    bytes: usize,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

/// One document; content as Base64.
pub(super) fn json(letters: &[DeadLetter], more: bool, content: bool) -> String {
    let entry = |letter| entry(letter, content);
    let listing = Listing {
        dead_letters: letters.iter().map(entry).collect(),
        more,
    };
    // Numbers and text: nothing in it can fail.
    let text = serde_json::to_string_pretty(&listing).unwrap_or_default();
    format!("{text}\n")
}

fn entry(letter: &DeadLetter, content: bool) -> Entry<'_> {
    Entry {
        partition: letter.partition,
        offset: letter.offset.get(),
        at: letter.at,
        bytes: letter.payload.len(),
        reason: &letter.reason,
        content: content.then(|| STANDARD.encode(&letter.payload)),
    }
}

/// A line each; content below it, with what is no ASCII escaped.
pub(super) fn table(letters: &[DeadLetter], more: bool, content: bool) -> String {
    let mut text = format!("{:<20}  {:<24}  {:>9}  REASON\n", "PLACE", "PUT ASIDE AT", "BYTES");
    for letter in letters {
        let (place, at) = (Place::of(letter).to_string(), letter.at.to_string());
        // What somebody wrote into the topic must not move a cursor.
        let reason = letter.reason.replace(char::is_control, " ");
        text += &format!("{place:<20}  {at:<24}  {:>9}  {reason}\n", letter.payload.len());
        if content {
            text += &format!("    {}\n", letter.payload.escape_ascii());
        }
    }
    if more {
        text += "there are more: raise --limit\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use talkline_core::offset::Offset;

    use super::*;

    fn letter() -> DeadLetter {
        DeadLetter {
            partition: 3,
            offset: Offset::new(0, 1042),
            reason: "no record:\n\x1b[2J".to_owned(),
            at: Timestamp::from_millis(1_700_000_000_123),
            payload: Bytes::from_static(b"\xffsecret"),
        }
    }

    #[test]
    fn content_is_shown_to_who_asks_for_it() {
        for content in [true, false] {
            let shown = table(&[letter()], false, content);
            assert_eq!(shown.contains("\\xffsecret"), content, "{shown}");
            let shown = json(&[letter()], false, content);
            assert_eq!(shown.contains("/3NlY3JldA=="), content, "{shown}");
        }
    }

    #[test]
    fn a_line_has_place_time_size_and_a_tame_reason() {
        let shown = table(&[letter()], true, false);
        let lines: Vec<_> = shown
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .collect();
        assert_eq!(
            lines[1],
            ["3/1042", "2023-11-14T22:13:20.123Z", "7", "no", "record:", "[2J"]
        );
        assert_eq!(lines[2], ["there", "are", "more:", "raise", "--limit"]);
    }

    #[test]
    fn a_program_reads_the_same() {
        let shown: serde_json::Value = serde_json::from_str(&json(&[letter()], true, false)).unwrap();
        let expected = serde_json::json!({
            "deadLetters": [{
                "partition": 3, "offset": 1042, "at": "2023-11-14T22:13:20.123Z", "bytes": 7, "reason": "no record:\n\u{1b}[2J",
            }],
            "more": true,
        });
        assert_eq!(shown, expected);
    }
}
