//! One request over HTTP/1.0 to a pod: the answer ends with the connection, and is in one piece.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Asks once: the status, and at most `longest` bytes of head and body together.
///
/// # Errors
/// The pod does not answer in time, or says no HTTP, or more than that.
pub(crate) async fn ask(
    address: SocketAddr,
    request: &str,
    longest: u64,
    deadline: Duration,
) -> io::Result<(u16, String)> {
    let answer = timeout(deadline, exchange(address, request, longest)).await;
    answer.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")))
}

async fn exchange(address: SocketAddr, request: &str, longest: u64) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!("{request} HTTP/1.0\r\naccept: application/openmetrics-text, */*\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    let read = stream.take(longest + 1).read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| wrong("no HTTP"))?;
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    match status {
        _ if read as u64 > longest => Err(wrong("more than is read")),
        Some(status) => Ok((status, body.to_owned())),
        None => Err(wrong("no HTTP")),
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_read_as_a_whole_or_not_at_all() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1_024];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n0123456789").await.unwrap();
            }
        });
        let ask = |longest| ask(address, "GET /", longest, Duration::from_secs(30));
        assert_eq!(ask(29).await.unwrap(), (200, "0123456789".to_owned()));
        assert!(ask(28).await.unwrap_err().to_string().contains("more than is read"));
        serving.abort();
    }
}
