//! What is the same for several users, their names aside, is told once.

/// Users named before the rest is counted.
const NAMED: usize = 5;

/// A text in which the user's name stands for any user's.
pub(super) fn anonymous(text: &str, user: &str) -> String {
    if user.is_empty() {
        return text.to_owned();
    }
    text.replace(&format!("{user}-"), "<user>-").replace(&format!("`{user}`"), "`<user>`")
}

/// Things in groups that have the same key, in the order in which keys first come up.
pub(super) fn grouped<T, K: PartialEq>(all: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<Vec<T>> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for one in all {
        let of = key(&one);
        match groups.iter_mut().find(|(known, _)| *known == of) {
            Some((_, group)) => group.push(one),
            None => groups.push((of, vec![one])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The first of some users, and how many more there are.
pub(super) fn first_of(users: &[String]) -> String {
    let listed = users.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match users.len().saturating_sub(NAMED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

/// Lines about users; those that differ in the user's name alone are one line, with whom else it is about.
pub fn told_once(lines: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let told = |group: Vec<(String, String)>| {
        let mut others: Vec<String> = Vec::new();
        let (first, line) = group.first().cloned().unwrap_or_default();
        for (user, _) in group {
            let user = format!("`{user}`");
            if user != format!("`{first}`") && !others.contains(&user) {
                others.push(user);
            }
        }
        if others.is_empty() { line } else { format!("{line}; likewise for {}", first_of(&others)) }
    };
    grouped(lines, |(user, line)| anonymous(line, user)).into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_the_same_for_a_class_is_told_once() {
        let line = |user: String| (user.clone(), format!("nothing of `{user}` has a log"));
        let class = |length| (1..=length).map(|number| line(format!("user{number}")));
        assert_eq!(told_once(class(1)), ["nothing of `user1` has a log"]);
        assert_eq!(told_once(class(2)), ["nothing of `user1` has a log; likewise for `user2`"]);
        assert_eq!(
            told_once(class(30)),
            ["nothing of `user1` has a log; likewise for `user2`, `user3`, `user4`, `user5`, `user6` and 24 more"]
        );
        let mixed = [line("ann".into()), ("ben".into(), "`ben-f` is denied".into()), line("cid".into())];
        assert_eq!(told_once(mixed), ["nothing of `ann` has a log; likewise for `cid`", "`ben-f` is denied"]);
        assert_eq!(told_once([line("ann".into()), line("ann".into())]), ["nothing of `ann` has a log"]);
    }
}
