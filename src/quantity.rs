//! The Kubernetes quantity grammar, read into exact integers and written back.
//!
//! A quantity is a decimal number with a suffix: decimal (`n u m k M G T P E`), binary (`Ki Mi Gi Ti Pi Ei`) or an
//! exponent (`1e3`, `1E-3`). Nothing here touches floating point: the digits are multiplied out in decimal, so that
//! whatever lies beyond the unit is known exactly when it is rounded.

mod pair;

use std::fmt;

pub use pair::pair;

/// The unit that a resource is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Thousandths: what `cpu` is counted in.
    Milli,
    /// Whole units (bytes, pods, devices): every other resource.
    One,
}

impl Unit {
    /// The unit of a resource by its name.
    #[must_use]
    pub fn of(resource: &str) -> Self {
        if resource == "cpu" { Self::Milli } else { Self::One }
    }
}

/// Where a fraction of a unit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Up: what a pod requests.
    Up,
    /// Down: what a node offers.
    Down,
}

/// Why a text is no quantity that can be planned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuantityError {
    /// It does not follow the grammar.
    Grammar,
    /// It is below zero.
    Negative,
    /// It is above 2^63 - 1 units, the most that Kubernetes carries.
    Overflow,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grammar => "not a Kubernetes quantity",
            Self::Negative => "a quantity cannot be negative",
            Self::Overflow => "larger than 2^63 - 1 units",
        })
    }
}

impl std::error::Error for QuantityError {}

/// The largest amount: 2^63 - 1 units.
pub const MAX: u64 = i64::MAX as u64;

/// Reads a quantity into whole `unit`s.
///
/// # Errors
///
/// [`QuantityError`]: not in the grammar, negative, or above [`MAX`].
pub fn parse(text: &str, unit: Unit, rounding: Rounding) -> Result<u64, QuantityError> {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let number_end = rest.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(number_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(QuantityError::Grammar);
    }
    let (ten, kibi) = scale(suffix)?;
    if negative {
        return Err(QuantityError::Negative);
    }
    let ten = ten.saturating_add(if unit == Unit::Milli { 3 } else { 0 });
    if let Some(units) = small(whole, fraction, ten, kibi) {
        return Ok(units);
    }
    multiply_out(whole, fraction, ten, kibi, rounding)
}

/// The suffix as a power of ten and a power of 1024.
fn scale(suffix: &str) -> Result<(i64, u32), QuantityError> {
    Ok(match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 1),
        "Mi" => (0, 2),
        "Gi" => (0, 3),
        "Ti" => (0, 4),
        "Pi" => (0, 5),
        "Ei" => (0, 6),
        _ => (exponent(suffix)?, 0),
    })
}

fn exponent(suffix: &str) -> Result<i64, QuantityError> {
    let signed = suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Grammar)?;
    let (minus, digits) = match signed.as_bytes().first() {
        Some(b'-') => (true, &signed[1..]),
        Some(b'+') => (false, &signed[1..]),
        _ => (false, signed),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(QuantityError::Grammar);
    }
    // An exponent beyond any i32 is as good as that far out: the value is 0, a sliver or an overflow either way.
    let size = i64::from(digits.parse::<i32>().unwrap_or(i32::MAX));
    Ok(if minus { -size } else { size })
}

/// The common case: a short whole number that stays whole.
fn small(whole: &str, fraction: &str, ten: i64, kibi: u32) -> Option<u64> {
    if !fraction.is_empty() || !(0..=18).contains(&ten) || whole.len() > 18 {
        return None;
    }
    let units = whole.parse::<u64>().ok()?.checked_mul(10u64.pow(u32::try_from(ten).ok()?))?;
    let units = units.checked_mul(1 << (10 * kibi))?;
    (units <= MAX).then_some(units)
}

