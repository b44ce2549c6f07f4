//! Encryption and credentials, each way that is offered, and each way to be refused.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use prometheus_client::registry::Registry;
use talkline_cluster::{
    Credentials, Secret, Tls,
    kafka::{Config, Kafka, Mechanism, Metrics, Sasl},
};
use talkline_core::{ErrorKind, checkpoint::Anchor, offset::Offset};
use talkline_e2e::Servers;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::world::{OwnBroker, append, brokers, config, connect, key_of, next, read, within};

/// How long a refusal may take.
const BOUND: Duration = Duration::from_secs(15);

fn secured(servers: &Servers, mechanism: Mechanism, password: &str) -> Config {
    let (broker, ca) = servers.kafka_secure().unwrap();
    Config {
        tls: Some(Tls {
            ca: Some(ca.to_owned()),
            identity: None,
        }),
        sasl: Some(Sasl {
            mechanism,
            credentials: Credentials {
                username: "talkline".to_owned(),
                password: Secret::new(password),
            },
        }),
        ..config(vec![broker.to_owned()], 1)
    }
}

async fn works(config: &Config) {
    let kafka = connect(config).await;
    append(&*kafka.log(), key_of(0, 1), 3).await;
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    let records = read(&mut reader, 3).await;
    reader.verify(Anchor::of(&records[1])).await.unwrap();
    drop((reader, assignments));
    kafka.close().await.unwrap();
}

async fn is_refused(config: &Config, reason: &str) {
    let metrics = Metrics::register(&mut Registry::default());
    let answer = tokio::time::timeout(BOUND, Kafka::connect(config, metrics)).await;
    let Err(error) = answer.expect("a refusal is quick") else {
        panic!("let in: {reason}")
    };
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_known_is_let_in_and_nobody_else() {
    if brokers("encryption and credentials for Kafka").is_none() {
        return;
    }
    let broker = OwnBroker::start("kafka=secure");
    let servers = &broker.servers;
    for mechanism in [Mechanism::Plain, Mechanism::ScramSha256, Mechanism::ScramSha512] {
        works(&secured(servers, mechanism.clone(), "sesame")).await;
        is_refused(&secured(servers, mechanism, "wrong"), "uthentication failed").await;
    }
    let stranger = Config {
        tls: Some(Tls::default()),
        ..secured(servers, Mechanism::Plain, "sesame")
    };
    is_refused(&stranger, "certificate verify failed").await;
    a_token_lets_in(servers).await;
}

/// Topics have to be there already: the client that makes them cannot use tokens.
async fn a_token_lets_in(servers: &Servers) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let token_endpoint = format!("http://{}/token", listener.local_addr().unwrap());
    let endpoint = tokio::spawn(hand_out_tokens(listener));
    let bearer = secured(
        servers,
        Mechanism::OauthBearer { token_endpoint },
        "the client's secret",
    );
    is_refused(&bearer, "have to be made beforehand").await;
    works(&Config {
        sasl: secured(servers, Mechanism::Plain, "sesame").sasl,
        ..bearer.clone()
    })
    .await;
    works(&bearer).await;
    endpoint.abort();
}

/// A token endpoint that checks who asks, and signs nothing.
async fn hand_out_tokens(listener: TcpListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let whole = async {
            while !request.ends_with(b"grant_type=client_credentials") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0, "half a request");
            }
        };
        within("a request", whole).await;
        let request = String::from_utf8(request).unwrap();
        // talkline:the client's secret
        assert!(
            request.contains("Basic dGFsa2xpbmU6dGhlIGNsaWVudCdzIHNlY3JldA=="),
            "{request}"
        );
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let claims = format!(r#"{{"sub":"talkline","iat":{now},"exp":{}}}"#, now + 60);
        let token = format!("{header}.{}.", URL_SAFE_NO_PAD.encode(claims));
        let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":60}}"#);
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let answer = format!("{head}content-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}
