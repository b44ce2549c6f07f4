//! Text in HTML.

use std::fmt;

/// A text with everything escaped that HTML could take for its own.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// A description: its paragraphs, with what stands between backticks as code.
pub(super) struct Prose<'a>(pub(super) &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for paragraph in self.0.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            f.write_str("<p>")?;
            for (index, part) in paragraph.split('`').enumerate() {
                match index % 2 {
                    0 => write!(f, "{}", Text(part))?,
                    _ => write!(f, "<code>{}</code>", Text(part))?,
                }
            }
            f.write_str("</p>")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        assert_eq!(
            Text("<a href=\"x\">'&'").to_string(),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;"
        );
        assert_eq!(
            Prose("a `b<c`\n\nd").to_string(),
            "<p>a <code>b&lt;c</code></p><p>d</p>"
        );
    }
}
