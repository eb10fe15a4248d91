//! Leavers: what a list of the people who still work here takes away from users. It gives nothing.
//!
//! A list that would suspend more than a third of the users it speaks about is more likely cut short than true, so it is
//! refused unless somebody says that it is meant. The last administrator, users of the demo book and people of clients'
//! organisations, whom no list of ours names, stay. Not here: what a file looks like, and what a suspension ends
//! (`mandate-app`).

use std::collections::{BTreeMap, BTreeSet};

use super::{Role, User, UserState};
use crate::Id;

/// What a list says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedState {
    /// Works here.
    Here,
    /// Has left.
    Left,
}

/// A person on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The address, in its folded form.
    pub email_fold: String,
    /// Whether they are still here.
    pub state: ListedState,
    /// All roles they may hold; none when the list does not speak of roles.
    pub roles: Option<Vec<Role>>,
}

/// Why somebody is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaverReason {
    /// The list does not name them.
    NotListed,
    /// The list says that they have left.
    Left,
    /// The list leaves them none of their roles.
    NoRoleLeft,
}

impl LeaverReason {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotListed => "not_listed",
            Self::Left => "left",
            Self::NoRoleLeft => "no_role_left",
        }
    }
}

/// A user who is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Who.
    pub user: Id<User>,
    /// Why.
    pub reason: LeaverReason,
}

/// A user who stays with fewer roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolesLost {
    /// Who.
    pub user: Id<User>,
    /// What they keep.
    pub kept: Vec<Role>,
    /// What they lose.
    pub lost: Vec<Role>,
}

/// What a list does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPlan {
    /// Users who are suspended, in the order given.
    pub removals: Vec<Removal>,
    /// Users who lose roles.
    pub roles_lost: Vec<RolesLost>,
    /// The administrator who would be suspended, or lose that role, and is the last one: nothing is done to them.
    pub last_administrator: Option<Id<User>>,
    /// Active users of the firm's own, whom the list speaks about.
    pub n_active: usize,
    /// Addresses on the list that are no user's, folded.
    pub unknown: Vec<String>,
}

/// Why a list is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaversRefusal {
    /// Nobody on it.
    #[error("the list names nobody; nothing was changed")]
    Empty,
    /// Two rows of one person.
    #[error("the list names `{email}` twice")]
    Twice {
        /// The address.
        email: String,
    },
    /// More than a third.
    #[error(
        "this would suspend {n_removed} of {n_active} users, more than a third; if that is meant, say so with --force"
    )]
    TooMany {
        /// Users who would be suspended.
        n_removed: usize,
        /// Active users.
        n_active: usize,
    },
}

impl SyncPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.removals.is_empty() && self.roles_lost.is_empty()
    }

    /// Refuses a plan that suspends more than a third of the active users.
    ///
    /// # Errors
    /// [`LeaversRefusal::TooMany`].
    pub fn within_a_third(&self) -> Result<(), LeaversRefusal> {
        let (n_removed, n_active) = (self.removals.len(), self.n_active);
        if n_removed * 3 > n_active { Err(LeaversRefusal::TooMany { n_removed, n_active }) } else { Ok(()) }
    }
}

/// What `list` takes away from `users`, all of the firm.
///
/// # Errors
/// [`LeaversRefusal`] for a list that names nobody, or somebody twice.
pub fn plan_sync(list: &[Listed], users: &[User]) -> Result<SyncPlan, LeaversRefusal> {
    let mut by_email = BTreeMap::new();
    for listed in list {
        if by_email.insert(listed.email_fold.as_str(), listed).is_some() {
            return Err(LeaversRefusal::Twice { email: listed.email_fold.clone() });
        }
    }
    if by_email.is_empty() {
        return Err(LeaversRefusal::Empty);
    }
    let own: Vec<&User> =
        users.iter().filter(|user| is_ours(user) && user.state == UserState::Active).collect();
    let mut plan = SyncPlan { n_active: own.len(), ..SyncPlan::default() };
    let mut administrators: BTreeSet<&str> = own
        .iter()
        .filter(|user| user.roles.contains(&Role::Administrator))
        .map(|user| user.id.as_str())
        .collect();
    for user in &own {
        let verdict = judged(user, by_email.get(user.email.to_lowercase().as_str()).copied());
        let keeps_administering = match &verdict {
            Verdict::Stays => continue,
            Verdict::Goes(_) => false,
            Verdict::Loses { kept, .. } => kept.contains(&Role::Administrator),
        };
        if administrators.contains(user.id.as_str()) && !keeps_administering {
            if administrators.len() == 1 {
                plan.last_administrator = Some(user.id.clone());
                continue;
            }
            administrators.remove(user.id.as_str());
        }
        match verdict {
            Verdict::Stays => {}
            Verdict::Goes(reason) => plan.removals.push(Removal { user: user.id.clone(), reason }),
            Verdict::Loses { kept, lost } => {
                plan.roles_lost.push(RolesLost { user: user.id.clone(), kept, lost });
            }
        }
    }
    let known: BTreeSet<String> = users.iter().map(|user| user.email.to_lowercase()).collect();
    let strangers = by_email
        .iter()
        .filter(|(email, listed)| listed.state == ListedState::Here && !known.contains(**email));
    plan.unknown = strangers.map(|(email, _)| (*email).to_owned()).collect();
    Ok(plan)
}

