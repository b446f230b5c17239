//! The same faults for the same seed.

pub struct Dice {
    pub seed: u64,
    state: u64,
}

impl Dice {
    /// With the seed that was given, or one of its own.
    pub fn of_the_day() -> Self {
        let given = std::env::var("SWITCHBOARD_FAULT_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from_le_bytes(uuid::Uuid::new_v4().as_bytes()[..8].try_into().expect("eight bytes")));
        Self { seed, state: seed }
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}
