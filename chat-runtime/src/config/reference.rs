//! What can be set, for people: a page of it, and a file to start from. Both are made from the table.

use std::fmt::{self, Write};

use super::{
    key::{Key, Secrecy},
    raw::Raw,
    role::Role,
    section,
    settings::Settings,
    table,
};

const HEAD: &str = "# Configuration

<!-- Made from the code by `talkline config reference`; change it there. -->

`talkline gateway`, `talkline worker` and `talkline up` are set by flags, over environment variables, over a file
(`--config FILE`, or `TALKLINE_CONFIG`). What is set in none of them has its default.

- The file is YAML in sections: `kafka.lingerMillis` is `lingerMillis` below `kafka`. One file can serve all roles: a key
  that a role has no use for changes nothing there. `talkline config defaults` prints one to start from.
- `kafka.lingerMillis` is `TALKLINE_KAFKA_LINGER_MILLIS` in the environment and `--kafka-linger-millis` as a flag; the other
  names follow in the same way. Lists have commas between their items there. An empty variable counts as none.
- A secret never stands in the file or in a flag, where others could read it. `kafka.sasl.password` is given by
  `TALKLINE_KAFKA_SASL_PASSWORD`, or as a file of its own: `kafka.sasl.passwordFile`, `TALKLINE_KAFKA_SASL_PASSWORD_FILE`,
  `--kafka-sasl-password-file`. A URL can be given both ways; with a password in it, only as a secret.
- What is not known is an error, in the file and among the variables that begin with `TALKLINE_`.
- `talkline config check gateway` (or `worker`) prints every setting that holds and where it comes from, or everything that
  is wrong, and ends with 2 then.
- `talkline up` takes chat, limits and logins from its ChatCluster, and from here what is marked with it.
";

/// The page, as Markdown.
pub(crate) fn reference() -> String {
    let mut text = HEAD.to_owned();
    // Writing to a string does not fail.
    let _ = write_page(&mut text);
    text
}

/// A file with every default, commented out.
pub(crate) fn defaults() -> String {
    let mut text = "# Talkline's settings with their defaults. Remove a `#` to change one.\n".to_owned();
    // Writing to a string does not fail.
    let _ = write_defaults(&mut text);
    text
}

fn write_page(out: &mut String) -> fmt::Result {
    let mut settings = Settings::default();
    let mut section = None;
    for key in table::keys() {
        if section != Some(key.section()) {
            section = Some(key.section());
            writeln!(out, "\n## {}\n", section::title(key.section()))?;
            writeln!(out, "| key | default | for | |\n|---|---|---|---|")?;
        }
        let roles: Vec<_> = key.roles.iter().map(|role| role.name()).collect();
        let default = match key.field.show(&mut settings) {
            Raw::Absent => String::new(),
            Raw::Many(items) if items.is_empty() => String::new(),
            value => format!("`{value}`"),
        };
        let roles = if roles.len() == Role::ALL.len() {
            "all".to_owned()
        } else {
            roles.join(", ")
        };
        writeln!(
            out,
            "| `{}` | {default} | {roles} | {} {}{} |",
            key.path,
            key.doc,
            form(key),
            standard(key)
        )?;
    }
    Ok(())
}

fn standard(key: &Key) -> String {
    key.standard.map_or(String::new(), |name| {
        format!(" `{name}` says it where our own variable does not.")
    })
}

fn form(key: &Key) -> String {
    let form = key.field.form();
    let mut letters = form.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn write_defaults(out: &mut String) -> fmt::Result {
    let mut settings = Settings::default();
    let mut open: Vec<&str> = Vec::new();
    for key in table::keys() {
        let mut parts: Vec<&str> = key.path.split('.').collect();
        let name = parts.pop().unwrap_or_default();
        let common = open.iter().zip(&parts).take_while(|(one, other)| one == other).count();
        if common == 0 {
            writeln!(out)?;
        }
        for (depth, part) in parts.iter().enumerate().skip(common) {
            writeln!(out, "{}{part}:", indent(depth))?;
        }
        let margin = indent(parts.len());
        writeln!(out, "{margin}# {} {}", key.doc, form(key))?;
        let suffix = if key.secrecy == Secrecy::Secret { "File" } else { "" };
        writeln!(out, "{margin}# {name}{suffix}:{}", yaml(&key.field.show(&mut settings)))?;
        open = parts;
    }
    Ok(())
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// A value as YAML, with the space before it.
fn yaml(raw: &Raw) -> String {
    match raw {
        Raw::Absent => String::new(),
        Raw::One(text) => format!(" {}", quoted(text)),
        Raw::Many(items) => {
            let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
            format!(" [{}]", items.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-/".contains(letter));
    if plain { text.to_owned() } else { format!("{text:?}") }
}
