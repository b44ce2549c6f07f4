//! Ordinary least squares, with what is known about the uncertainty of what it finds.

/// A coefficient, and half of the interval that holds it with a confidence of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    /// Infinite where there are not more observations than coefficients.
    pub(super) plus_minus: f64,
}

/// A fitted line, plane, …
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    /// One for each column, in their order.
    pub(super) coefficients: Vec<Estimate>,
    /// The share of the variance that it explains, in 0..=1.
    pub(super) r_squared: f64,
    /// The largest distance of an observation from it, as a share of the largest observation.
    pub(super) worst_residual: f64,
}

/// Student's t at 97.5 %, by degrees of freedom from 1 on (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// The same for more of them.
const NORMAL: f64 = 1.96;

/// Pivots below this share of the largest element mean that columns depend on each other.
const SINGULAR: f64 = 1e-9;

/// Fits `y` by the columns of `x`, an observation a row. None when the columns depend on each other, or there are fewer
/// observations than columns.
pub(super) fn least_squares(x: &[Vec<f64>], y: &[f64]) -> Option<Fit> {
    let columns = x.first()?.len();
    if x.len() < columns {
        return None;
    }
    // Columns of one size, so that a rate of thousands and a constant of 1 can be compared.
    let scales = (0..columns).map(|column| x.iter().map(|row| row[column].abs()).fold(0.0, f64::max));
    let scales: Vec<f64> = scales.collect();
    if scales.contains(&0.0) {
        return None;
    }
    let scaled = |row: &Vec<f64>| row.iter().zip(&scales).map(|(value, scale)| value / scale).collect();
    let scaled: Vec<Vec<f64>> = x.iter().map(scaled).collect();
    let product = |one: usize, other: usize| scaled.iter().map(|row| row[one] * row[other]).sum::<f64>();
    let normal: Vec<Vec<f64>> = (0..columns)
        .map(|one| (0..columns).map(|other| product(one, other)).collect())
        .collect();
    let inverse = invert(normal)?;
    let moments = (0..columns).map(|column| scaled.iter().zip(y).map(|(row, y)| row[column] * y).sum());
    let moments: Vec<f64> = moments.collect();
    let solution: Vec<f64> = inverse.iter().map(|row| dot(row, &moments)).collect();
    let residuals: Vec<f64> = scaled.iter().zip(y).map(|(row, y)| y - dot(row, &solution)).collect();
    let freedom = x.len() - columns;
    let deviation = (dot(&residuals, &residuals) / freedom as f64).sqrt();
    let coefficients = (0..columns).map(|column| Estimate {
        value: solution[column] / scales[column],
        plus_minus: match freedom {
            0 => f64::INFINITY,
            _ => student(freedom) * deviation * inverse[column][column].max(0.0).sqrt() / scales[column],
        },
    });
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let variance: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let largest = |values: &[f64]| values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    Some(Fit {
        coefficients: coefficients.collect(),
        r_squared: if variance > 0.0 {
            1.0 - dot(&residuals, &residuals) / variance
        } else {
            1.0
        },
        worst_residual: largest(&residuals) / largest(y).max(f64::MIN_POSITIVE),
    })
}

fn student(freedom: usize) -> f64 {
    STUDENT.get(freedom - 1).copied().unwrap_or(NORMAL)
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Gauss and Jordan's elimination, with the largest element of a column as its pivot.
fn invert(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    for (row, values) in matrix.iter_mut().enumerate() {
        values.extend((0..size).map(|column| f64::from(u8::from(row == column))));
    }
    let largest = matrix.iter().flatten().map(|value| value.abs()).fold(0.0, f64::max);
    for column in 0..size {
        let pivot = (column..size).max_by(|one, other| {
            let size = |row: usize| matrix[row][column].abs();
            size(*one).total_cmp(&size(*other))
        })?;
        if matrix[pivot][column].abs() < SINGULAR * largest {
            return None;
        }
        matrix.swap(column, pivot);
        let divisor = matrix[column][column];
        matrix[column].iter_mut().for_each(|value| *value /= divisor);
        let pivot = matrix[column].clone();
        for (row, values) in matrix.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            debug_assert_ne!(row, column);
            let factor = values[column];
            values
                .iter_mut()
                .zip(&pivot)
                .for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    Some(matrix.into_iter().map(|row| row[size..].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Option<Fit> {
        let x: Vec<_> = points.iter().map(|(x, _)| vec![1.0, *x]).collect();
        let y: Vec<_> = points.iter().map(|(_, y)| *y).collect();
        least_squares(&x, &y)
    }

    #[test]
    fn a_line_is_found_whatever_its_scale() {
        let fit = line(&[
            (1e3, 0.05 + 2e-5 * 1e3),
            (5e3, 0.05 + 2e-5 * 5e3),
            (9e3, 0.05 + 2e-5 * 9e3),
        ])
        .unwrap();
        let [base, slope] = fit.coefficients[..] else { panic!() };
        assert!(
            (base.value - 0.05).abs() < 1e-9 && (slope.value - 2e-5).abs() < 1e-12,
            "{fit:?}"
        );
        assert!(slope.plus_minus < 1e-9 && fit.r_squared > 0.999_999 && fit.worst_residual < 1e-9);
    }

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // Anscombe's first quartet (1973): 3.00 + 0.500 x, standard errors 1.125 and 0.118, R² 0.667.
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        let fit = line(&x.into_iter().zip(y).collect::<Vec<_>>()).unwrap();
        let [base, slope] = fit.coefficients[..] else { panic!() };
        assert!(
            (base.value - 3.0).abs() < 0.001 && (slope.value - 0.5).abs() < 0.001,
            "{fit:?}"
        );
        assert!((base.plus_minus / 2.262 - 1.125).abs() < 0.001, "{base:?}");
        assert!((slope.plus_minus / 2.262 - 0.118).abs() < 0.001, "{slope:?}");
        assert!((fit.r_squared - 0.667).abs() < 0.001, "{fit:?}");
    }

    #[test]
    fn what_can_not_be_told_apart_is_not_guessed() {
        assert_eq!(line(&[(5.0, 1.0)]), None);
        assert_eq!(line(&[(5.0, 1.0), (5.0, 2.0), (5.0, 3.0)]), None, "all of one size");
        let twins: Vec<_> = (1..6).map(|x| vec![1.0, f64::from(x), 2.0 * f64::from(x)]).collect();
        assert_eq!(least_squares(&twins, &[1.0, 2.0, 3.0, 4.0, 5.0]), None);
        let two = line(&[(1.0, 1.0), (2.0, 2.0)]).unwrap();
        assert!(
            two.coefficients[1].plus_minus.is_infinite(),
            "two points say nothing about their error"
        );
    }
}
