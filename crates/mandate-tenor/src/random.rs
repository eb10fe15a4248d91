//! Random numbers from a seed, for simulations: SplitMix64, so that a seed gives the same numbers on every machine.
//!
//! Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA. Not for secrets.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform, from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// Logistic with scale 1.
    pub fn logistic(&mut self) -> f64 {
        let unit = (self.bits() >> 11) as f64 + 0.5;
        let share = unit / (1_u64 << 53) as f64;
        libm::log(share / (1.0 - share))
    }
}
