//! The program as somebody meets it who starts it, asks it how it is, and stops it.

mod refusals;
mod roles;
mod settings;
mod start;
mod stop;
