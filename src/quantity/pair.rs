//! Two amounts side by side.

use super::{Unit, format, is_bytes};

/// More digits than this are hard to compare by eye.
const LONGEST: u64 = 1_000_000;

/// Two amounts of a resource in one unit, to be read side by side. Exact where that stays short; else bytes to the
/// hundredth of a unit, rounded down and then marked `about`, unless the two would read the same and are not.
#[must_use]
pub fn pair(resource: &str, one: u64, other: u64) -> [String; 2] {
    let both = [one, other];
    if Unit::of(resource) == Unit::Milli {
        return milli(both);
    }
    if is_bytes(resource) { bytes(both) } else { both.map(|amount| amount.to_string()) }
}

/// Whole cores, else thousandths, else cores with decimals.
fn milli(both: [u64; 2]) -> [String; 2] {
    if both.iter().all(|milli| milli.is_multiple_of(1000)) {
        return both.map(|milli| (milli / 1000).to_string());
    }
    if both.iter().all(|&milli| milli < 10_000) {
        return both.map(|milli| format!("{milli}m"));
    }
    both.map(|milli| {
        let digits = format!("{}.{:03}", milli / 1000, milli % 1000);
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    })
}

fn bytes(both: [u64; 2]) -> [String; 2] {
    let written = both.map(|amount| format("memory", amount));
    let suffix = |text: &str| text.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
    let short = written.iter().all(|text| text.len() < 10) && suffix(&written[0]) == suffix(&written[1]);
    if short || both.contains(&0) {
        return written;
    }
    let (least, most) = (both[0].min(both[1]), both[0].max(both[1]));
    let units = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter().zip((10..).step_by(10));
    let fitting: Vec<(&str, u32)> = units.filter(|&(_, shift)| least >> shift > 0 && most >> shift < LONGEST).collect();
    let whole = |shift: u32| both.iter().all(|amount| amount.trailing_zeros() >= shift);
    if let Some((name, shift)) = fitting.iter().rev().find(|&&(_, shift)| whole(shift)) {
        return both.map(|amount| format!("{}{name}", amount >> shift));
    }
    let plain = both.map(|amount| amount.to_string());
    let Some((name, shift)) = fitting.last() else { return plain };
    let about = both.map(|amount| {
        let hundredths = (u128::from(amount) * 100) >> shift;
        let figure = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        if hundredths << shift == u128::from(amount) * 100 {
            return format!("{}{name}", figure.trim_end_matches('0').trim_end_matches('.'));
        }
        format!("about {figure}{name}")
    });
    if about[0] == about[1] && least != most { plain } else { about }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pair_answers() {
        assert_eq!(pair("cpu", 2_325_500, 6_900_000), ["2325.5", "6900"].map(String::from));
        assert_eq!(pair("cpu", 600, 4000), ["600m", "4000m"].map(String::from));
        assert_eq!(pair("memory", 1536 << 20, 2 << 30), ["1536Mi", "2048Mi"].map(String::from));
    }

    #[test]
    fn one_unit_for_both() {
        let shown = |resource, one, other| pair(resource, one, other).join(" of ");
        assert_eq!(shown("cpu", 120_500, 100_000), "120.5 of 100");
        assert_eq!(shown("cpu", 0, 500), "0m of 500m");
        assert_eq!(shown("pods", 8745, 11_000), "8745 of 11000");
        assert_eq!(shown("memory", 0, 64 << 30), "0 of 64Gi");
        assert_eq!(shown("memory", 64 << 20, 570 << 30), "64Mi of 583680Mi");
        assert_eq!(shown("memory", 50_680_614_092, 64 << 30), "about 47.19Gi of 64Gi");
        assert_eq!(shown("memory", (1 << 30) + 1, (1 << 30) + 2), "1073741825 of 1073741826");
        assert_eq!(shown("memory", 5_000_000_000, 6_000_000_000), "5G of 6G");
        assert_eq!(shown("hugepages-2Mi", 512 << 20, 1 << 30), "512Mi of 1024Mi");
        assert_eq!(shown("example.org/fpga", 3, 2), "3 of 2");
    }

    proptest::proptest! {
        #[test]
        fn what_differs_reads_differently(one in 0u64..1 << 44, other in 0u64..1 << 44) {
            for resource in ["cpu", "memory", "pods"] {
                let [a, b] = pair(resource, one, other);
                proptest::prop_assert_eq!(a == b, one == other, "{} {}", a, b);
            }
        }
    }
}
