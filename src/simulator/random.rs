//! Randomness from a seed, so that the same story can be told twice.

use serde::{Deserialize, Serialize};

/// `SplitMix64`: one number of state, good enough for codes and identifiers that nobody attacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are what a f64 holds exactly.
        #[allow(clippy::cast_precision_loss)]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < probability
    }

    pub(crate) fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        let size = alphabet.len().max(1) as u64;
        (0..count)
            .filter_map(|_| alphabet.get(usize::try_from(self.next() % size).unwrap_or(0)))
            .map(|byte| char::from(*byte))
            .collect()
    }

    /// The code of a QR code: 14 characters of base 32 that end in 1, as in Meta's samples
    /// (vendor-docs/meta-message_qrdls.txt: `ANED2T5QRU7HG1`).
    pub(crate) fn qr_code(&mut self) -> String {
        self.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 13) + "1"
    }

    /// Digits that begin with a given prefix and exceed 2^53, since ids do (providers.md trap 41).
    pub(crate) fn big_id(&mut self, prefix: &str) -> String {
        let rest = 17_usize.saturating_sub(prefix.len());
        format!("{prefix}{}", self.letters(b"0123456789", rest))
    }

    /// An upper-case UUID, the form of Alibaba's request ids.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}
