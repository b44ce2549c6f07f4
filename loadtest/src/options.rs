//! What a run is asked to do. The defaults are a first look at a server, not a benchmark.

use std::{num::ParseIntError, str::FromStr};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{measure::process::open_files, scenario::Mix, schedule::Arrivals, source::Sources};

/// A process on this machine whose cost is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// What the report calls it.
    pub name: String,
    /// Its process id.
    pub pid: u32,
}

impl FromStr for Watched {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (name, pid) = text.split_once('=').unwrap_or(("server", text));
        let (name, pid) = (name.to_owned(), pid.parse()?);
        Ok(Self { name, pid })
    }
}

/// The load that is asked for, and what it has to hold. Times are in seconds.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Options {
    /// What the scenario is called.
    #[arg(skip)]
    pub scenario: String,
    /// What its arrivals are.
    #[arg(skip)]
    pub mix: Mix,
    /// The server, as http://host:port; repeat it for each gateway, and the users spread over all of them
    #[arg(long = "target", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub targets: Vec<String>,
    /// Users, each with one socket and in one conversation
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub users: usize,
    /// Members of each conversation: 2 makes direct ones, more make groups
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub rooms_of: usize,
    /// Sockets of each user: the first one does what the scenario asks for, the others are held and answer pings
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub sockets_per_user: usize,
    /// Arrivals a second, all users together: messages, and what else the scenario's mix has; 0 only holds the sockets open
    #[arg(long, value_name = "R", default_value_t = 100.0)]
    pub rate: f64,
    /// How the intended starts are spread
    #[arg(long, value_enum, default_value_t = Arrivals::Constant)]
    pub arrivals: Arrivals,
    /// Over how many seconds the sockets are opened
    #[arg(long, value_name = "S", default_value_t = 2.0)]
    pub ramp: f64,
    /// Handshakes at a time, of each process: servers that are slower than the ramp make it longer, and are not drowned in it
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub handshakes: usize,
    /// Seconds of sending before the measured window
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    pub warmup: f64,
    /// Seconds of sending that are measured
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    pub duration: f64,
    /// Seconds that everything may take to arrive after the sending
    #[arg(long, value_name = "S", default_value_t = 30.0)]
    pub settle: f64,
    /// Pages of history read for each message sent
    #[arg(long, value_name = "X", default_value_t = 0.01)]
    pub reads_per_write: f64,
    /// Length of a message's text in characters
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub text_length: usize,
    /// REST requests at a time: goose's users
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub crew: usize,
    /// Names the accounts (EMAILS-0@load.example, …), to use them again in another run [default: new ones]
    #[arg(long, value_name = "EMAILS")]
    pub accounts: Option<String>,
    /// Repeats the same Poisson arrivals [default: new ones]
    #[arg(long, value_name = "N")]
    pub seed: Option<u32>,
    /// Addresses of this machine that the sockets come from, FIRST-LAST: each has about 28,000 ports
    #[arg(long, value_name = "RANGE")]
    pub source: Option<Sources>,
    /// Messages that each conversation has before the run, so that there is something to scroll in
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub prefill: u64,
    /// Further groups of up to 100 that each user is in, and in which nobody speaks
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub idle_groups: usize,
    /// Process id of a server, to report its CPU time for each message and its memory; repeat it for each process, with a name
    #[arg(long = "server-pid", value_name = "[NAME=]PID")]
    pub servers: Vec<Watched>,
    /// Where a process of the server tells its metrics, as http://host:port/metrics, to report its calls of log, store and cache; repeat
    /// it for each process
    #[arg(long = "server-metrics", value_name = "URL")]
    pub server_metrics: Vec<String>,
    /// Writes goose's own report (.html, .md or .json)
    #[arg(long, value_name = "FILE")]
    pub goose_report: Option<String>,
    /// Fails the run when the delivery p99 is higher, in ms
    #[arg(long, value_name = "MS")]
    pub max_p99_ms: Option<f64>,
    /// Fails the run when the p99 of any kind of request is higher, in ms
    #[arg(long, value_name = "MS")]
    pub max_request_p99_ms: Option<f64>,
    /// Fails the run when more than this share of the requests is refused or not answered
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub max_failed_percent: f64,
    /// Fails the run when fewer messages a second are acknowledged
    #[arg(long, value_name = "R")]
    pub min_rate: Option<f64>,
}

impl Options {
    /// What can not be run, in one line.
    ///
    /// # Errors
    /// When numbers contradict each other.
    pub fn validate(&self) -> Result<(), String> {
        let times = [
            self.ramp,
            self.warmup,
            self.duration,
            self.settle,
            self.rate,
            self.reads_per_write,
            self.max_failed_percent,
        ];
        if times.iter().any(|number| !number.is_finite() || *number < 0.0) {
            return Err("times and rates must be 0 or more".to_owned());
        }
        if self.duration <= 0.0 {
            return Err("--duration must be more than 0".to_owned());
        }
        if self.rooms_of < 2 || self.users < self.rooms_of || !self.users.is_multiple_of(self.rooms_of) {
            return Err(format!(
                "--users {} must be a multiple of --rooms-of {} (2 or more)",
                self.users, self.rooms_of
            ));
        }
        if [self.crew, self.text_length, self.sockets_per_user, self.handshakes].contains(&0) {
            return Err("--crew, --text-length, --sockets-per-user and --handshakes must be 1 or more".to_owned());
        }
        Ok(())
    }

    /// Whether this process may open as many sockets.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn validate_size(&self) -> Result<(), String> {
        // Each goose user keeps a connection to each gateway; the rest is for files, listeners and the runtime.
        let needed = self.sockets() + self.crew * self.targets.len() + 64;
        match open_files().filter(|most| *most < needed) {
            Some(most) => Err(format!(
                "{} sockets need {needed} open files, and this process may open {most}: raise `ulimit -n`, or spread the users over --agents",
                self.sockets()
            )),
            None => Ok(()),
        }
    }

    /// How many sockets all users have together.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.users * self.sockets_per_user
    }

    /// How many conversations there are.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.users / self.rooms_of
    }
}
