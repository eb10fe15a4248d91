//! Staircases: points with the firm's total falling and the client's rising, and their merging.
//!
//! A point is packed in one integer, the firm's total in the upper half, so that comparing and adding take one instruction.
//! Where both totals stay below 2^31 it is 64 bits wide, else 128. Merging has no branch that depends on the data but the ends
//! of its inputs: what is dominated is written and overwritten.

/// A pair of totals, zero or more, in one integer.
pub(crate) trait Packed: Copy + Ord + Default + std::fmt::Debug {
    /// Both totals stay at or below this.
    const LARGEST: i64;
    fn pack(firm: i64, client: i64) -> Self;
    fn firm(self) -> i64;
    fn client(self) -> i64;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Option<Self>;
}

impl Packed for u64 {
    const LARGEST: i64 = (1 << 31) - 1;

    #[inline]
    fn pack(firm: i64, client: i64) -> Self {
        ((firm as u64) << 32) | client as u64
    }

    #[inline]
    fn firm(self) -> i64 {
        (self >> 32) as i64
    }

    #[inline]
    fn client(self) -> i64 {
        (self & 0xffff_ffff) as i64
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        // Both halves stay below 2^31: see `LARGEST`.
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Option<Self> {
        (self.firm() >= other.firm() && self.client() >= other.client()).then(|| self - other)
    }
}

impl Packed for u128 {
    const LARGEST: i64 = i64::MAX;

    #[inline]
    fn pack(firm: i64, client: i64) -> Self {
        ((firm as u128) << 64) | client as u128
    }

    #[inline]
    fn firm(self) -> i64 {
        (self >> 64) as i64
    }

    #[inline]
    fn client(self) -> i64 {
        self as i64
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Option<Self> {
        (self.firm() >= other.firm() && self.client() >= other.client()).then(|| self - other)
    }
}

/// A staircase moved by a constant.
pub(crate) type Moved<'a, K> = (&'a [K], K);

/// The undominated points of two staircases.
fn merge<K: Packed>(one: Moved<'_, K>, other: Moved<'_, K>) -> Vec<K> {
    let ((x, dx), (y, dy)) = (one, other);
    let mut out = vec![K::default(); x.len() + y.len()];
    let (mut i, mut j, mut n) = (0, 0, 0);
    let mut highest = -1;
    while i < x.len() && j < y.len() {
        let (left, right) = (x[i].plus(dx), y[j].plus(dy));
        let takes_left = left >= right;
        let point = if takes_left { left } else { right };
        i += usize::from(takes_left);
        j += usize::from(!takes_left);
        out[n] = point;
        let client = point.client();
        n += usize::from(client > highest);
        highest = highest.max(client);
    }
    let (rest, by) = if i < x.len() { (&x[i..], dx) } else { (&y[j..], dy) };
    let first = rest.partition_point(|point| point.plus(by).client() <= highest);
    for point in &rest[first..] {
        out[n] = point.plus(by);
        n += 1;
    }
    out.truncate(n);
    out
}

/// The undominated points of any number of staircases, merged in pairs; `held` hears after each how many points there are.
pub(crate) fn merge_all<K: Packed, E>(
    sources: &[Moved<'_, K>],
    held: &mut dyn FnMut(usize) -> Result<(), E>,
) -> Result<Vec<K>, E> {
    let mut level: Vec<Vec<K>> = vec![];
    let mut n_points = 0;
    for pair in sources.chunks(2) {
        let merged = match pair {
            [one, other] => merge(*one, *other),
            [(points, by), ..] => points.iter().map(|point| point.plus(*by)).collect(),
            [] => vec![],
        };
        n_points += merged.len();
        held(n_points)?;
        level.push(merged);
    }
    while level.len() > 1 {
        let mut next = Vec::with_capacity(level.len().div_ceil(2));
        let mut pairs = level.into_iter();
        while let Some(one) = pairs.next() {
            next.push(match pairs.next() {
                Some(other) => merge((&one, K::default()), (&other, K::default())),
                None => one,
            });
            held(n_points)?;
        }
        level = next;
    }
    Ok(level.pop().unwrap_or_default())
}
