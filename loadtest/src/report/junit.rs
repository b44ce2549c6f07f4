//! The checks as JUnit XML, which every CI shows: a test case for each guarantee and threshold.

use std::fmt::{self, Display, Formatter};

use super::{Check, Class, Report, markup::Escaped};

/// A report as JUnit XML.
#[derive(Debug)]
pub struct JUnit<'a>(pub &'a Report);

impl Display for JUnit<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let (tests, failures) = (report.checks.len(), report.broken.len());
        let (scenario, seconds) = (Escaped(&report.load.scenario), report.load.seconds);
        writeln!(f, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        writeln!(f, r#"<testsuites tests="{tests}" failures="{failures}">"#)?;
        writeln!(
            f,
            r#"  <testsuite name="talkline-loadtest {scenario}" tests="{tests}" failures="{failures}" errors="0" skipped="0" time="{seconds}">"#
        )?;
        report.checks.iter().try_for_each(|check| case(check, f))?;
        writeln!(f, "    <system-out>{}</system-out>", Escaped(report))?;
        f.write_str("  </testsuite>\n</testsuites>\n")
    }
}

fn case(check: &Check, f: &mut Formatter<'_>) -> fmt::Result {
    let class = match check.class {
        Class::Guarantee => "guarantee",
        Class::Threshold => "threshold",
        Class::Baseline => "baseline",
    };
    let name = Escaped(&check.name);
    write!(f, r#"    <testcase classname="{class}" name="{name}""#)?;
    match &check.broken {
        None => writeln!(f, "/>"),
        Some(broken) => writeln!(f, r#"><failure message="{}"/></testcase>"#, Escaped(broken)),
    }
}
