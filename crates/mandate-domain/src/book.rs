//! Book: accounts, people, products, lines of business, teams, contracts and their lines.

/// A person of ours or of a client.
pub struct Person;

/// A client relationship.
pub struct Account;