/// Whether lists speak about them.
fn is_ours(user: &User) -> bool {
    !user.demo && !user.is_of_a_client()
}

enum Verdict {
    Stays,
    Goes(LeaverReason),
    Loses { kept: Vec<Role>, lost: Vec<Role> },
}

fn judged(user: &User, listed: Option<&Listed>) -> Verdict {
    let Some(listed) = listed else { return Verdict::Goes(LeaverReason::NotListed) };
    if listed.state == ListedState::Left {
        return Verdict::Goes(LeaverReason::Left);
    }
    let Some(roles) = &listed.roles else { return Verdict::Stays };
    let (kept, lost): (Vec<Role>, Vec<Role>) = user.roles.iter().partition(|role| roles.contains(role));
    match (kept.is_empty(), lost.is_empty()) {
        (_, true) => Verdict::Stays,
        (true, false) => Verdict::Goes(LeaverReason::NoRoleLeft),
        (false, false) => Verdict::Loses { kept, lost },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instant;

    fn user(number: u128, name: &str, roles: &[Role]) -> User {
        User {
            id: Id::new(Instant::from_seconds(1_800_000_000), number),
            person_id: None,
            account_id: None,
            email: format!("{name}@Firm.example"),
            display_name: name.to_owned(),
            roles: roles.to_vec(),
            locale: "en-GB".to_owned(),
            time_zone: "UTC".to_owned(),
            single_keys: true,
            state: UserState::Active,
            demo: false,
            version: 1,
        }
    }

    fn here(name: &str) -> Listed {
        Listed { email_fold: format!("{name}@firm.example"), state: ListedState::Here, roles: None }
    }

    fn firm() -> Vec<User> {
        vec![
            user(1, "Ada", &[Role::Administrator]),
            user(2, "Ben", &[Role::AccountManager, Role::Sponsor]),
            user(3, "Cleo", &[Role::Negotiator]),
            user(4, "Dan", &[Role::ProductManager]),
        ]
    }

    #[test]
    fn whoever_is_not_listed_or_has_left_goes() {
        let firm = firm();
        let left = Listed { state: ListedState::Left, ..here("cleo") };
        let plan = plan_sync(&[here("ada"), here("ben"), left, here("eve")], &firm).expect("a plan");
        let removed: Vec<_> = plan.removals.iter().map(|it| (it.user.clone(), it.reason)).collect();
        assert_eq!(
            removed,
            [(firm[2].id.clone(), LeaverReason::Left), (firm[3].id.clone(), LeaverReason::NotListed)]
        );
        assert_eq!((plan.n_active, plan.unknown.clone()), (4, vec!["eve@firm.example".to_owned()]));
        assert_eq!(plan.within_a_third(), Err(LeaversRefusal::TooMany { n_removed: 2, n_active: 4 }));
        let one = plan_sync(&[here("ada"), here("ben"), here("cleo")], &firm).expect("a plan");
        assert_eq!((one.removals.len(), one.within_a_third()), (1, Ok(())));
    }

    #[test]
    fn a_list_takes_roles_away_and_gives_none() {
        let firm = firm();
        let ben = Listed { roles: Some(vec![Role::Sponsor, Role::Administrator]), ..here("ben") };
        let cleo = Listed { roles: Some(vec![]), ..here("cleo") };
        let plan = plan_sync(&[here("ada"), ben, cleo, here("dan")], &firm).expect("a plan");
        let lost = RolesLost {
            user: firm[1].id.clone(),
            kept: vec![Role::Sponsor],
            lost: vec![Role::AccountManager],
        };
        assert_eq!(plan.roles_lost, [lost]);
        assert_eq!(plan.removals, [Removal { user: firm[2].id.clone(), reason: LeaverReason::NoRoleLeft }]);
    }

    #[test]
    fn the_last_administrator_and_the_demo_book_stay() {
        let mut firm = firm();
        firm[3].demo = true;
        let plan = plan_sync(&[here("ben"), here("cleo")], &firm).expect("a plan");
        assert_eq!((plan.removals.clone(), plan.last_administrator), (vec![], Some(firm[0].id.clone())));
        firm[1].roles.push(Role::Administrator);
        let plan = plan_sync(&[here("ben"), here("cleo")], &firm).expect("a plan");
        assert_eq!((plan.removals.len(), plan.last_administrator), (1, None));
        let client = User {
            account_id: Some(Id::new(Instant::from_seconds(1_800_000_000), 77)),
            ..user(8, "Client", &[Role::ClientMember])
        };
        let plan = plan_sync(&[here("ada")], &[client]).expect("a plan");
        assert!(plan.is_empty() && plan.n_active == 0, "{plan:?}");
        let gone = user(9, "Gone", &[Role::Sponsor]);
        let suspended = User { state: UserState::Suspended, ..gone };
        let plan = plan_sync(&[here("ada"), here("ben"), here("cleo")], &[suspended]).expect("a plan");
        assert!(plan.is_empty(), "{plan:?}");
    }

    #[test]
    fn an_empty_list_and_one_that_names_somebody_twice_are_refused() {
        assert_eq!(plan_sync(&[], &firm()), Err(LeaversRefusal::Empty));
        let twice = plan_sync(&[here("ada"), here("ada")], &firm());
        assert_eq!(twice, Err(LeaversRefusal::Twice { email: "ada@firm.example".to_owned() }));
    }
}
