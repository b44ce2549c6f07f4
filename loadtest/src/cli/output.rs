//! What is written of a report, and where.

use std::{
    fmt::Display,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use talkline_loadtest::report::{Conclusion, Html, JUnit, Report, baseline};

/// Where the report goes, beside the terminal, and what it is compared with.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Writes the report as JSON, its histograms without any loss
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Writes the report as one HTML page with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes guarantees and thresholds as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes what it came to as JSON of less than 4 KiB, also where there is nothing to report
    #[arg(long, value_name = "FILE")]
    conclusion: Option<PathBuf>,
    /// Compares with an earlier run of the same load, whose --report this is
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Fails the run when a figure is worse than the baseline's by more than this
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0, requires = "baseline")]
    max_regression: f64,
}

impl Output {
    /// The report to compare with, read before there is anything to compare.
    pub(super) fn baseline(&self) -> Result<Option<Report>, String> {
        let Some(path) = &self.baseline else { return Ok(None) };
        let fail = |why: &dyn Display| format!("--baseline {}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| fail(&error))?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| fail(&format!("no report: {error}")))
    }

    /// Holds the report to the baseline.
    pub(super) fn compare(&self, report: &mut Report, before: Option<&Report>) -> Result<(), String> {
        if let Some(before) = before {
            report.hold_to(baseline::compare(report, before, self.max_regression)?);
        }
        Ok(())
    }

    /// Writes what it came to, if that is asked for.
    pub(super) fn conclude(&self, conclusion: &Conclusion) -> Result<(), String> {
        let Some(path) = &self.conclusion else { return Ok(()) };
        let json = serde_json::to_string(conclusion).map_err(|error| error.to_string())?;
        write(path, &json)
    }

    /// Writes every file that was asked for.
    pub(super) fn write(&self, report: &Report) -> Result<(), String> {
        self.conclude(&Conclusion::of(report))?;
        if let Some(path) = &self.report {
            let json = serde_json::to_string_pretty(report).map_err(|error| error.to_string())?;
            write(path, &json)?;
        }
        if let Some(path) = &self.html {
            write(path, &Html(report))?;
        }
        if let Some(path) = &self.junit {
            write(path, &JUnit(report))?;
        }
        Ok(())
    }
}

pub(super) fn write(path: &Path, text: &dyn Display) -> Result<(), String> {
    let written = || -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "{text}")?;
        file.flush()
    };
    written().map_err(|error| format!("cannot write {}: {error}", path.display()))
}
