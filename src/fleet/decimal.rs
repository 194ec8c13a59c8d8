//! Floating point numbers as the decimals that were meant.

/// How many digits a number can have that somebody wrote. More are left over from arithmetic.
const WRITTEN: usize = 12;
/// How far what is read may be from such a result, as a share of it.
const NOISE: f64 = 1e-9;

/// A finite number as a decimal without an exponent. A number of up to twelve digits is taken as it is written; one of
/// more is a result of arithmetic (`0.1 * 3` is `0.30000000000000004`) and is taken as the decimal with the fewest
/// places that is within a billionth of it. Whole numbers keep all their digits, and one place: `3.0`.
#[must_use]
pub(crate) fn decimal(number: f64) -> String {
    if number.fract() == 0.0 {
        return format!("{number:.1}");
    }
    // the shortest text that reads back to the same number
    let shortest = number.to_string();
    if shortest.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count() <= WRITTEN {
        return shortest;
    }
    (0..shortest.len())
        .map(|places| format!("{number:.places$}"))
        .find(|text| text.parse().is_ok_and(|read: f64| (read - number).abs() <= number.abs() * NOISE))
        .unwrap_or(shortest)
}

/// The same number with no zero behind its last digit that counts, and no point behind which there is nothing.
#[must_use]
pub(crate) fn shortest(mut text: String) -> String {
    if text.contains('.') && !text.contains(['e', 'E']) {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text
}

/// A number in JSON's grammar as the cell of a table that has it as a text. What a library wrote of a double means what the
/// double does; of what no double says every digit counts.
#[must_use]
pub(crate) fn meant(text: &str) -> String {
    let (mantissa, power) = text.split_once(['e', 'E']).map_or((text, false), |(mantissa, _)| (mantissa, true));
    let plain = shortest(text.to_owned());
    let Ok(number) = text.parse::<f64>() else { return plain };
    let is_double = if power {
        // as many digits as tell any two doubles apart
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
        digits <= 17
            && number.is_finite()
            && (number != 0.0 || mantissa.bytes().all(|byte| !matches!(byte, b'1'..=b'9')))
    } else {
        plain.contains('.') && number.to_string() == plain
    };
    if is_double { shortest(decimal(number)) } else { plain }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_number_that_is_a_text_means_what_its_double_does() {
        for (text, says) in [
            ("2", "2"),
            ("2.0", "2"),
            ("-2.50", "-2.5"),
            ("0.10", "0.1"),
            ("0.00", "0"),
            ("100", "100"),
            ("0.30000000000000004", "0.3"),
            ("99.9999999999986", "100"),
            ("0.123456789012345678", "0.123456789012345678"),
            ("0.1234567890123456780", "0.123456789012345678"),
            ("9007199254740993", "9007199254740993"),
            ("9007199254740993.0", "9007199254740993"),
            ("1e-07", "0.0000001"),
            ("1e3", "1000"),
            ("1.5E+16", "15000000000000000"),
            ("0e0", "0"),
            ("1e400", "1e400"),
            ("1e-400", "1e-400"),
            ("1.23456789012345678e2", "1.23456789012345678e2"),
        ] {
            assert_eq!(super::meant(text), says, "{text}");
        }
    }

    #[test]
    fn what_is_written_stays_and_noise_goes() {
        for (number, text) in [
            (0.0, "0.0"),
            (3.0, "3.0"),
            (-2.5, "-2.5"),
            (0.3, "0.3"),
            (0.25, "0.25"),
            (1e-7, "0.0000001"),
            (1e22, "10000000000000000000000.0"),
            (12_345_678_901.2, "12345678901.2"),
            (0.123_456_789_012, "0.123456789012"),
            (0.1 * 3.0, "0.3"),
            (0.1 + 0.7, "0.8"),
            (1.1 * 1.1, "1.21"),
            (1573.0 * 1.1, "1730.3"),
            (1.0 / 3.0, "0.333333333"),
            (2e-10 / 3.0, "0.0000000000666666667"),
            ((0..1_000).map(|_| 0.1).sum(), "100"),
            (17_179_869_184.000_004, "17179869184"),
            (5.3 * f64::from(1 << 30), "5690831667.2"),
        ] {
            assert_eq!(decimal(number), text, "{number}");
        }
    }

    #[test]
    fn what_is_read_is_near() {
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(state);
            if !number.is_finite() {
                continue;
            }
            let text = decimal(number);
            assert!(text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'), "{number}: {text}");
            let read: f64 = text.parse().unwrap();
            assert!((read - number).abs() <= number.abs() * 1e-9, "{number}: {text}");
        }
    }
}
