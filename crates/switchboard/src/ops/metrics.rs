use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// The recorder is one per process, and a test opens several houses in one.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const COUNTS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];

#[derive(Clone, Debug)]
pub struct Metrics;

impl Metrics {
    /// Begins to count. A second time changes nothing.
    pub fn start() -> Self {
        RECORDER.get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets(&COUNTS)
                .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS));
            match builder.map(PrometheusBuilder::install_recorder) {
                Ok(Ok(handle)) => Some(handle),
                Ok(Err(err)) | Err(err) => {
                    tracing::warn!(error = %err, "metrics are not counted");
                    None
                }
            }
        });
        Self
    }

    fn handle() -> Option<&'static PrometheusHandle> {
        RECORDER.get()?.as_ref()
    }

    /// Moves what was counted out of its buffers; to be called every few seconds, for memory.
    pub fn upkeep(&self) {
        if let Some(handle) = Self::handle() {
            handle.run_upkeep();
        }
    }

    pub fn render(&self) -> String {
        let mut text = Self::handle().map(PrometheusHandle::render).unwrap_or_default();
        for (name, kind, about, value) in process() {
            let _infallible = write!(text, "# HELP {name} {about}\n# TYPE {name} {kind}\n{name} {value}\n");
        }
        let _infallible = write!(
            text,
            "# HELP switchboard_build_info The version that runs.\n# TYPE switchboard_build_info gauge\nswitchboard_build_info{{version=\"{}\"}} 1\n",
            env!("CARGO_PKG_VERSION")
        );
        text
    }
}

type Figure = (&'static str, &'static str, &'static str, f64);

/// What the kernel says of this process; nothing on systems without `/proc`.
fn process() -> Vec<Figure> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |name: &str| -> Option<f64> {
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    let mut figures = Vec::new();
    if let Some(value) = kib("VmRSS:") {
        figures.push(("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", value * 1024.0));
    }
    if let Some(value) = kib("Threads:") {
        figures.push(("process_threads", "gauge", "Threads of the process.", value));
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        figures.push(("process_open_fds", "gauge", "Open file descriptors.", files.count() as f64));
    }
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    if let Some((_, after)) = stat.rsplit_once(") ") {
        // utime and stime, in ticks of which Linux has 100 a second everywhere.
        let ticks: f64 = after.split(' ').skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
        figures.push(("process_cpu_seconds_total", "counter", "Processor time used, in seconds.", ticks / 100.0));
    }
    figures
}
