//! `talkline-operator health`: whether the process behind an address is ready, for images and charts that hold no other client.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::failure::Failure;

const DEADLINE: Duration = Duration::from_secs(5);

/// Asks.
///
/// # Errors
/// There is another answer than 200, or none in time.
pub(crate) async fn check(url: String) -> Result<(), Failure> {
    let answer = timeout(DEADLINE, ask(url.clone())).await;
    let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
    answer.map_err(|why| Failure::broken(format_args!("{url}: {why}")))
}

/// One request, and whether it is answered with 200.
pub(crate) async fn ask(url: String) -> Result<(), String> {
    let rest = url.strip_prefix("http://").ok_or("an http:// URL is wanted")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = match authority.contains(':') {
        true => authority.to_owned(),
        false => format!("{authority}:80"),
    };
    let broken = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).await.map_err(broken)?;
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    // "HTTP/1.1 200" is all that is asked for.
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.map_err(broken)?;
    match String::from_utf8_lossy(&head).rsplit_once(' ') {
        Some((_, "200")) => Ok(()),
        Some((_, status)) => Err(format!("its answer is {status}")),
        None => Err("its answer is no HTTP".to_owned()),
    }
}
