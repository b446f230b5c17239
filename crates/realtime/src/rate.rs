use std::time::Instant;

/// How much one connection may say: a bucket that fills by time.
pub(crate) struct Rate {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
    /// Refusals in a row.
    pub refused: u32,
}

impl Rate {
    pub fn new(per_second: f64, burst: f64) -> Self {
        Self { per_second, burst, left: burst, at: Instant::now(), refused: 0 }
    }

    pub fn allows(&mut self) -> bool {
        let now = Instant::now();
        let filled = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.left = (self.left + filled).min(self.burst);
        self.at = now;
        if self.left < 1.0 {
            self.refused += 1;
            return false;
        }
        self.left -= 1.0;
        self.refused = 0;
        true
    }
}
