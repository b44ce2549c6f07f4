//! The name that was probably meant.

/// Names shown when none is near.
const SHOWN: usize = 24;

/// A clause about what was probably meant: `; did you mean replicas?`, or the names there are.
pub fn hint<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let lower = found.to_lowercase();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), *name))
        .min();
    match nearest {
        // A third of the letters may be wrong; past that another name is a guess.
        Some((distance, name)) if distance <= name.chars().count().div_ceil(3) => format!("; did you mean {name}?"),
        Some(_) if known.len() <= SHOWN => format!("; known here: {}", known.join(", ")),
        _ => String::new(),
    }
}
