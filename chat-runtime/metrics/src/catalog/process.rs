//! Of any process, under the names that all of Prometheus' client libraries use.

use crate::descriptor::{Counter, Gauge};

/// CPU.
pub const CPU: Counter = Counter::new("process_cpu_seconds_total", "User and system time of all threads").seconds();

/// Memory.
pub const RESIDENT_MEMORY: Gauge = Gauge::new("process_resident_memory_bytes", "Memory that is in use").bytes();

/// Files.
pub const OPEN_FDS: Gauge = Gauge::new("process_open_fds", "Files and sockets that are open");

/// As many as may be open.
pub const MAX_FDS: Gauge = Gauge::new("process_max_fds", "Files and sockets that may be open");

/// Threads.
pub const THREADS: Gauge = Gauge::new("process_threads", "Threads");

/// Its age.
pub const START_TIME: Gauge = Gauge::new("process_start_time_seconds", "When the process began").seconds();
