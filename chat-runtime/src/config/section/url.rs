//! Addresses in which a password may be.

/// The part between `://` and the path: who, `@`, and where.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    // A password that is not encoded may hold a slash: the last `@` ends it.
    match rest.rsplit_once('@') {
        Some((who, hosts)) => &rest[..who.len() + 1 + hosts.find(['/', '?']).unwrap_or(hosts.len())],
        None => &rest[..rest.find(['/', '?']).unwrap_or(rest.len())],
    }
}

/// Who, and where.
pub(super) fn split(url: &str) -> (Option<&str>, &str) {
    match authority(url).rsplit_once('@') {
        Some((who, hosts)) => (Some(who), hosts),
        None => (None, authority(url)),
    }
}

/// Whether there is a password in it.
pub(crate) fn has_password(url: &str) -> bool {
    split(url).0.is_some_and(|who| who.contains(':'))
}

/// The same without its password and without its options, for people to read.
pub(super) fn redacted(url: &str) -> String {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let (who, hosts) = split(url);
    match who {
        Some(who) => {
            let user = who.split_once(':').map_or(who, |(user, _)| user);
            format!("{scheme}://{user}@{hosts}/")
        }
        None => format!("{scheme}://{hosts}/"),
    }
}

/// `host:port`, as the servers' lists have it.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    text.rsplit_once(':')
        .is_some_and(|(host, after)| !host.is_empty() && !host.contains(['/', '@', ' ']) && port(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_and_not_shown() {
        for (url, password, shown) in [
            ("mongodb://a:1,b:2/db?x=y", false, "mongodb://a:1,b:2/"),
            ("mongodb://ann@a:1", false, "mongodb://ann@a:1/"),
            (
                "mongodb://ann:s3cr/et@a:1/?authSource=admin",
                true,
                "mongodb://ann@a:1/",
            ),
            ("redis://:s3cret@a:1/2", true, "redis://@a:1/"),
            ("redis://a:1", false, "redis://a:1/"),
        ] {
            assert_eq!(has_password(url), password, "{url}");
            assert_eq!(redacted(url), shown);
        }
    }

    #[test]
    fn a_place_has_a_host_and_a_port() {
        for good in ["a:1", "kafka-0.example.com:9093", "[::1]:9092"] {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in ["a", "a:", ":1", "a:0", "a:65536", "http://a:1", "a b:1"] {
            assert!(!is_host_and_port(bad), "{bad}");
        }
    }
}
