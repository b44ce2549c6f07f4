//! Who asks: blocking connections, so that nothing of it is among the gateway's threads.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    process, thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const MESSAGES: usize = 60;
/// How long a worker may take to store these.
const STORED: Duration = Duration::from_secs(30);

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Request {
    /// A path that there is not.
    Nothing,
    /// A page of history, by its query.
    History(&'static str),
    /// A message of 100 characters.
    Send,
}

/// A direct conversation with some messages of 100 characters.
pub(crate) struct Conversation {
    address: SocketAddr,
    token: String,
    id: String,
}

impl Conversation {
    /// Of two people who register for it. All of its messages are stored.
    pub(crate) fn begin(address: SocketAddr) -> io::Result<Self> {
        let (_, token) = register(address, "ann")?;
        let (bob, _) = register(address, "bob")?;
        let direct = json!({ "type": "direct", "members": [bob] });
        let made = exchange(address, "POST", "conversations", &token, &direct.to_string())?;
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        for n in 0..MESSAGES {
            let message = message(&id, &format!("message-{n}"));
            exchange(address, "POST", "chat/send", &token, &message)?;
        }
        let begun = Self { address, token, id };
        begun.wait()?;
        Ok(begun)
    }

    fn wait(&self) -> io::Result<()> {
        let (deadline, path) = (
            Instant::now() + STORED,
            format!("messages/conversation/{}?limit=1", self.id),
        );
        loop {
            let page = exchange(self.address, "GET", &path, &self.token, "")?;
            if page["messages"][0]["seq"].as_u64() == Some(MESSAGES as u64) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(io::Error::other(format!("not stored within {STORED:?}: {page}")));
            }
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// A socket of a member, so that its events are heard.
    pub(crate) fn socket(&self) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )?;
        // A text message masked with zeros, its length in two bytes.
        let connect = format!(r#"40{{"token":"{}"}}"#, self.token);
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend_from_slice(&(connect.len() as u16).to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(connect.as_bytes());
        stream.write_all(&frame)?;
        let (mut seen, mut some) = (Vec::new(), [0; 1_024]);
        while !seen.windows(5).any(|window| window == b"40{\"s") {
            let read = stream.read(&mut some)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            seen.extend_from_slice(&some[..read]);
        }
        Ok(stream)
    }

    /// Somebody who asks on so many connections.
    pub(crate) fn client(&self, request: Request, connections: usize) -> io::Result<Client> {
        let connect = |_| {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        Ok(Client {
            connections: (0..connections).map(connect).collect::<io::Result<_>>()?,
            request,
            conversation: self.id.clone(),
            head: format!("Host: here\r\nAuthorization: Bearer {}\r\n", self.token),
            asked: 0,
        })
    }
}

/// Connections that stay.
pub(crate) struct Client {
    connections: Vec<TcpStream>,
    request: Request,
    conversation: String,
    head: String,
    asked: usize,
}

impl Client {
    /// How many connections it has.
    pub(crate) fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Asks so often, on all connections together, and returns the length of the last body.
    pub(crate) fn ask(&mut self, times: usize) -> io::Result<usize> {
        let mut length = 0;
        for _ in 0..times / self.connections.len() {
            for connection in 0..self.connections.len() {
                let request = self.next();
                self.connections[connection].write_all(request.as_bytes())?;
            }
            for connection in &mut self.connections {
                length = body(connection)?.len();
            }
        }
        Ok(length)
    }

    fn next(&mut self) -> String {
        let Self { conversation, head, .. } = self;
        self.asked += 1;
        match self.request {
            Request::Nothing => format!("GET /api/v1/nowhere HTTP/1.1\r\n{head}\r\n"),
            Request::History(query) => {
                format!("GET /api/v1/messages/conversation/{conversation}{query} HTTP/1.1\r\n{head}\r\n")
            }
            Request::Send => {
                let name = format!("measured-{}-{}", self.connections.len(), self.asked);
                with_body("POST", "chat/send", head, &message(conversation, &name))
            }
        }
    }
}

/// The body of an answer that says its length.
fn body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut seen, mut some) = (Vec::new(), [0; 65_536]);
    loop {
        let read = stream.read(&mut some)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        seen.extend_from_slice(&some[..read]);
        let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let whole = end + 4 + length.unwrap_or(0_usize);
        if seen.len() >= whole {
            return Ok(seen.split_off(end + 4));
        }
    }
}

/// Somebody who is registered, under a name that no other process took: their id and token.
fn register(address: SocketAddr, name: &str) -> io::Result<(String, String)> {
    let email = format!("{name}-{}@example.org", process::id());
    let person = json!({ "email": email, "password": "correct horse", "name": name });
    let answer = exchange(address, "POST", "auth/register", "", &person.to_string())?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok((text(&answer["user"]["id"]), text(&answer["accessToken"])))
}

fn message(conversation: &str, name: &str) -> String {
    json!({ "conversationId": conversation, "clientMessageId": name, "text": "x".repeat(100) }).to_string()
}

/// A request on a connection of its own.
fn exchange(address: SocketAddr, method: &str, path: &str, token: &str, sent: &str) -> io::Result<Value> {
    let mut stream = TcpStream::connect(address)?;
    let authorization = match token {
        "" => String::new(),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    let head = format!("Host: here\r\n{authorization}");
    stream.write_all(with_body(method, path, &head, sent).as_bytes())?;
    Ok(serde_json::from_slice(&body(&mut stream)?)?)
}

fn with_body(method: &str, path: &str, head: &str, sent: &str) -> String {
    format!(
        "{method} /api/v1/{path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{sent}",
        sent.len()
    )
}
