//! The WebSocket handshake: tokio-websockets', on a stream that cannot be read past the end of the HTTP head.
//!
//! tokio-websockets checks the server's answer (status, accept key, headers). A server may send its first frame together
//! with that answer; `HeadOnly` leaves it in the socket, so that the stream can be taken back without losing a byte
//! and without the library's read buffer.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_websockets::ClientBuilder;

/// The end of an HTTP head.
const END: &[u8; 4] = b"\r\n\r\n";

/// Makes a WebSocket of a connected stream; `uri` is the `ws://` address asked for.
///
/// # Errors
/// When the server does not switch protocols, or not as the standard asks.
pub async fn upgrade(stream: TcpStream, uri: &str) -> Result<TcpStream, Error> {
    let builder = ClientBuilder::new()
        .uri(uri)
        .map_err(|error| Error(error.to_string()))?;
    let head = HeadOnly { stream, matched: 0 };
    let (socket, _answer) = builder
        .connect_on(head)
        .await
        .map_err(|error| Error(error.to_string()))?;
    Ok(socket.into_inner().stream)
}

/// Why a server did not become a WebSocket.
#[derive(Debug, thiserror::Error)]
#[error("WebSocket handshake: {0}")]
pub struct Error(String);

/// A stream that ends where the HTTP head ends.
struct HeadOnly {
    stream: TcpStream,
    /// How many bytes of [`END`] the bytes read so far end with.
    matched: usize,
}

impl HeadOnly {
    /// How many of `bytes` belong to the head.
    fn advance(&mut self, bytes: &[u8]) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            self.matched = match *byte {
                byte if byte == END[self.matched] => self.matched + 1,
                b'\r' => 1,
                _ => 0,
            };
            if self.matched == END.len() {
                return index + 1;
            }
        }
        bytes.len()
    }
}

impl AsyncRead for HeadOnly {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.matched == END.len() {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = [0; 512];
        let room = buf.remaining().min(bytes.len());
        let seen = ready!(this.stream.poll_peek(cx, &mut ReadBuf::new(&mut bytes[..room])))?;
        let ours = this.advance(&bytes[..seen]);
        let mut taken = ReadBuf::new(&mut bytes[..ours]);
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut taken))?;
        buf.put_slice(taken.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for HeadOnly {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn nothing_after_the_head_is_read_however_it_is_split() {
        let whole = b"HTTP/1.1 101 x\r\nA: b\r\n\r\nframe";
        for cut in 1..whole.len() - 5 {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (server, _) = listener.accept().await.unwrap();
            let mut head = HeadOnly {
                stream: server,
                matched: 0,
            };
            let mut read = Vec::new();
            client.write_all(&whole[..cut]).await.unwrap();
            read.resize(cut, 0);
            head.read_exact(&mut read).await.unwrap();
            client.write_all(&whole[cut..]).await.unwrap();
            head.read_to_end(&mut read).await.unwrap();
            assert_eq!(read, whole[..whole.len() - 5]);
            let mut rest = [0; 5];
            head.stream.read_exact(&mut rest).await.unwrap();
            assert_eq!(&rest, b"frame");
        }
    }
}
