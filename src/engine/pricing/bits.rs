//! Bit rows over positions.

/// The first set bit at or after `from`.
pub(super) fn next(bits: &[u64], from: usize) -> Option<usize> {
    let mut word = from / 64;
    if word >= bits.len() {
        return None;
    }
    let mut current = bits[word] & (u64::MAX << (from % 64));
    loop {
        if current != 0 {
            return Some(word * 64 + current.trailing_zeros() as usize);
        }
        word += 1;
        if word == bits.len() {
            return None;
        }
        current = bits[word];
    }
}

/// The set bits, ascending.
pub(super) struct Bits<'a> {
    bits: &'a [u64],
    from: usize,
}

impl<'a> Bits<'a> {
    pub fn new(bits: &'a [u64], from: usize) -> Self {
        Self { bits, from }
    }
}

impl Iterator for Bits<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let found = next(self.bits, self.from)?;
        self.from = found + 1;
        Some(found)
    }
}
