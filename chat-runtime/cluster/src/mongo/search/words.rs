//! What a word is, and when two are the same: case and diacritics do not matter.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

/// The most characters of a word that count: of a longer one, its beginning is as good as all of it.
const LONGEST: usize = 64;

/// A word of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As it is compared.
    pub(super) folded: String,
    /// Where it stands, in characters.
    pub(super) place: Range<usize>,
}

/// The words of a text: letters and digits, with the marks on them.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut end = 0;
    for (place, character) in text.chars().enumerate() {
        let belongs = character.is_alphanumeric() || (word.is_some() && is_mark(character));
        if belongs {
            word.get_or_insert_with(|| (place, String::new())).1.push(character);
        } else if let Some((start, word)) = word.take() {
            words.push(self::word(&word, start..place));
        }
        end = place + 1;
    }
    words.extend(word.map(|(start, word)| self::word(&word, start..end)));
    words
}

fn word(text: &str, place: Range<usize>) -> Word {
    let plain = text.chars().flat_map(char::to_lowercase).nfd().filter(|c| !is_mark(*c));
    Word {
        folded: plain.take(LONGEST).collect(),
        place,
    }
}

/// Marks on letters. Those that are vowels of their own (of Indic scripts) are no such marks: words differ by them.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// What was typed: words that must all be there, the last one at least as the beginning of one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) whole: Vec<String>,
    pub(super) beginning: String,
}

impl Typed {
    /// None if there are no words.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut whole: Vec<_> = words(text)
            .into_iter()
            .map(|word| word.folded)
            .filter(|word| !word.is_empty())
            .collect();
        let beginning = whole.pop()?;
        whole.sort_unstable();
        whole.dedup();
        Some(Self { whole, beginning })
    }

    /// Where the words stand in a text, ascending.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let found =
            |word: &Word| word.folded.starts_with(&self.beginning) || self.whole.binary_search(&word.folded).is_ok();
        words(text).into_iter().filter(found).map(|word| word.place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(
            folded("NOT a \"quoted\" e-mail, x2\0y"),
            ["not", "a", "quoted", "e", "mail", "x2", "y"]
        );
        assert_eq!(folded("👍 !? \u{301}"), [""; 0]);
    }

    #[test]
    fn case_and_diacritics_do_not_matter() {
        assert_eq!(folded("Ångström CAFÉ Привет"), folded("ångstrom cafe\u{301} ПРИВЕТ"));
        assert_ne!(folded("कि"), folded("कु"), "vowels are no diacritics");
        assert_eq!(folded(&"x".repeat(100)), ["x".repeat(LONGEST)]);
    }

    #[test]
    fn places_count_characters() {
        let typed = Typed::read("and caf").unwrap();
        assert_eq!(typed.places("👍 Cafe\u{301} and cafés, decaf"), [2..7, 8..11, 12..17]);
        assert_eq!(Typed::read("+ ()"), None);
    }
}
