//! Days of the calendar, as waivers are judged by.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A day (proleptic Gregorian calendar, years 0 to 9999), written `YYYY-MM-DD` and in no other way.
///
/// ```
/// let day: tenantry::Date = "2026-11-23".parse()?;
/// assert_eq!(day.to_string(), "2026-11-23");
/// assert!("2026-11-31".parse::<tenantry::Date>().is_err());
/// # Ok::<(), tenantry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Today (UTC).
    #[must_use]
    pub fn today() -> Self {
        Self(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// The day meant by `YYYY-MM-DD`; `None` where it is written otherwise, or is no day.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let plain = text.len() == 10;
        text.parse().ok().filter(|day: &jiff::civil::Date| plain && day.to_string() == text).map(Self)
    }

    /// How many days later `other` is; negative where it is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i32 {
        (other.0 - self.0).get_days()
    }

    /// So many days later; `None` beyond the last day of the calendar.
    #[must_use]
    pub fn days_later(self, days: u32) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(Self)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Usage(format!("`{}` is not a day: write YYYY-MM-DD", text.escape_debug()));
        Self::read(text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn one_way_to_write_a_day() {
        for right in ["0000-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(Date::read(right).unwrap().to_string(), right);
        }
        for wrong in
            ["", "2026-13-01", "2026-02-29", "2026-1-2", "20261123", "2026-11-23T00:00", "-000001-01-01", "today"]
        {
            assert_eq!(Date::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_are_counted() {
        let [day, later] = ["2024-02-28", "2024-05-28"].map(|text| Date::read(text).unwrap());
        assert_eq!((day.days_until(later), later.days_until(day)), (90, -90));
        assert_eq!(day.days_later(90), Some(later));
        assert_eq!(Date::read("9999-12-31").unwrap().days_later(1), None);
    }
}
