//! A server of a test's own that speaks Kafka's protocol. Clients ask it where to go, and what it answers leads through a wire.

use crate::proxy::Proxy;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

pub struct KafkaServer {
    pub wire: Proxy,
    _process: Child,
}

impl KafkaServer {
    /// None unless `SWITCHBOARD_TEST_KAFKA_PROGRAM` names tansu. It forgets everything when it ends, and ends with this value.
    pub async fn start() -> Option<Self> {
        let program = std::env::var("SWITCHBOARD_TEST_KAFKA_PROGRAM").ok()?;
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = free.local_addr().expect("is bound").to_string();
        drop(free);
        let wire = Proxy::to(&address).await;
        let process = Command::new(program)
            .args(["broker", "--cluster-id", "wire", "--silent", "--storage-engine", "memory://tansu/"])
            .args(["--listener-url", &format!("tcp://{address}"), "--advertised-listener-url", &format!("tcp://{}", wire.address())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        for _ in 0..200 {
            if TcpStream::connect(&address).await.is_ok() {
                return Some(Self { wire, _process: process });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not listen at {address}");
    }
}
