use crate::node::Node;
use sim::{Agent, Door};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// One or two nodes on the same parts.
pub struct House {
    pub nodes: Vec<Node>,
    pub admin: Agent,
    database: Option<(String, String)>,
    redis: Option<String>,
    _folder: tempfile::TempDir,
}

impl House {
    pub async fn embedded() -> Self {
        Self::open(1, Vec::new(), None, None, None).await
    }

    /// Its data on a disk of its own.
    pub async fn on(disk: &SmallDisk) -> Self {
        let env = vec![("SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE".to_owned(), "true".to_owned())];
        Self::open(1, env, None, None, Some(disk.folder().to_owned())).await
    }

    /// On the PostgreSQL and Redis that were given; none when they were not.
    pub async fn scaled(nodes: usize) -> Option<Self> {
        let server = std::env::var("SWITCHBOARD_TEST_POSTGRES").ok()?;
        let redis = testkit::redis_url()?;
        let name = format!("f_{}", uuid::Uuid::new_v4().simple());
        let mut admin = connected(&server).await;
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("may create databases");
        let (front, _) = server.rsplit_once('/').expect("a URL with a database name");
        let env = vec![
            ("SWITCHBOARD_DATABASE__URL".to_owned(), format!("{front}/{name}")),
            ("SWITCHBOARD_REDIS__URL".to_owned(), redis.clone()),
        ];
        Some(Self::open(nodes, env, Some((server, name)), Some(redis), None).await)
    }

    async fn open(
        count: usize,
        env: Vec<(String, String)>,
        database: Option<(String, String)>,
        redis: Option<String>,
        data: Option<PathBuf>,
    ) -> Self {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut nodes = Vec::new();
        for n in 0..count {
            let mut env = env.clone();
            env.push(("SWITCHBOARD_NODE__ID".to_owned(), (n + 1).to_string()));
            let mut node = Node::new(data.as_deref().unwrap_or(folder.path()).join(n.to_string()), env);
            node.start().await;
            nodes.push(node);
        }
        let link = nodes.iter().rev().find_map(|node| node.link.clone()).expect("a start before the first sign-in prints a link; the last one counts");
        let door = Door::new(&nodes[0].url).expect("a client");
        let admin = Agent::by_link(&door, &link).await.expect("the link signs in");
        Self { nodes, admin, database, redis, _folder: folder }
    }

    pub async fn empty_redis(&self) {
        let url = self.redis.as_deref().expect("a scaled house");
        let client = redis::Client::open(url).expect("a Redis URL");
        let mut conn = client.get_multiplexed_async_connection().await.expect("Redis answers");
        redis::cmd("FLUSHALL").exec_async(&mut conn).await.expect("it is emptied");
    }

    /// Runs the command that restarts PostgreSQL or Redis; says no when none was given.
    pub async fn restart(&self, variable: &str) -> bool {
        let Ok(command) = std::env::var(variable) else { return false };
        let done = tokio::process::Command::new("sh").arg("-c").arg(&command).stdout(std::process::Stdio::null()).status().await;
        assert!(done.is_ok_and(|status| status.success()), "{command}");
        true
    }

    /// Ends every connection to the database, as its restart would.
    pub async fn cut_database(&self) {
        let (server, name) = self.database.as_ref().expect("a scaled house");
        let mut admin = PgConnection::connect(server).await.expect("PostgreSQL answers");
        let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        admin.execute(AssertSqlSafe(sql)).await.expect("they are cut");
    }
}

/// The fault before this one may have left PostgreSQL recovering, which takes as long as the disk is busy.
async fn connected(server: &str) -> PgConnection {
    let patience = Instant::now() + Duration::from_secs(120);
    loop {
        match PgConnection::connect(server).await {
            Ok(connection) => return connection,
            Err(err) => assert!(Instant::now() < patience, "the given PostgreSQL does not answer: {err}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// A file system that fills quickly; gone with this value.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None when we may not mount one.
    pub fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=160m", "tmpfs"]).arg(folder.path()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder().join("ballast")
    }

    /// Until not one byte more goes in.
    pub fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.ballast()).expect("a file");
        let block = vec![0_u8; 64 * 1024];
        while file.write_all(&block).is_ok() {}
    }

    pub fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("it was there");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(self.folder()).status();
    }
}
