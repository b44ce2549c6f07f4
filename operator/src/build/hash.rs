//! A hash over content, whatever order its maps were filled in: pods roll when it changes, and only then.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The first 16 hexadecimal digits of SHA-256 over the sorted form.
pub(crate) fn hash(content: &Value) -> String {
    let mut sorted = content.clone();
    // A map of this program is sorted by itself, unless a library in its tree asks for the order of insertion.
    sorted.sort_all_objects();
    let digest = Sha256::digest(sorted.to_string());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_a_map_does_not_change_a_hash() {
        let one: Value = serde_json::from_str(r#"{"a": {"x": 1, "y": [1, 2]}, "b": 2}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"b": 2, "a": {"y": [1, 2], "x": 1}}"#).unwrap();
        assert_eq!(hash(&one), hash(&other));
        assert_ne!(hash(&one), hash(&json!({ "a": { "x": 1, "y": [2, 1] }, "b": 2 })));
        assert_eq!(hash(&one).len(), 16);
    }
}
