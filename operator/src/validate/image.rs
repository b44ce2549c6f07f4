//! The image of gateways and workers, and whether this operator knows how to run its version.

use talkline_crds::spec::{ImageSpec, PodTemplate};

use super::Invalid;

/// This operator's own version, which is the image's where nothing is said.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// The image of gateways and workers.
pub(super) fn reference(image: &ImageSpec) -> String {
    named(&image.repository, image.tag.as_deref(), image.digest.as_deref())
}

/// An image with its digest, else its tag, else the operator's own version.
pub(crate) fn named(repository: &str, tag: Option<&str>, digest: Option<&str>) -> String {
    match digest {
        Some(digest) => format!("{repository}@{digest}"),
        None => format!("{repository}:{}", tag.unwrap_or(OWN)),
    }
}

/// The image of a role's container: what the last pod template that has one says, else the reference.
pub(super) fn of<'a>(image: &ImageSpec, role: &str, templates: impl Iterator<Item = &'a PodTemplate>) -> String {
    let overridden = |template: &PodTemplate| {
        let containers = template.0.get("spec")?.get("containers")?.as_array()?;
        let container = containers.iter().find(|container| container["name"] == role)?;
        Some(container["image"].as_str()?.to_owned())
    };
    templates
        .filter_map(overridden)
        .last()
        .unwrap_or_else(|| reference(image))
}

/// The version that runs, where a tag says one. A version whose settings this operator does not know is refused: a newer one than its own,
/// or one of two minor versions ago and more. A digest, or a tag that is no version, is its user's word.
pub(super) fn version(image: &ImageSpec, wrong: &mut Vec<Invalid>) -> Option<String> {
    if image.digest.is_some() {
        return image.tag.clone();
    }
    let tag = image.tag.as_deref().unwrap_or(OWN);
    let (Some(own), Some(theirs)) = (minor(OWN), minor(tag)) else {
        return None;
    };
    if theirs > own {
        let message = format!("{tag} is newer than this operator ({OWN}): upgrade the operator first");
        wrong.push(Invalid::new("spec.image.tag", message));
    } else if theirs.0 != own.0 || theirs.1 + 1 < own.1 {
        let message = format!("{tag} is too old for this operator ({OWN}): go up one minor version at a time");
        wrong.push(Invalid::new("spec.image.tag", message));
    }
    Some(tag.to_owned())
}

/// Major and minor of a version such as `0.1.0`, `v0.1.0` or `0.1.0-rc.1`.
fn minor(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.strip_prefix('v').unwrap_or(version).splitn(3, '.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    let patch = parts.next()?;
    patch
        .starts_with(|digit: char| digit.is_ascii_digit())
        .then_some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(tag: &str) -> ImageSpec {
        ImageSpec {
            tag: Some(tag.to_owned()),
            ..ImageSpec::default()
        }
    }

    #[test]
    fn without_a_word_it_is_the_operators_own_version() {
        assert_eq!(reference(&ImageSpec::default()), format!("talkline/talkline:{OWN}"));
        let mut wrong = Vec::new();
        assert_eq!(version(&ImageSpec::default(), &mut wrong).as_deref(), Some(OWN));
        assert_eq!(wrong, []);
    }

    #[test]
    fn a_digest_wins_over_the_tag() {
        let mut image = tagged("99.0.0");
        image.digest = Some(format!("sha256:{}", "0".repeat(64)));
        assert!(reference(&image).ends_with(&format!("@sha256:{}", "0".repeat(64))));
        let mut wrong = Vec::new();
        assert_eq!(version(&image, &mut wrong).as_deref(), Some("99.0.0"));
        assert_eq!(wrong, [], "what a digest holds is its user's word");
    }

    #[test]
    fn version_skew_is_refused_with_what_to_do() {
        let (major, minor) = minor(OWN).unwrap();
        let table = [
            (format!("{major}.{}.0", minor + 1), "upgrade the operator first"),
            (format!("v{}.0.0", major + 1), "upgrade the operator first"),
        ];
        for (tag, expected) in table {
            let mut wrong = Vec::new();
            version(&tagged(&tag), &mut wrong);
            assert!(wrong[0].message.contains(expected), "{tag}: {wrong:?}");
        }
        for tag in ["main", "2026-11-26", OWN, &format!("v{OWN}-rc.1")] {
            let mut wrong = Vec::new();
            version(&tagged(tag), &mut wrong);
            assert_eq!(wrong, [], "{tag}");
        }
    }
}
