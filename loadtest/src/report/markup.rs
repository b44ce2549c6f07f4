//! Text inside HTML and XML.

use std::fmt::{self, Display, Formatter, Write};

/// What is displayed, with everything escaped that could be read as markup, or that XML does not allow.
pub(super) struct Escaped<T>(pub(super) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match char {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            '\n' | '\t' => self.0.write_char(char),
            char if char.is_control() => self.0.write_char('\u{fffd}'),
            char => self.0.write_char(char),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_server_says_is_markup() {
        let escaped = Escaped("<a b='\"'>&\u{1}\n").to_string();
        assert_eq!(escaped, "&lt;a b=&#39;&quot;&#39;&gt;&amp;\u{fffd}\n");
    }
}
