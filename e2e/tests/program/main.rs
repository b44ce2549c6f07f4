//! The program as somebody meets it who starts it, asks it how it is, and stops it.

mod refusals;
mod settings;
mod start;
mod stop;
