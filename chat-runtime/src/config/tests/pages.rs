//! The page and the file of defaults say what the code does.

use super::{
    super::{defaults, reference, table},
    *,
};

/// The committed page. `TALKLINE_UPDATE=1` writes it anew.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");

#[test]
fn the_committed_page_is_the_codes() {
    let current = reference();
    if std::env::var_os("TALKLINE_UPDATE").is_some() {
        std::fs::write(PAGE, &current).unwrap();
    }
    let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        committed == current,
        "docs/configuration.md is not what the code says: TALKLINE_UPDATE=1 cargo test -p talkline pages"
    );
}

#[test]
fn the_file_of_defaults_changes_nothing() {
    let start = Start::file(&defaults());
    assert_eq!(start.problems(Role::Up), Vec::<String>::new());
}

#[test]
fn each_default_is_what_a_file_can_say() {
    // A comment that is a key: `# name: value`. One without a value says what could stand there.
    let mut lines = Vec::new();
    let mut keys = 0;
    for line in defaults().lines() {
        let margin = line.len() - line.trim_start().len();
        let key = line.trim_start().strip_prefix("# ").filter(|rest| {
            rest.split_once(':')
                .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(char::is_alphanumeric))
        });
        keys += usize::from(key.is_some());
        lines.push(key.map_or(line.to_owned(), |key| format!("{}{key}", " ".repeat(margin))));
    }
    assert_eq!(keys, table::keys().len());
    let start = Start::file(&lines.join("\n"));
    assert_eq!(start.problems(Role::Up), Vec::<String>::new());
    let values = |start: &Start| {
        let listing = start.resolve().ok().unwrap().listing(Role::Up);
        let first_two = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        listing.lines().map(first_two).collect::<Vec<_>>()
    };
    assert_eq!(values(&start), values(&Start::default()));
}
