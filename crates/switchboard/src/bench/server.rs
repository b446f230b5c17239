use super::Parts;
use anyhow::{Context, bail};
use sim::{Agent, Door};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// This program, started as a server in a folder of its own.
pub struct Server {
    child: Child,
    pub door: Door,
    pub started_in: Duration,
    link: String,
    _folder: tempfile::TempDir,
}

/// One machine plays ten thousand visitors: limits per address would measure themselves.
const UNLIMITED: [(&str, &str); 2] = [("SWITCHBOARD_LIMITS__ENABLED", "false"), ("SWITCHBOARD_LOG__LEVEL", "warn")];

impl Server {
    pub async fn start(parts: &Parts) -> anyhow::Result<Self> {
        Self::start_with(parts, &[]).await
    }

    /// With more in its environment.
    pub async fn start_with(parts: &Parts, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("serve")
            .env("SWITCHBOARD_DATA", folder.path())
            .env("SWITCHBOARD_LISTEN", "127.0.0.1:0")
            .env("SWITCHBOARD_ADMIN_LISTEN", "127.0.0.1:0")
            .envs(UNLIMITED)
            .envs(more.iter().copied());
        if let Some(url) = &parts.database {
            command.env("SWITCHBOARD_DATABASE__URL", url);
        }
        if let Some(url) = &parts.redis {
            command.env("SWITCHBOARD_REDIS__URL", url);
        }
        let began = Instant::now();
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().context("this program starts itself")?;
        let mut lines = BufReader::new(child.stdout.take().context("its words are piped")?).lines();
        let mut link = None;
        while let Some(line) = lines.next_line().await? {
            if let Some(place) = line.find("http").filter(|_| line.contains("/link#")) {
                link = line[place..].split_whitespace().next().map(str::to_owned);
                break;
            }
        }
        let Some(link) = link else { bail!("the server ended before it printed its sign-in link; is the database empty?") };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (base, token) = link.split_once("/link#").context("a sign-in link")?;
        let (door, link) = (Door::new(base)?, token.to_owned());
        let ready = reqwest::Client::new();
        while !ready.get(format!("{base}/health/ready")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            if began.elapsed() > Duration::from_secs(20) {
                bail!("the server was not ready in 20 s");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { child, door, started_in: began.elapsed(), link, _folder: folder })
    }

    /// Signs in by the link of the first start.
    pub async fn admin(&self) -> anyhow::Result<Agent> {
        Ok(Agent::by_link(&self.door, &self.link).await?)
    }

    /// Resident memory in MiB, from the kernel.
    pub fn resident_mib(&self) -> anyhow::Result<f64> {
        let pid = self.child.id().context("the server runs")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).context("a number")?.parse()?;
        Ok((kib / 1_024.0 * 10.0).round() / 10.0)
    }

    /// Seconds of processor time it has used.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let pid = self.child.id().context("the server runs")?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let after = stat.rsplit_once(") ").context("a process")?.1;
        let ticks: f64 = after.split(' ').skip(11).take(2).map(|n| n.parse::<f64>().unwrap_or_default()).sum();
        Ok(ticks / 100.0)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}
