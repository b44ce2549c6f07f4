//! What a key's value may be, and where in the settings it lies.

use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

use talkline_cluster::Secret;
use talkline_crds::nearest;

use super::{raw::Raw, settings::Settings};

/// A key's type and place.
pub(crate) trait Field: Send + Sync {
    /// What to write, as `a whole number from 1 to 10`.
    fn form(&self) -> String;

    /// Reads a value and puts it in its place.
    ///
    /// # Errors
    /// What is wrong with it, without the value if that may be a secret.
    fn set(&self, settings: &mut Settings, raw: &Raw) -> Result<(), String>;

    /// The value that holds, as one would write it; of a secret only that there is one.
    fn show(&self, settings: &mut Settings) -> Raw;
}

type Parse<T> = Box<dyn Fn(&Raw) -> Result<T, String> + Send + Sync>;
type Show<T> = Box<dyn Fn(&T) -> Raw + Send + Sync>;

/// A field of one type: `place` finds it.
pub(super) struct Typed<T, P> {
    form: String,
    place: P,
    parse: Parse<T>,
    show: Show<T>,
}

/// The way to a value within the settings.
pub(super) trait Place<T>: for<'a> Fn(&'a mut Settings) -> &'a mut T + Send + Sync + 'static {}
impl<T, F: for<'a> Fn(&'a mut Settings) -> &'a mut T + Send + Sync + 'static> Place<T> for F {}

impl<T, P: Place<T>> Field for Typed<T, P> {
    fn form(&self) -> String {
        self.form.clone()
    }

    fn set(&self, settings: &mut Settings, raw: &Raw) -> Result<(), String> {
        *(self.place)(settings) = (self.parse)(raw)?;
        Ok(())
    }

    fn show(&self, settings: &mut Settings) -> Raw {
        (self.show)((self.place)(settings))
    }
}

impl<T, P> Typed<T, P>
where
    T: 'static,
    P: Fn(&mut Settings) -> &mut T + Send + Sync + 'static,
{
    /// A value that a function reads and another shows.
    pub(super) fn new(
        form: impl Into<String>,
        place: P,
        parse: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
        show: impl Fn(&T) -> Raw + Send + Sync + 'static,
    ) -> Self {
        Self {
            form: form.into(),
            place,
            parse: Box::new(move |raw| parse(raw.text()?)),
            show: Box::new(show),
        }
    }
}

