//! Which row of an export is about which user.

use std::collections::BTreeMap;

use super::graded::Graded;
use crate::model::visible;

/// What a row says of whom it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowOf {
    /// The user's name that its login comes to.
    pub name: String,
    /// How it calls the person.
    pub label: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// The school's number.
    pub student_id: Option<String>,
}

/// A row without a user, or a user without a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// The line of the file, from 1.
    pub row: Option<usize>,
    /// Who.
    pub user: Option<String>,
    /// Why, in words that can stand after a colon.
    pub reason: String,
}

/// The user of a row: whoever has its e-mail address or number, else whoever is named as its login says and is nobody else by those.
///
/// # Errors
/// Why there is none.
pub(super) fn user_of<'u>(row: &RowOf, users: &'u [Graded]) -> Result<&'u Graded, String> {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => Some(one.trim().eq_ignore_ascii_case(other.trim())),
        _ => None,
    };
    let by = |is_so: &dyn Fn(&Graded) -> bool| users.iter().filter(|user| is_so(user)).collect::<Vec<_>>();
    let by_email = by(&|user| same(&row.email, &user.student.email) == Some(true));
    let by_number = by(&|user| same(&row.student_id, &user.student.student_id) == Some(true));
    let mut found: Vec<&Graded> = by_email;
    for user in by_number {
        if !found.iter().any(|known| known.user == user.user) {
            found.push(user);
        }
    }
    let named = users.iter().find(|user| user.user == row.name);
    match (found.as_slice(), named) {
        ([user], Some(named)) if user.user != named.user => {
            Err(format!("its address or number is that of `{}`, its login that of `{}`", user.user, named.user))
        }
        ([user], _) => Ok(user),
        ([], Some(user)) => {
            // Numbers may be of different systems; an address that is another's is somebody else's.
            if same(&row.email, &user.student.email) == Some(false) {
                Err(format!("its login is that of `{}`, its address is not", user.user))
            } else {
                Ok(user)
            }
        }
        ([], None) => Err("no chosen user of the run has its login, address or number".to_owned()),
        (several, _) => {
            let users: Vec<String> = several.iter().map(|user| format!("`{}`", user.user)).collect();
            Err(format!("its address or number is that of {}", users.join(" and ")))
        }
    }
}

/// Row → user, where each is about the other alone; and what has no partner.
pub(super) fn matched<'u>(
    rows: &[(usize, usize, Result<RowOf, String>)],
    users: &'u [Graded],
) -> (BTreeMap<usize, &'u Graded>, Vec<Unmatched>) {
    let mut of_user: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    let mut unmatched = Vec::new();
    for (row, line, listed) in rows {
        let user = listed.as_ref().map_err(Clone::clone).and_then(|listed| {
            let named = |reason: String| match &listed.label {
                Some(label) => format!("{reason} (`{}`)", visible(label)),
                None => reason,
            };
            user_of(listed, users).map_err(named)
        });
        match user {
            Ok(user) => of_user.entry(&user.user).or_default().push((*row, *line)),
            Err(reason) => unmatched.push(Unmatched { row: Some(*line), user: None, reason }),
        }
    }
    let mut found = BTreeMap::new();
    for user in users {
        match of_user.get(user.user.as_str()).map_or(&[][..], Vec::as_slice) {
            [(row, _)] => {
                found.insert(*row, user);
            }
            [] => unmatched.push(Unmatched {
                row: None,
                user: Some(user.user.clone()),
                reason: "no row is about this user".to_owned(),
            }),
            several => {
                let lines: Vec<String> = several.iter().map(|(_, line)| line.to_string()).collect();
                let reason = format!("lines {} are all about this user", lines.join(" and "));
                unmatched.extend(several.iter().map(|(_, line)| Unmatched {
                    row: Some(*line),
                    user: Some(user.user.clone()),
                    reason: reason.clone(),
                }));
            }
        }
    }
    (found, unmatched)
}
