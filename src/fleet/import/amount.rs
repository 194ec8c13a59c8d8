//! Kubernetes quantities, as exact integers.

/// An amount of `resource`: milli for CPU, units for everything else; rounded up.
pub(super) fn parse(resource: &str, text: &str) -> Result<u64, String> {
    let bad = || format!("`{text}` is not a quantity");
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '+')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let value: i128 = digits.parse().map_err(|_| bad())?;
    let (mul, div): (i128, i128) = match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1000),
        "k" => (1000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        _ => return Err(bad()),
    };
    let scale = if resource == "cpu" { 1000 } else { 1 };
    let over = 10_i128.pow(u32::try_from(fraction.len()).map_err(|_| bad())?) * div;
    u64::try_from((value * mul * scale + over - 1) / over).map_err(|_| bad())
}

/// The amount as a quantity.
pub(super) fn write(resource: &str, amount: u64) -> String {
    if resource == "cpu" {
        return if amount % 1000 == 0 { (amount / 1000).to_string() } else { format!("{amount}m") };
    }
    let bytes = resource == "memory" || resource == "ephemeral-storage" || resource.starts_with("hugepages-");
    let suffixes = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let fit = suffixes.iter().find(|(_, shift)| bytes && amount > 0 && amount % (1 << shift) == 0);
    fit.map_or_else(|| amount.to_string(), |(suffix, shift)| format!("{}{suffix}", amount >> shift))
}
