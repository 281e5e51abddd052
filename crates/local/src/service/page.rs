//! Pages of a listing. A page's token holds the last key it showed, so that pages stay right while things come and go.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What is kept of a region, the names after `after` only, in their order.
pub(crate) fn in_region<'kept, T>(
    kept: &'kept BTreeMap<(String, String), T>,
    region: &'kept str,
    after: &str,
) -> impl Iterator<Item = (&'kept String, &'kept T)> {
    let rest = kept.range((Bound::Excluded((region.to_owned(), after.to_owned())), Bound::Unbounded));
    rest.take_while(move |((place, _), _)| place == region).map(|((_, name), kept)| (name, kept))
}

/// One page.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// What asks for the next one.
    pub(crate) next: Option<String>,
}

/// The page after a token; `None` when the token is none of ours. `items` must be in the order of their keys.
pub(crate) fn page<T>(items: Vec<T>, key: impl Fn(&T) -> String, token: Option<&str>, size: usize) -> Option<Page<T>> {
    let after = shown_last(token)?;
    let rest = items.into_iter().skip_while(|item| !after.is_empty() && key(item) <= after);
    Some(first(rest, &key, size))
}

/// The key that a token holds, empty without one; `None` when the token is none of ours.
pub(crate) fn shown_last(token: Option<&str>) -> Option<String> {
    token.map_or_else(|| Some(String::new()), |token| String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok())
}

/// The page of what is left, in the order of its keys.
pub(crate) fn first<T>(rest: impl Iterator<Item = T>, key: &impl Fn(&T) -> String, size: usize) -> Page<T> {
    let mut items: Vec<T> = rest.take(size.saturating_add(1)).collect();
    let more = items.len() > size;
    items.truncate(size);
    let next = items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once_even_when_the_last_shown_goes() {
        let mut all: Vec<String> = (0..25).map(|number| format!("n{number:02}")).collect();
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = page(all.clone(), Clone::clone, token.as_deref(), 10).unwrap();
            seen.extend(page.items);
            match page.next {
                Some(next) => token = Some(next),
                None => break,
            }
            all.retain(|name| name != "n09");
        }
        assert_eq!(seen.len(), 25);
        assert_eq!(seen.first().map(String::as_str), Some("n00"));
    }

    #[test]
    fn an_exact_page_has_no_next_and_a_strange_token_is_refused() {
        let items = || vec!["a".to_owned(), "b".to_owned()];
        assert!(page(items(), Clone::clone, None, 2).unwrap().next.is_none());
        assert!(page(items(), Clone::clone, Some("!!"), 2).is_none());
    }
}
