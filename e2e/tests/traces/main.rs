//! A request's way from socket to log to store to sockets is one trace, at any collector that speaks OTLP over HTTP.

mod collector;
mod one_process;
mod roles;
