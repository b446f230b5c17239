//! Every key of the configuration, once.

use super::layers::Layers;
use super::setting::{BrokerAddress, LogFormat, NetworkText, Setting};
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use web::{LimitSettings, Rate};

/// What is told of a key.
#[derive(Clone, Debug)]
pub struct Key {
    /// `database.url`; keys of the root have no dot.
    pub path: String,
    pub kind: &'static str,
    /// As TOML; none when there is no value by default.
    pub default: Option<String>,
    pub about: String,
    /// Shows the form of a value, when the default does not.
    pub example: Option<&'static str>,
    /// What the section as a whole is for.
    pub section_about: String,
}

impl Key {
    pub fn section(&self) -> &str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }

    pub fn name(&self) -> &str {
        self.path.split_once('.').map_or(&self.path, |(_, name)| name)
    }

    /// The name in the environment.
    pub fn variable(&self) -> String {
        format!("SWITCHBOARD_{}", self.path.to_ascii_uppercase().replace('.', "__"))
    }
}

fn path(section: &str, key: &str) -> String {
    if section == "root" { key.to_owned() } else { format!("{section}.{key}") }
}

fn words(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

macro_rules! settings {
    ($( $(#[doc = $about:literal])+ $section:ident: $Section:ident { $( $(#[doc = $doc:literal])+ $key:ident: $kind:ty = $default:expr; )+ } )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug)]
            pub struct $Section { $( $(#[doc = $doc])+ pub $key: $kind, )+ }

            impl Default for $Section {
                fn default() -> Self {
                    Self { $($key: $default),+ }
                }
            }
        )+

        /// The configuration of this process.
        #[derive(Clone, Debug, Default)]
        pub struct Config { $( $(#[doc = $about])+ pub $section: $Section, )+ }

        impl Config {
            /// All keys, in the order of the documentation.
            pub fn keys() -> Vec<Key> {
                let default = Self::default();
                let mut keys = Vec::new();
                $(
                    let section_about = words(&[$($about),+]);
                    $(
                        keys.push(Key {
                            path: path(stringify!($section), stringify!($key)),
                            kind: <$kind as Setting>::KIND,
                            default: default.$section.$key.show(),
                            about: words(&[$($doc),+]),
                            example: <$kind as Setting>::EXAMPLE,
                            section_about: section_about.clone(),
                        });
                    )+
                )+
                keys
            }

            pub(super) fn read(layers: &mut Layers) -> Self {
                let default = Self::default();
                Self { $(
                    $section: $Section { $(
                        $key: layers.take(&path(stringify!($section), stringify!($key)), default.$section.$key),
                    )+ },
                )+ }
            }

            /// The value of each key as TOML, without secrets; in the order of [`Config::keys`].
            pub fn shown(&self) -> Vec<Option<String>> {
                vec![$($( self.$section.$key.show() ),+),+]
            }
        }
    };
}

const fn here(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

settings! {
    /// The process as a whole.
    root: Root {
        /// The folder for everything that is kept on disk: `switchboard.db`, `blobs`. It is made when it is missing.
        data: PathBuf = PathBuf::from("./data");
        /// Where visitors, agents and programs connect. Port 0 picks a free one and prints it.
        listen: SocketAddr = here(8080);
        /// Where operators connect: `/metrics` and `/health`. Keep it off the open network.
        admin_listen: SocketAddr = here(8081);
        /// The address that people see, as in `https://chat.example`. Links and snippets are made with it; https makes cookies
        /// `Secure`. Without it the listening address is used.
        public_url: Option<String> = None;
        /// Further origins that the console is used from, besides the public address.
        origins: Vec<String> = Vec::new();
        /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
        trusted_proxies: Vec<NetworkText> = Vec::new();
    }
    /// The database. Embedded: a SQLite file in the data folder. Scaled: PostgreSQL.
    database: Database {
        /// `postgres://user:password@host/name`. Without it: `switchboard.db` in the data folder.
        url: Option<SecretString> = None;
        /// Connections at most.
        connections: u32 = 12;
    }
    /// What carries events. `embedded`: tables of the product's own database. Scaled: RabbitMQ (`amqp://user:password@host/vhost`,
    /// `amqps://…`) or Kafka (`kafka://host:9092,host:9092`, `kafkas://user:password@host:9092?sasl=scram-sha-512` for TLS and SASL, which
    /// is PLAIN where nothing is said). The address of another database (`sqlite:/path/file.db`, `postgres://…`) is an embedded broker
    /// there.
    brokers: BrokerRoles {
        /// The main event broker, where everything that happens is published.
        main: BrokerAddress = BrokerAddress::embedded();
        /// The event broker that is taken while the main one is down or silent. When it is the same as `main` there is nothing to fall
        /// back to, and events wait in the database.
        remote: BrokerAddress = BrokerAddress::embedded();
        /// Where the data queues are, from which consumers are served.
        data: BrokerAddress = BrokerAddress::embedded();
        /// In front of the name of every queue, for a broker that is shared with others.
        prefix: String = String::new();
        /// Certificates (PEM) to trust besides those of the web.
        ca_file: Option<PathBuf> = None;
        /// Partitions of a new Kafka topic. The number of an existing one stays.
        kafka_partitions: u16 = 8;
    }
    /// Live state (who is here, who waits, what is being typed). Embedded: in memory, for one node. Scaled: Redis.
    redis: Redis {
        /// `redis://:password@host:6379/0`. Without it live state is kept in memory and there can be one node only.
        url: Option<SecretString> = None;
        /// In front of every key and channel, for a Redis that is shared with others.
        prefix: String = "sb:".to_owned();
    }
    /// Files that people send.
    blob: BlobStore {
        /// The folder of the files; `blobs` in the data folder by default. All nodes must see the same one.
        folder: Option<PathBuf> = None;
    }
    /// Where visitors come from.
    geoip: GeoIp {
        /// A city or country database in MaxMind's format (`.mmdb`). Without it countries are unknown.
        file: Option<PathBuf> = None;
    }
    /// How long people stay signed in.
    sessions: Sessions {
        /// Hours without use after which a session is over.
        idle_hours: u32 = 12;
        /// Days after which a session is over, however much it is used.
        longest_days: u32 = 30;
    }
    /// How much at once. A rate of `[0, 0]` is no limit. Each node counts for itself: behind a balancer, n nodes let through up to n times
    /// as much.
    limits: Limits {
        /// Counts rates at all. Off for load tests alone.
        enabled: bool = true;
        /// Attempts to sign in, by address.
        sign_in_address: Rate = LimitSettings::default().sign_in_address;
        /// Attempts to sign in, by e-mail address.
        sign_in_email: Rate = LimitSettings::default().sign_in_email;
        /// New visitors, by address.
        new_visitor: Rate = LimitSettings::default().new_visitor;
        /// Writes of a visitor, by visitor.
        visitor_write: Rate = LimitSettings::default().visitor_write;
        /// Calls of a signed-in user.
        user: Rate = LimitSettings::default().user;
        /// Calls with an API key.
        api_key: Rate = LimitSettings::default().api_key;
        /// All calls from an address.
        address: Rate = LimitSettings::default().address;
        /// All calls on a site.
        site: Rate = LimitSettings::default().site;
        /// Requests served at the same time; more are sent away with 503.
        requests: u32 = 4096;
        /// Seconds that a request may take (uploads and long polls have their own).
        request_seconds: u32 = 30;
        /// Free room below which writes are refused with 503 while reads go on, in MiB. Never less than a twentieth of the disk, or
        /// half a GiB of a large one.
        free_disk_mib: u64 = 64;
    }
    /// Webhooks.
    webhooks: Webhooks {
        /// Lets webhooks reach private addresses (10.0.0.0/8, localhost …). For tests and closed networks only.
        allow_private: bool = false;
    }
    /// The archive of events.
    archive: Archive {
        /// Days that events are kept, unless a site says otherwise.
        days: u32 = 90;
    }
    /// E-mail. Without a server here a site sends none until it is given one of its own among its integrations.
    mail: Mail {
        /// The server that takes our mail: `smtp://user:password@mail.example:587` (STARTTLS), `smtps://…:465`, or for a relay on a
        /// closed network `smtp+plain://…:25`. Signs that a URL does not take are written as `%40`.
        server: Option<SecretString> = None;
        /// Who letters come from: `Support <support@mail.example>`. Needed beside a server.
        from: Option<String> = None;
        /// Lets sites use mail servers in the private network (10.0.0.0/8, localhost …).
        allow_private: bool = false;
        /// Certificates (PEM) of an authority to believe besides the usual ones.
        authority: Option<PathBuf> = None;
        /// Where mail for the sites' addresses comes in by SMTP, from the mail server in front of us. Without it nobody listens.
        listen: Option<SocketAddr> = None;
        /// The certificate (PEM, with those that vouch for it) that mail is taken under: STARTTLS is offered then. Read at start.
        certificate: Option<PathBuf> = None;
        /// The key of the certificate (PEM).
        certificate_key: Option<PathBuf> = None;
        /// A message at most, in MiB.
        max_mib: u32 = 25;
    }
    /// The log, on standard error.
    log: Log {
        /// `text` for people, `json` for collectors.
        format: LogFormat = LogFormat::Text;
        /// `error`, `warn`, `info`, `debug` or `trace`; for single parts as in `info,sqlx=warn`.
        level: String = "info".to_owned();
    }
    /// This process among others of the same installation.
    node: Node {
        /// 0 to 1023, different on each node: it keeps the ids of two nodes apart.
        id: u16 = 0;
        /// The name in events and logs; `node-<id>` by default.
        name: Option<String> = None;
    }
}
