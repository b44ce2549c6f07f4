//! `talkline health`: whether the process on this machine lives, for images that hold no other client.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    config::{self, Flags, Role},
    failure::Failure,
};

const DEADLINE: Duration = Duration::from_secs(2);
const WELL: &[u8] = b"HTTP/1.1 200 ";

/// Asks `/livez` on the admin port.
///
/// # Errors
/// There is another answer, or none in time.
pub(crate) async fn check(flags: Flags) -> Result<(), Failure> {
    // No role's settings are needed, but for where it is.
    let admin = config::resolve(Role::Up, &flags)?.settings.process.admin;
    let broken = |why: String| Failure::broken(format_args!("{admin} does not live: {why}"));
    match timeout(DEADLINE, ask(nearest(admin))).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(broken("its answer is not 200".to_owned())),
        Ok(Err(error)) => Err(broken(error.to_string())),
        Err(_) => Err(broken("no answer in time".to_owned())),
    }
}

async fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await?;
    let mut status = [0; WELL.len()];
    stream.read_exact(&mut status).await?;
    Ok(status == WELL)
}

/// Who listens everywhere is asked here.
fn nearest(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::admin::Admin;

    #[tokio::test]
    async fn a_process_that_starts_lives() {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let admin = Admin::start(listener).ok().unwrap();
        assert!(ask(nearest(admin.address)).await.unwrap());
        let address = nearest(admin.address);
        assert!(admin.stop().await.is_ok());
        assert!(ask(address).await.is_err());
    }
}
