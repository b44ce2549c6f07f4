//! Where ChatClusters are looked for: everywhere, or in one namespace. Several namespaces are several scopes, each with watches of its own,
//! so that rights in those namespaces are enough.

use kube::{Api, Client, Resource, core::NamespaceResourceScope};

/// All namespaces, or one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    Everywhere,
    /// This one.
    Namespace(String),
}

impl Scope {
    /// The scopes of a list of namespaces; none named is all.
    pub(crate) fn of(namespaces: &[String]) -> Vec<Self> {
        let mut named: Vec<String> = namespaces.iter().filter(|name| !name.is_empty()).cloned().collect();
        named.sort_unstable();
        named.dedup();
        if named.is_empty() {
            return vec![Self::Everywhere];
        }
        named.into_iter().map(Self::Namespace).collect()
    }

    /// The objects of a type in it.
    pub(crate) fn api<K>(&self, client: &Client) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        match self {
            Self::Everywhere => Api::all(client.clone()),
            Self::Namespace(namespace) => Api::namespaced(client.clone(), namespace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_namespace_is_all_and_each_is_watched_once() {
        assert_eq!(Scope::of(&[]), [Scope::Everywhere]);
        assert_eq!(Scope::of(&[String::new()]), [Scope::Everywhere]);
        let named = Scope::of(&["b".to_owned(), "a".to_owned(), "b".to_owned()]);
        assert_eq!(
            named,
            [Scope::Namespace("a".to_owned()), Scope::Namespace("b".to_owned())]
        );
    }
}
