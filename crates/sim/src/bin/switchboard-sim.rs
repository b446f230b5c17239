//! Runs a simulated vendor as a process of its own: `switchboard-sim salesforce|zendesk [ADDRESS]` prints where it is reached.

use base::SystemClock;
use sim::vendor::serve;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (name, listen) = match words.as_slice() {
        [name] => (name.as_str(), "127.0.0.1:0"),
        [name, listen] => (name.as_str(), listen.as_str()),
        _ => ("", ""),
    };
    let clock = Arc::new(SystemClock);
    let running = match name {
        "salesforce" => serve(sim::salesforce::Salesforce::default(), listen, clock).await,
        "zendesk" => serve(sim::zendesk::Zendesk::default(), listen, clock).await,
        _ => Err(std::io::Error::other("say switchboard-sim salesforce or switchboard-sim zendesk, and perhaps an address")),
    };
    match running {
        Ok(running) => {
            let _nobody_reads = writeln!(std::io::stdout(), "{}", running.url);
            running.wait().await;
            ExitCode::SUCCESS
        }
        Err(err) => {
            let _nobody_reads = writeln!(std::io::stderr(), "switchboard-sim: {err}");
            ExitCode::from(2)
        }
    }
}