/// Schoolbook decimal arithmetic: digits x 1024^kibi, the point moved by `ten`, then rounded.
fn multiply_out(whole: &str, fraction: &str, ten: i64, kibi: u32, rounding: Rounding) -> Result<u64, QuantityError> {
    // Least digit first, so that carries move to the end.
    let mut digits: Vec<u32> = whole.bytes().chain(fraction.bytes()).rev().map(|b| u32::from(b - b'0')).collect();
    for _ in 0..kibi {
        let mut carry = 0;
        for digit in &mut digits {
            let value = *digit * 1024 + carry;
            *digit = value % 10;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    if digits.is_empty() {
        return Ok(0);
    }
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    // How many of the digits stand behind the point.
    let behind = length(fraction.len()).saturating_sub(ten);
    if length(digits.len()).saturating_sub(behind) > 19 {
        return Err(QuantityError::Overflow);
    }
    let cut = usize::try_from(behind).unwrap_or(0).min(digits.len());
    let sliver = digits[..cut].iter().any(|&digit| digit != 0);
    let mut units: u128 = 0;
    for &digit in digits[cut..].iter().rev() {
        units = units * 10 + u128::from(digit);
    }
    for _ in behind..0 {
        units *= 10;
    }
    if sliver && rounding == Rounding::Up {
        units += 1;
    }
    u64::try_from(units).ok().filter(|&units| units <= MAX).ok_or(QuantityError::Overflow)
}

/// Writes an amount of a resource as a quantity that reads back to the same amount: `1500m`, `2`, `5700Gi`, `11000`.
///
/// Bytes (`memory`, storage, huge pages) take the suffix that leaves the shortest whole number; other resources are
/// written as plain numbers.
#[must_use]
pub fn format(resource: &str, amount: u64) -> String {
    if Unit::of(resource) == Unit::Milli {
        return if amount.is_multiple_of(1000) { (amount / 1000).to_string() } else { format!("{amount}m") };
    }
    if !is_bytes(resource) || amount == 0 {
        return amount.to_string();
    }
    let mut best = amount.to_string();
    for (base, suffixes) in [(1024u64, ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]), (1000, ["k", "M", "G", "T", "P", "E"])] {
        let mut left = amount;
        for suffix in suffixes {
            if !left.is_multiple_of(base) {
                break;
            }
            left /= base;
            let text = format!("{left}{suffix}");
            // A longer suffix with the same length is the larger unit; binary wins a tie, as it comes first.
            if text.len() < best.len() || (text.len() == best.len() && base == 1024) {
                best = text;
            }
        }
    }
    best
}

/// Whether the resource is counted in bytes.
fn is_bytes(resource: &str) -> bool {
    resource == "memory"
        || resource.ends_with("storage")
        || resource.starts_with("hugepages-")
        || resource.ends_with("/storage")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn up(text: &str) -> Result<u64, QuantityError> {
        parse(text, Unit::One, Rounding::Up)
    }

    #[test]
    fn what_parse_answers() {
        assert_eq!(parse("1.5", Unit::Milli, Rounding::Up), Ok(1500));
        assert_eq!(parse("64Mi", Unit::One, Rounding::Up), Ok(64 << 20));
        assert_eq!(parse("1500m", Unit::One, Rounding::Down), Ok(1));
    }

    #[test]
    fn what_format_answers() {
        assert_eq!(format("cpu", 1500), "1500m");
        assert_eq!(format("memory", 5700 << 30), "5700Gi");
        assert_eq!(format("pods", 11_000), "11000");
    }

    #[test]
    fn every_suffix() {
        for (text, units) in [
            ("1000000000n", 1),
            ("1000000u", 1),
            ("2000m", 2),
            ("7", 7),
            ("7k", 7_000),
            ("7M", 7_000_000),
            ("7G", 7_000_000_000),
            ("7T", 7_000_000_000_000),
            ("7P", 7_000_000_000_000_000),
            ("7E", 7_000_000_000_000_000_000),
            ("3Ki", 3 << 10),
            ("3Mi", 3 << 20),
            ("3Gi", 3 << 30),
            ("3Ti", 3 << 40),
            ("3Pi", 3 << 50),
            ("3Ei", 3 << 60),
            ("1e3", 1000),
            ("1E3", 1000),
            ("1.5e+1", 15),
            ("50e-1", 5),
            ("+5", 5),
            (".5k", 500),
            ("5.", 5),
            ("0.5Ki", 512),
        ] {
            assert_eq!(up(text), Ok(units), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_quantity() {
        for text in [
            "", ".", "+", "-", "1.2.3", "1 ", " 1", "1K", "1ki", "1KI", "1mm", "1e", "1e+", "1e1.5", "1Ki1", "abc",
            "0x10", "1_000", "١", "1,5", "Inf", "NaN", "1e3Ki", "--1", "+-1", "\u{0}", "1\u{0}",
        ] {
            assert_eq!(up(text), Err(QuantityError::Grammar), "{text:?}");
        }
        assert_eq!(up("-1"), Err(QuantityError::Negative));
        assert_eq!(up("-0"), Err(QuantityError::Negative));
        for text in
            ["9223372036854775808", "8Ei", "10E", "1e19", "1e99999999999999999999", "99999999999999999999999999999"]
        {
            assert_eq!(up(text), Err(QuantityError::Overflow), "{text}");
        }
        assert_eq!(up("9223372036854775807"), Ok(MAX));
        assert_eq!(up("0e99999999999999999999"), Ok(0));
        assert_eq!(up("0Ei"), Ok(0));
        assert_eq!(up("1e-99999999999999999999"), Ok(1));
        assert_eq!(parse("1e-99999999999999999999", Unit::One, Rounding::Down), Ok(0));
        assert_eq!(parse("9223372036854775.807", Unit::Milli, Rounding::Down), Ok(MAX));
        assert_eq!(parse("9223372036854775.8071", Unit::Milli, Rounding::Up), Err(QuantityError::Overflow));
        assert_eq!(parse("1n", Unit::Milli, Rounding::Up), Ok(1));
        assert_eq!(parse("1n", Unit::Milli, Rounding::Down), Ok(0));
    }

    #[test]
    fn written_as_people_write_it() {
        for (resource, amount, text) in [
            ("cpu", 0, "0"),
            ("cpu", 1_590_000, "1590"),
            ("cpu", 1, "1m"),
            ("memory", 0, "0"),
            ("memory", 1, "1"),
            ("memory", 64 << 20, "64Mi"),
            ("memory", 5_000_000_000, "5G"),
            ("memory", 1536, "1536"),
            ("pods", 11_264, "11264"),
            ("nvidia.com/gpu", 8, "8"),
            ("ephemeral-storage", 1 << 30, "1Gi"),
        ] {
            assert_eq!(format(resource, amount), text);
        }
    }

    /// Numerator and denominator by plain multiplication, for numbers that stay small.
    fn naive(whole: u64, fraction: &str, suffix: &str) -> (i128, i128) {
        let mut top = i128::from(whole);
        let mut bottom = 1;
        for b in fraction.bytes() {
            top = top * 10 + i128::from(b - b'0');
            bottom *= 10;
        }
        let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|s| *s == suffix);
        let decimal = ["k", "M", "G", "T", "P", "E"].iter().position(|s| *s == suffix);
        let below = ["m", "u", "n"].iter().position(|s| *s == suffix);
        for _ in 0..binary.map_or(0, |p| p + 1) {
            top *= 1024;
        }
        for _ in 0..decimal.map_or(0, |p| p + 1) {
            top *= 1000;
        }
        for _ in 0..below.map_or(0, |p| p + 1) {
            bottom *= 1000;
        }
        if let Some(power) = suffix.strip_prefix('e') {
            let power: i32 = power.parse().unwrap();
            for _ in 0..power.unsigned_abs() {
                if power > 0 { top *= 10 } else { bottom *= 10 }
            }
        }
        (top, bottom)
    }

    proptest! {
        #[test]
        fn equals_exact_rationals(
            whole in 0u64..1_000_000, fraction in "[0-9]{0,9}",
            suffix in prop::sample::select(vec![
                "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "e-3", "e7", "e-7",
            ]),
            milli: bool, round_up: bool,
        ) {
            let text = if fraction.is_empty() { format!("{whole}{suffix}") } else { format!("{whole}.{fraction}{suffix}") };
            let (mut top, bottom) = naive(whole, &fraction, suffix);
            if milli { top *= 1000; }
            let units = if round_up { (top + bottom - 1) / bottom } else { top / bottom };
            let expected = u64::try_from(units).ok().filter(|&u| u <= MAX).ok_or(QuantityError::Overflow);
            let unit = if milli { Unit::Milli } else { Unit::One };
            let rounding = if round_up { Rounding::Up } else { Rounding::Down };
            prop_assert_eq!(parse(&text, unit, rounding), expected);
        }

        #[test]
        fn reads_back(amount in 0u64..=MAX, shift in 0u32..60, resource in prop::sample::select(vec!["cpu", "memory", "pods"])) {
            let amount = (amount >> shift) << (shift / 2);
            prop_assert_eq!(parse(&format(resource, amount), Unit::of(resource), Rounding::Up), Ok(amount));
            prop_assert_eq!(parse(&format(resource, amount), Unit::of(resource), Rounding::Down), Ok(amount));
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = up(&text);
        }

        #[test]
        fn never_panics_near_the_grammar(text in "[-+]?[0-9.]{0,40}[eEKMGi0-9+-]{0,6}") {
            let _ = up(&text);
        }
    }
}
