//! The load harness: drives a Talkline server with open-loop chat load, and checks that nothing is lost, duplicated or
//! reordered. It knows the client contract and none of the server's crates, so that it would drive any server that
//! keeps the contract, and can not share a mistake with this one.
//!
//! | module | is |
//! |---|---|
//! | [`chat`] | the first scenario: how goose and the sockets work together is told there |
//! | [`check`] | the checker, a pure state machine for each conversation |
//! | [`socket`] | a Socket.IO client of a few KB |
//! | [`schedule`] | when messages are meant to be sent |
//! | [`measure`] | histograms, counters, and what the processes cost |
//! | [`metrics`] | what Prometheus is told; the names are constants |
//! | [`report`] | the outcome as a table and as JSON, and the verdict |
//! | [`options`], [`target`] | the command line |

pub mod chat;
pub mod check;
pub mod measure;
pub mod metrics;
pub mod options;
pub mod report;
pub mod schedule;
pub mod socket;
pub mod target;
pub mod targets;
