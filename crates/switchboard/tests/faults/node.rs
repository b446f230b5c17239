use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// One server process that keeps its address over restarts.
pub struct Node {
    pub url: String,
    folder: PathBuf,
    env: Vec<(String, String)>,
    child: Option<Child>,
    /// The token of the one-time link that the first start printed.
    pub link: Option<String>,
}

impl Node {
    pub fn new(folder: PathBuf, env: Vec<(String, String)>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        Self { url: format!("http://127.0.0.1:{port}"), folder, env, child: None, link: None }
    }

    /// Starts the process and waits until it is ready.
    pub async fn start(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .arg("serve")
            .env("SWITCHBOARD_DATA", &self.folder)
            .env("SWITCHBOARD_LISTEN", &address)
            .env("SWITCHBOARD_ADMIN_LISTEN", "127.0.0.1:0")
            .envs(self.env.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its words are piped")).lines();
        let deadline = Instant::now() + Duration::from_secs(20);
        let (told, mut tell) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, token)) = line.split_once("/link#") {
                    // Nobody listens after the first start.
                    let _ignored = told.send(token.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        });
        let http = reqwest::Client::new();
        loop {
            assert!(Instant::now() < deadline, "{} was not ready in 20 s", self.url);
            let ready = http.get(format!("{}/health/ready", self.url)).timeout(Duration::from_secs(1)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if let Ok(Some(status)) = child.try_wait() {
                panic!("the server ended with {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let Ok(token) = tell.try_recv() {
            self.link.get_or_insert(token);
        }
        self.child = Some(child);
    }

    /// SIGKILL: no last words.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it dies");
        }
    }
}
