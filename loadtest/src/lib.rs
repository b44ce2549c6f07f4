//! The load harness: drives a Talkline server with open-loop chat load, and checks that nothing is lost, duplicated or
//! reordered. It knows the client contract and none of the server's crates, so that it would drive any server that
//! keeps the contract, and can not share a mistake with this one.
//!
//! | module | is |
//! |---|---|
//! | [`scenario`] | the named scenarios, each a file, and their mixes |
//! | [`chat`] | the engine of all of them: how goose and the sockets work together is told there |
//! | [`check`] | the checker, a pure state machine for each conversation |
//! | [`socket`], [`source`] | a Socket.IO client of a few KB, and the addresses it comes from |
//! | [`schedule`] | when arrivals are meant to be |
//! | [`measure`] | histograms, counters, and what the processes cost |
//! | [`metrics`] | what Prometheus is told; the names are constants |
//! | [`report`] | the outcome as a table, JSON, HTML and JUnit, the verdict, and the comparison with another run |
//! | [`steps`] | looking for the limit |
//! | [`agent`] | several programs that share a load |
//! | [`project`] | from runs of several sizes to what a much larger load needs |
//! | [`options`], [`target`], [`targets`] | the command line |

pub mod agent;
pub mod chat;
pub mod check;
pub mod measure;
pub mod metrics;
pub mod options;
pub mod project;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod socket;
pub mod source;
pub mod steps;
pub mod target;
pub mod targets;
