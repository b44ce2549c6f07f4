//! Line charts as SVG.

use std::fmt::{self, Display, Formatter};

use super::super::markup::Escaped;

/// The picture's size, and the room around the lines, in px.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 30.0;

/// Grid lines of a linear axis, about.
const LINES: f64 = 4.0;

/// What one line shows.
pub(super) struct Series {
    pub(super) name: String,
    /// x and y, in order of x.
    pub(super) points: Vec<(f64, f64)>,
}

/// An axis: what it is called, and from where to where it goes.
struct Axis {
    from: f64,
    to: f64,
    log: bool,
}

/// Some lines over the same x.
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What x is, and how its numbers are written.
    pub(super) x: &'static str,
    pub(super) x_label: fn(f64) -> String,
    pub(super) log_x: bool,
    pub(super) log_y: bool,
    pub(super) series: Vec<Series>,
}

impl Axis {
    /// That has room for all values; a logarithmic one leaves those out that are not more than 0.
    fn around(values: impl Iterator<Item = f64>, log: bool) -> Self {
        let fitting = values.filter(|value| value.is_finite() && (!log || *value > 0.0));
        let (low, high) = fitting.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        match (low.is_finite(), log) {
            (false, _) => Self {
                from: 1.0,
                to: 10.0,
                log,
            },
            (true, true) => Self {
                from: 10_f64.powf(low.log10().floor()),
                to: 10_f64.powf((high.log10() + 1e-9).ceil()).max(low * 10.0),
                log,
            },
            (true, false) => Self {
                from: 0.0,
                to: if high > 0.0 { high * 1.05 } else { 1.0 },
                log,
            },
        }
    }

    /// Where a value is, in 0..=1.
    fn at(&self, value: f64) -> f64 {
        let (from, to, value) = match self.log {
            true => (self.from.log10(), self.to.log10(), value.max(self.from).log10()),
            false => (self.from, self.to, value),
        };
        ((value - from) / (to - from)).clamp(0.0, 1.0)
    }

    /// Where the grid is.
    fn ticks(&self) -> Vec<f64> {
        if self.log {
            let decades = self.from.log10().round() as i32..=self.to.log10().round() as i32;
            return decades.map(|decade| 10_f64.powi(decade)).collect();
        }
        let rough = (self.to - self.from) / LINES;
        let decade = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
        let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let count = ((self.to - self.from) / step).floor() as usize;
        (0..=count).map(|tick| self.from + tick as f64 * step).collect()
    }
}

/// 1234567 as 1.2M, 0.05 as 0.05.
pub(super) fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.3}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Display for Chart {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = Axis::around(points().map(|point| point.0), self.log_x);
        let y = Axis::around(points().map(|point| point.1), self.log_y);
        writeln!(f, "<figure><figcaption>{}</figcaption>", Escaped(self.title))?;
        let title = Escaped(self.title);
        writeln!(
            f,
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">"#
        )?;
        self.grid(&x, &y, f)?;
        for (position, series) in self.series.iter().enumerate() {
            let path = series.points.iter().filter(|(_, value)| !self.log_y || *value > 0.0);
            let path: Vec<_> = path.map(|(at, value)| place(&x, &y, *at, *value)).collect();
            let path = path.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>();
            writeln!(f, r#"<polyline class="s{position}" points="{}"/>"#, path.join(" "))?;
        }
        writeln!(f, "</svg><ul class=\"legend\">")?;
        for (position, series) in self.series.iter().enumerate() {
            writeln!(f, r#"<li class="s{position}">{}</li>"#, Escaped(&series.name))?;
        }
        writeln!(f, "</ul></figure>")
    }
}

fn place(x: &Axis, y: &Axis, at: f64, value: f64) -> (f64, f64) {
    let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    (LEFT + x.at(at) * width, TOP + (1.0 - y.at(value)) * height)
}

impl Chart {
    fn grid(&self, x: &Axis, y: &Axis, f: &mut Formatter<'_>) -> fmt::Result {
        for tick in y.ticks() {
            let (_, height) = place(x, y, x.from, tick);
            writeln!(
                f,
                r#"<line x1="{LEFT}" x2="{}" y1="{height:.1}" y2="{height:.1}"/>"#,
                WIDTH - RIGHT
            )?;
            let (at, label) = (LEFT - 6.0, short(tick));
            writeln!(
                f,
                r#"<text x="{at}" y="{:.1}" text-anchor="end">{label}</text>"#,
                height + 4.0
            )?;
        }
        for tick in x.ticks() {
            let (at, _) = place(x, y, tick, y.from);
            let label = (self.x_label)(tick);
            let below = HEIGHT - BOTTOM + 16.0;
            writeln!(
                f,
                r#"<text x="{at:.1}" y="{below}" text-anchor="middle">{}</text>"#,
                Escaped(label)
            )?;
        }
        let (at, below) = (WIDTH - RIGHT, HEIGHT - 2.0);
        writeln!(
            f,
            r#"<text x="{at}" y="{below}" text-anchor="end">{}</text>"#,
            Escaped(self.x)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let written = [0.0, 0.05, 7.0, 250.0, 9_999.0, 12_500.0, 2_000_000.0].map(short);
        assert_eq!(written, ["0", "0.05", "7", "250", "9999", "12.5k", "2M"]);
    }

    #[test]
    fn an_axis_has_room_for_everything_and_round_numbers() {
        let linear = Axis::around([3.0, 870.0].into_iter(), false);
        assert_eq!(linear.ticks(), [0.0, 500.0]);
        assert!((linear.at(0.0), linear.at(870.0) > 0.9) == (0.0, true));
        let log = Axis::around([0.3, 0.0, 870.0].into_iter(), true);
        assert_eq!(log.ticks(), [0.1, 1.0, 10.0, 100.0, 1000.0]);
        assert!((log.at(10.0) - 0.5).abs() < 1e-9);
        assert_eq!(Axis::around(std::iter::empty(), true).ticks(), [1.0, 10.0]);
    }
}
