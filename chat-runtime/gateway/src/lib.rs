//! The chat at the edge: REST and Socket.IO in front of the log, the store and the fan-out.

pub mod auth;
pub mod chat;
pub mod clock;
pub mod config;
pub mod engine;
pub mod limits;
pub mod ports;
pub mod problem;
pub mod realtime;
pub mod trace;
pub mod admin;
pub mod health;
pub mod metrics;
pub mod rest;
pub mod web;
pub mod wire;
