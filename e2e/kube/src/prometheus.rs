//! A real Prometheus for tests: it scrapes every second what a test names, evaluates the committed rules, and is asked over its API.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tool;

/// How long it may take to start, and to answer.
const DEADLINE: Duration = Duration::from_secs(40);
/// Between two scrapes of a target.
const SCRAPE: &str = "1s";

/// A running Prometheus; killed when it is dropped.
pub struct Prometheus {
    process: Child,
    address: SocketAddr,
    folder: TempDir,
}

/// A process that is scraped.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it shows its metrics.
    pub address: SocketAddr,
    /// The labels of its series.
    pub labels: Vec<(&'static str, String)>,
}

/// A series over time: its labels, and its values in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels, as an object of strings.
    pub labels: Value,
    /// Values that are numbers.
    pub values: Vec<f64>,
}

impl Prometheus {
    /// Finds or builds it, starts it over these targets with the rules in `rules`, and waits until it is ready; none if this machine
    /// cannot have it, after saying that `tests` did not run.
    ///
    /// # Errors
    /// When it does not start: with its log.
    pub fn start(tests: &str, rules: &Path, targets: &[Target]) -> Result<Option<Self>> {
        Self::run(tests, &configuration(rules, targets).to_string(), Ipv4Addr::LOCALHOST)
    }

    /// The same with a configuration of one's own, on one of this machine's addresses.
    ///
    /// # Errors
    /// When it does not start: with its log.
    pub fn run(tests: &str, configuration: &str, host: Ipv4Addr) -> Result<Option<Self>> {
        let Some(program) = tool::find("prometheus", tests)? else {
            return Ok(None);
        };
        let folder = TempDir::new()?;
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, configuration)?;
        // The port is free now, and nobody else is given it within the moment.
        let address = TcpListener::bind((host, 0))?.local_addr()?;
        let process = Command::new(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .args(["--query.lookback-delta=5s", "--log.level=warn"])
            .env("GOMAXPROCS", "1")
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log"))?)
            .spawn()?;
        let mut prometheus = Self {
            process,
            address,
            folder,
        };
        prometheus.ready()?;
        Ok(Some(prometheus))
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The result of a query now: an instant vector.
    ///
    /// # Errors
    /// When it is none that Prometheus understands, or no answer comes.
    pub fn query(&self, expression: &str) -> Result<Vec<Series>> {
        series(&self.ask("query", &[("query", expression)])?)
    }

    /// The result of a query for each second of the last `seconds`. Series without any number are left out.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn history(&self, expression: &str, seconds: u32) -> Result<Vec<Series>> {
        let now = self.query("time()")?;
        let end = now
            .first()
            .and_then(|series| series.values.first())
            .context("no time")?;
        let (start, end) = ((end - f64::from(seconds)).to_string(), end.to_string());
        let parameters = [
            ("query", expression),
            ("start", &start),
            ("end", &end),
            ("step", SCRAPE),
        ];
        series(&self.ask("query_range", &parameters)?)
    }

    /// The values of a label on the series that a selector finds.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn values_of(&self, label: &str, selector: &str) -> Result<Vec<String>> {
        let answer = self.ask(&format!("label/{label}/values"), &[("match[]", selector)])?;
        Ok(serde_json::from_value(answer)?)
    }

    /// What its API answers: the `data` of it.
    ///
    /// # Errors
    /// What it complains about.
    pub fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value> {
        let pairs = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
        let (_, body) = self.get(&format!("/api/v1/{path}?{}", pairs.collect::<Vec<_>>().join("&")))?;
        let mut answer: Value = serde_json::from_str(&body).with_context(|| body.clone())?;
        ensure!(answer["status"] == "success", "{parameters:?}: {answer}");
        Ok(answer["data"].take())
    }

    fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        while !self.get("/-/ready").is_ok_and(|(status, _)| status == "200") {
            let ended = self.process.try_wait()?;
            ensure!(
                ended.is_none() && Instant::now() < deadline,
                "{ended:?}: {}",
                self.log()
            );
            // A try is a connection; this only keeps them from taking a whole core.
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Status and body. HTTP/1.0: the answer ends with the connection, and is in one piece.
    fn get(&self, path: &str) -> Result<(String, String)> {
        let mut stream = TcpStream::connect_timeout(&self.address, DEADLINE)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let status = head.split_whitespace().nth(1).context("no status")?;
        Ok((status.to_owned(), body.to_owned()))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // A failure here shows as a process that is left.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The program that checks and tests rules; none if this machine cannot have it, after saying that `tests` did not run.
///
/// # Errors
/// When it is missing where everything must be there (`CI` is set).
pub fn promtool(tests: &str) -> Result<Option<PathBuf>> {
    Ok(tool::find("prometheus", tests)?.map(|program| program.with_file_name("promtool")))
}

/// Of the form of `deploy/prometheus/prometheus.yml`. JSON is YAML, too.
fn configuration(rules: &Path, targets: &[Target]) -> Value {
    let targets = targets.iter().map(|target| {
        let labels = target
            .labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)));
        json!({ "targets": [target.address.to_string()], "labels": Value::Object(labels.collect()) })
    });
    json!({
        "global": {
            "scrape_interval": SCRAPE,
            "scrape_timeout": SCRAPE,
            "evaluation_interval": SCRAPE,
            "scrape_native_histograms": true,
            "always_scrape_classic_histograms": true,
        },
        "rule_files": [rules],
        "scrape_configs": [{ "job_name": "talkline", "static_configs": targets.collect::<Vec<_>>() }],
    })
}

/// Of a vector or a matrix.
fn series(data: &Value) -> Result<Vec<Series>> {
    if data["resultType"] == "scalar" {
        let values = vec![number(&data["result"]).context("no number")?];
        return Ok(vec![Series {
            labels: json!({}),
            values,
        }]);
    }
    let results = data["result"].as_array().context("no result")?.iter();
    let series = results.map(|result| {
        let samples = result["values"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![result["value"].clone()]);
        Series {
            labels: result["metric"].clone(),
            values: samples.iter().filter_map(number).collect(),
        }
    });
    Ok(series.filter(|series| !series.values.is_empty()).collect())
}

/// Of a pair of time and value. `NaN` is none.
fn number(sample: &Value) -> Option<f64> {
    let value: f64 = sample[1].as_str()?.parse().ok()?;
    (!value.is_nan()).then_some(value)
}

/// As a query of a URL wants it.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
