//! What the pods of a plan cost. Prices are decimal strings and the sum is made in millionths, since money does not round like a binary
//! fraction.

use std::fmt;

use talkline_crds::spec::Prices;

use super::Size;

/// Hours in a month: 365 days of 24 hours, over 12.
const HOURS: u128 = 730;

/// Millionths in one.
const MICROS: u128 = 1_000_000;

/// A month of gateways and workers, by what they are promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    currency: String,
    micros: u128,
}

impl Cost {
    /// What `roles` cost at `prices`.
    pub(super) fn of(prices: &Prices, roles: &[Size]) -> Self {
        let (cpu, memory) = (micros(&prices.cpu_hour), micros(&prices.memory_gib_hour));
        let month = |role: &Size| {
            let hour = u128::from(role.cpu_millis) * cpu / 1_000 + u128::from(role.memory_mib) * memory / 1_024;
            hour * u128::from(role.replicas) * HOURS
        };
        Self {
            currency: prices.currency.clone(),
            micros: roles.iter().map(month).sum(),
        }
    }
}

impl fmt::Display for Cost {
    /// Rounded up to hundredths: an estimate that is too low helps nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.micros.div_ceil(MICROS / 100);
        write!(f, "{}.{:02} {}", hundredths / 100, hundredths % 100, self.currency)
    }
}

/// A decimal string in millionths. The schema allows nine digits before the point and six behind it, and nothing else.
fn micros(text: &str) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number = |digits: &str| digits.parse::<u128>().unwrap_or(0);
    number(whole) * MICROS + number(&format!("{fraction:0<6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_strings_are_exact() {
        let table = [
            ("0.031", 31_000),
            ("1", 1_000_000),
            ("12.000001", 12_000_001),
            ("0.1", 100_000),
        ];
        for (text, expected) in table {
            assert_eq!(micros(text), expected, "{text}");
        }
    }

    #[test]
    fn a_month_is_730_hours_of_what_is_promised() {
        let prices = Prices {
            currency: "EUR".to_owned(),
            cpu_hour: "0.03".to_owned(),
            memory_gib_hour: "0.004".to_owned(),
        };
        let role = Size {
            replicas: 2,
            cpu_millis: 500,
            memory_mib: 2_048,
            memory_limit_mib: 4_096,
        };
        // Two pods, each half a core and two GiB: 2 × (0.015 + 0.008) × 730.
        assert_eq!(Cost::of(&prices, &[role]).to_string(), "33.58 EUR");
        assert_eq!(Cost::of(&prices, &[role, role]).to_string(), "67.16 EUR");
    }
}
