//! A network that can be lost: a TCP proxy that stands still, and goes on where it stood.
//!
//! Lost is as it is between two machines: nothing comes through in either direction, nobody is told, connections stay open
//! until somebody's patience ends, and what was on its way arrives when the network is back.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What one read takes, in bytes.
const CHUNK: usize = 16 << 10;

/// Passes on what comes to one address to another one. Ends, with its connections, when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    up: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens at `address` for what is meant for `server`.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub async fn start(address: SocketAddr, server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let up = watch::Sender::new(true);
        Ok(Self {
            address: listener.local_addr()?,
            accepting: tokio::spawn(accept(listener, server, up.subscribe())),
            up,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing comes through.
    pub fn cut(&self) {
        self.up.send_replace(false);
    }

    /// From now on everything does again.
    pub fn mend(&self) {
        self.up.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, up: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // One that could not be accepted comes again.
                let Ok((client, _)) = accepted else { continue };
                connections.spawn(connect(client, server, up.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Until both sides have closed, or one is gone.
async fn connect(client: TcpStream, server: SocketAddr, mut up: watch::Receiver<bool>) -> Result<()> {
    up.wait_for(|up| *up).await?;
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::try_join!(
        pass(from_client, to_server, up.clone()),
        pass(from_server, to_client, up.clone())
    )?;
    Ok(())
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut up: watch::Receiver<bool>) -> Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = from.read(&mut chunk).await?;
        // The end, too, is news that has to come through.
        up.wait_for(|up| *up).await?;
        match read {
            0 => return Ok(to.shutdown().await?),
            read => to.write_all(&chunk[..read]).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::{ANY_PORT, in_time};

    /// Longer than a byte takes over loopback.
    const QUIET: Duration = Duration::from_millis(300);

    async fn echo(listener: TcpListener) -> Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            let (mut from, mut to) = stream.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
        }
    }

    async fn said(stream: &mut TcpStream) -> Result<u8> {
        in_time("an answer", async { Ok(stream.read_u8().await?) }).await
    }

    #[tokio::test]
    async fn what_is_said_while_the_network_is_lost_arrives_when_it_is_back() -> Result<()> {
        let listener = TcpListener::bind(ANY_PORT).await?;
        let proxy = Proxy::start(ANY_PORT, listener.local_addr()?).await?;
        let echo = tokio::spawn(echo(listener));
        let mut before = TcpStream::connect(proxy.address()).await?;
        before.write_u8(1).await?;
        assert_eq!(said(&mut before).await?, 1);

        proxy.cut();
        let mut meanwhile = TcpStream::connect(proxy.address()).await?;
        before.write_u8(2).await?;
        meanwhile.write_u8(3).await?;
        let silent = tokio::join!(timeout(QUIET, before.read_u8()), timeout(QUIET, meanwhile.read_u8()));
        assert!(matches!(silent, (Err(_), Err(_))), "{silent:?}");

        proxy.mend();
        assert_eq!((said(&mut before).await?, said(&mut meanwhile).await?), (2, 3));
        echo.abort();
        Ok(())
    }
}
