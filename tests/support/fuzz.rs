//! Broken inputs without end, made of good ones, for a bounded time and on stable Rust.
//!
//! `WAOPS_FUZZ_SECONDS=600` looks longer (default 5 s), and `WAOPS_FUZZ_SEED=n` repeats the one input that a
//! failure printed.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// Xorshift: a failure is repeated from one number, and no crate is needed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds shall differ at once, and none may be zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }
}

/// How one format is broken, and who must bear it.
pub(crate) struct Fuzz<'a> {
    /// Good inputs.
    pub(crate) corpus: Vec<Vec<u8>>,
    /// Pieces that mean something in the format.
    pub(crate) specials: &'a [&'a str],
    /// Pieces that nest.
    pub(crate) openers: &'a [&'a str],
    /// What only this format has, done at this byte.
    pub(crate) own: fn(&mut Vec<u8>, usize, &mut Random),
    /// Panics where the input is not borne.
    pub(crate) check: fn(&[u8], &mut Random),
}

impl Fuzz<'_> {
    /// Tries one seed after the other until the time is over, or the one that somebody asks for.
    pub(crate) fn run(&self) {
        let number = |name| env::var(name).ok().and_then(|value| value.parse().ok());
        if let Some(seed) = number("WAOPS_FUZZ_SEED") {
            return self.try_seed(seed);
        }
        let end = Instant::now() + Duration::from_secs(number("WAOPS_FUZZ_SECONDS").unwrap_or(5));
        let mut seed = 0;
        while Instant::now() < end {
            seed += 1;
            self.try_seed(seed);
        }
        println!("{seed} inputs");
    }

    fn try_seed(&self, seed: u64) {
        let mut random = Random::new(seed);
        let mut input = self.corpus[random.below(self.corpus.len())].clone();
        for _ in 0..=random.below(6) {
            self.mutate(&mut input, &mut random);
        }
        let start = Instant::now();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.check)(&input, &mut random))) {
            eprintln!("WAOPS_FUZZ_SEED={seed} fails on:\n{:?}", String::from_utf8_lossy(&input));
            resume_unwind(panic);
        }
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(10), "WAOPS_FUZZ_SEED={seed} takes {taken:?}");
    }

    fn mutate(&self, input: &mut Vec<u8>, random: &mut Random) {
        let at = random.below(input.len() + 1);
        let end = at + random.below(input.len() - at + 1);
        match random.below(10) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 => drop(input.drain(at..end)),
            2 => {
                let piece = input[at..end].repeat(1 + random.below(8));
                input.splice(at..at, piece);
            }
            3 => {
                let other = &self.corpus[random.below(self.corpus.len())];
                let from = random.below(other.len() + 1);
                input.splice(at..end, other[from..].iter().copied());
            }
            4 => {
                let start =
                    input[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
                let next = input[at..].iter().position(|byte| *byte == b'\n');
                let line = input[start..next.map_or(input.len(), |next| at + next + 1)].to_vec();
                input.splice(start..start, line);
            }
            5 => {
                let open = self.openers[random.below(self.openers.len())];
                input.splice(at..at, open.repeat(1 + random.below(300)).into_bytes());
            }
            6 => (self.own)(input, at, random),
            _ => drop(input.splice(at..at, self.specials[random.below(self.specials.len())].bytes())),
        }
        input.truncate(1 << 16);
    }
}