/// Anything that its own type reads.
pub(super) fn parsed<T, P>(form: &'static str, place: P) -> Typed<T, P>
where
    T: FromStr + Display + 'static,
    P: Fn(&mut Settings) -> &mut T + Send + Sync + 'static,
{
    Typed::new(form, place, move |text| read(form, text), |value: &T| Raw::one(value))
}

/// A whole number within bounds.
pub(super) fn number<T, P>(bounds: RangeInclusive<u64>, place: P) -> Typed<T, P>
where
    T: FromStr + Display + 'static,
    P: Fn(&mut Settings) -> &mut T + Send + Sync + 'static,
{
    let form = whole(&bounds);
    let error = form.clone();
    let parse = move |text: &str| bounded(&bounds, text).and_then(|_| read(&error, text));
    Typed::new(form, place, parse, |value: &T| Raw::one(value))
}

/// A whole number, or nothing.
pub(super) fn number_if_any<T, P>(bounds: RangeInclusive<u64>, place: P) -> Typed<Option<T>, P>
where
    T: FromStr + Display + 'static,
    P: Fn(&mut Settings) -> &mut Option<T> + Send + Sync + 'static,
{
    let form = whole(&bounds);
    let error = form.clone();
    let parse = move |text: &str| bounded(&bounds, text).and_then(|_| read(&error, text).map(Some));
    Typed::new(form, place, parse, shown_if_any)
}

/// A time in units of so many milliseconds; the key's name says which.
pub(super) fn time<P>(unit_millis: u64, bounds: RangeInclusive<u64>, place: P) -> Typed<Duration, P>
where
    P: Fn(&mut Settings) -> &mut Duration + Send + Sync + 'static,
{
    let form = whole(&bounds);
    let of = move |number: u64| Duration::from_millis(number.saturating_mul(unit_millis));
    let show = move |time: &Duration| Raw::one(time.as_millis() / u128::from(unit_millis));
    Typed::new(form, place, move |text| bounded(&bounds, text).map(of), show)
}

/// Units of [`time`].
pub(super) const MILLIS: u64 = 1;
pub(super) const SECONDS: u64 = 1_000;
pub(super) const HOURS: u64 = 60 * 60 * SECONDS;

/// A text that a rule accepts.
pub(super) fn text<P>(form: &'static str, rule: fn(&str) -> bool, place: P) -> Typed<String, P>
where
    P: Fn(&mut Settings) -> &mut String + Send + Sync + 'static,
{
    Typed::new(
        form,
        place,
        move |text| ruled(form, rule, text),
        |text: &String| Raw::one(text),
    )
}

/// A text that a rule accepts, or nothing.
pub(super) fn text_if_any<P>(form: &'static str, rule: fn(&str) -> bool, place: P) -> Typed<Option<String>, P>
where
    P: Fn(&mut Settings) -> &mut Option<String> + Send + Sync + 'static,
{
    Typed::new(form, place, move |text| ruled(form, rule, text).map(Some), shown_if_any)
}

/// The path of a file or folder, or nothing.
pub(super) fn path<P>(place: P) -> Typed<Option<PathBuf>, P>
where
    P: Fn(&mut Settings) -> &mut Option<PathBuf> + Send + Sync + 'static,
{
    let show = |path: &Option<PathBuf>| path.as_ref().map_or(Raw::Absent, |path| Raw::one(path.display()));
    Typed::new("a path", place, |text| Ok(Some(text.into())), show)
}

/// A list, each item read by its own type and accepted by a rule.
pub(super) fn list<T, P>(form: &'static str, rule: fn(&str) -> bool, place: P) -> Typed<Vec<T>, P>
where
    T: FromStr + Display + 'static,
    P: Fn(&mut Settings) -> &mut Vec<T> + Send + Sync + 'static,
{
    let item = move |item: &str| ruled(form, rule, item).and_then(|item| read(form, &item));
    Typed {
        form: format!("a list, each {form}"),
        place,
        parse: Box::new(move |raw| raw.items().into_iter().map(&item).collect()),
        show: Box::new(|items: &Vec<T>| Raw::many(items)),
    }
}

/// One of some words.
pub(super) fn choice<T, P>(choices: &'static [(&'static str, T)], place: P) -> Typed<T, P>
where
    T: Clone + PartialEq + Sync + 'static,
    P: Fn(&mut Settings) -> &mut T + Send + Sync + 'static,
{
    let show = move |value: &T| {
        let found = choices.iter().find(|(_, choice)| choice == value);
        found.map_or(Raw::Absent, |(name, _)| Raw::one(name))
    };
    Typed::new(one_of(choices), place, move |text| chosen(choices, text), show)
}

/// One of some words, or nothing.
pub(super) fn choice_if_any<T, P>(choices: &'static [(&'static str, T)], place: P) -> Typed<Option<T>, P>
where
    T: Clone + PartialEq + Sync + 'static,
    P: Fn(&mut Settings) -> &mut Option<T> + Send + Sync + 'static,
{
    let show = move |value: &Option<T>| {
        let found = choices.iter().find(|(_, choice)| Some(choice) == value.as_ref());
        found.map_or(Raw::Absent, |(name, _)| Raw::one(name))
    };
    Typed::new(
        one_of(choices),
        place,
        move |text| chosen(choices, text).map(Some),
        show,
    )
}

/// Yes or no.
pub(super) fn switch<P>(place: P) -> Typed<bool, P>
where
    P: Fn(&mut Settings) -> &mut bool + Send + Sync + 'static,
{
    parsed("true or false", place)
}

/// A secret, or nothing.
pub(super) fn secret<P>(place: P) -> Typed<Option<Secret>, P>
where
    P: Fn(&mut Settings) -> &mut Option<Secret> + Send + Sync + 'static,
{
    let show = |secret: &Option<Secret>| secret.as_ref().map_or(Raw::Absent, |_| Raw::one(HIDDEN));
    Typed::new("a secret", place, |text| Ok(Some(Secret::new(text))), show)
}

/// Stands for a secret where one is shown.
pub(super) const HIDDEN: &str = "(hidden)";

fn read<T: FromStr>(form: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is not {form}"))
}

fn ruled(form: &str, rule: fn(&str) -> bool, text: &str) -> Result<String, String> {
    rule(text)
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{text:?} is not {form}"))
}

fn bounded(bounds: &RangeInclusive<u64>, text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("{text:?} is not {}", whole(bounds)))
}

fn whole(bounds: &RangeInclusive<u64>) -> String {
    format!("a whole number from {} to {}", bounds.start(), bounds.end())
}

fn chosen<T: Clone>(choices: &[(&'static str, T)], text: &str) -> Result<T, String> {
    let found = choices.iter().find(|(name, _)| *name == text);
    found.map(|(_, choice)| choice.clone()).ok_or_else(|| {
        let hint = nearest::hint(text, choices.iter().map(|(name, _)| *name));
        format!("{text:?} is not one of the choices{hint}")
    })
}

fn one_of<T>(choices: &[(&'static str, T)]) -> String {
    let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
    names.join(" or ")
}

fn shown_if_any<T: Display>(value: &Option<T>) -> Raw {
    value.as_ref().map_or(Raw::Absent, Raw::one)
}
