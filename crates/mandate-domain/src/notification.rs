//! What people are told of, by which way, and when mail may go: a topic, a person's choice, their digest and quiet hours.
//!
//! Hours are of the person's own zone, as their clock shows them; the caller turns instants into local time. Not here: what was
//! told, and whether somebody may still see what it is about.

use jiff::civil::{Date, DateTime};

use crate::identity::User;
use crate::{Id, Instant};

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A colleague mentioned one in a note.
    Mentioned,
    /// Something is one's own to look after from now on.
    Assigned,
    /// A decision is waited for that one could make.
    DecisionAsked,
    /// What one put up for decision was decided.
    DecisionAnswered,
    /// The client contests a result, an exclusion or a credit.
    Contested,
    /// A date of a contract comes near.
    DateDue,
    /// An import one asked for ended, well or not.
    ImportEnded,
    /// Other long work one asked for failed.
    JobFailed,
}

impl Topic {
    /// Every topic, in the order of the settings page.
    pub const ALL: [Self; 8] = [
        Self::Mentioned,
        Self::Assigned,
        Self::DecisionAsked,
        Self::DecisionAnswered,
        Self::Contested,
        Self::DateDue,
        Self::ImportEnded,
        Self::JobFailed,
    ];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mentioned => "mentioned",
            Self::Assigned => "assigned",
            Self::DecisionAsked => "decision_asked",
            Self::DecisionAnswered => "decision_answered",
            Self::Contested => "contested",
            Self::DateDue => "date_due",
            Self::ImportEnded => "import_ended",
            Self::JobFailed => "job_failed",
        }
    }

    /// The way while nobody has chosen: what waits for a person goes out at once, dates in the digest, the rest is there to see.
    pub const fn usual_way(self) -> Way {
        match self {
            Self::Mentioned | Self::Assigned | Self::DecisionAsked | Self::Contested => Way::Mail,
            Self::DateDue | Self::DecisionAnswered => Way::Digest,
            Self::ImportEnded | Self::JobFailed => Way::App,
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`WordError`] when it is no topic.
    pub fn parse(word: &str) -> Result<Self, WordError> {
        let known = Self::ALL.into_iter().find(|topic| topic.as_str() == word);
        known.ok_or_else(|| WordError { word: word.to_owned() })
    }
}

/// By which way somebody is told. All but the last are in the app as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// In the app only.
    App,
    /// By mail at once, too.
    Mail,
    /// In the daily digest, too.
    Digest,
    /// Not at all.
    Off,
}

impl Way {
    /// Every way, in the order of the settings page.
    pub const ALL: [Self; 4] = [Self::App, Self::Mail, Self::Digest, Self::Off];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Mail => "mail",
            Self::Digest => "digest",
            Self::Off => "off",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`WordError`] when it is no way.
    pub fn parse(word: &str) -> Result<Self, WordError> {
        let known = Self::ALL.into_iter().find(|way| way.as_str() == word);
        known.ok_or_else(|| WordError { word: word.to_owned() })
    }
}

/// A word that is no topic or no way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is neither a topic nor a way of telling")]
pub struct WordError {
    /// What was given.
    pub word: String,
}

/// When mail may go to a person, in hours of their own zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailTimes {
    digest_hour: i8,
    // INVARIANT: two different hours of the day.
    quiet: Option<(i8, i8)>,
}

impl Default for MailTimes {
    fn default() -> Self {
        Self { digest_hour: 7, quiet: Some((20, 7)) }
    }
}

impl MailTimes {
    /// Hours from 0 to 23; quiet hours begin and end at different ones and may pass midnight.
    ///
    /// # Errors
    /// [`MailTimesError`] naming what does not fit.
    pub fn new(digest_hour: i64, quiet: Option<(i64, i64)>) -> Result<Self, MailTimesError> {
        let hour = |hour: i64| i8::try_from(hour).ok().filter(|hour| (0..24).contains(hour));
        let digest_hour = hour(digest_hour).ok_or(MailTimesError::DigestHour)?;
        let quiet = match quiet {
            None => None,
            Some((from, until)) => {
                let pair = hour(from).zip(hour(until)).ok_or(MailTimesError::QuietHours)?;
                if pair.0 == pair.1 {
                    return Err(MailTimesError::QuietHours);
                }
                Some(pair)
            }
        };
        Ok(Self { digest_hour, quiet })
    }

    /// The hour from which the digest goes.
    pub const fn digest_hour(self) -> i8 {
        self.digest_hour
    }

    /// From and until which hour no mail goes.
    pub const fn quiet(self) -> Option<(i8, i8)> {
        self.quiet
    }

    /// Whether mail waits at this local time.
    pub fn is_quiet(self, local: DateTime) -> bool {
        let hour = local.hour();
        self.quiet.is_some_and(|(from, until)| {
            if from < until { from <= hour && hour < until } else { from <= hour || hour < until }
        })
    }

    /// Whether the digest is due at this local time, the last one having been that of `digested_on`.
    pub fn digest_is_due(self, local: DateTime, digested_on: Option<Date>) -> bool {
        !self.is_quiet(local)
            && self.digest_hour <= local.hour()
            && digested_on.is_none_or(|last| last < local.date())
    }
}

/// Why times do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailTimesError {
    /// The digest's hour.
    #[error("the digest goes at an hour from 0 to 23")]
    DigestHour,
    /// The quiet hours.
    #[error("quiet hours begin and end at different hours from 0 to 23")]
    QuietHours,
}

/// Something that somebody was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: Id<Notification>,
    /// Who was told.
    pub user_id: Id<User>,
    /// What about.
    pub topic: Topic,
    /// The kind of record it is about.
    pub kind: String,
    /// The record's id.
    pub record_id: String,
    /// The account it belongs to, for kinds that are not of the book.
    pub account_id: Option<String>,
    /// What there is to say beside: words of ours, dates; never a name of a record.
    pub detail: String,
    /// Who did it; empty when nobody did.
    pub by_name: String,
    /// When.
    pub created_at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
}

/// Days before a date on which its people are told.
pub const DAYS_BEFORE: [i32; 3] = [30, 90, 180];

/// The step of [`DAYS_BEFORE`] at which a date stands on `today`; none when it is past or far away.
pub fn step_before(today: Date, due: Date) -> Option<i32> {
    let days = today.until(due).ok()?.get_days();
    if days < 0 { None } else { DAYS_BEFORE.into_iter().find(|step| days <= *step) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;

    #[test]
    fn quiet_hours_pass_midnight() {
        let times = MailTimes::new(7, Some((20, 7))).expect("hours");
        let at = |hour| datetime(2026, 11, 22, hour, 30, 0, 0);
        assert_eq!(
            [19, 20, 23, 0, 6, 7].map(|hour| times.is_quiet(at(hour))),
            [false, true, true, true, true, false]
        );
        let noon = MailTimes::new(7, Some((12, 14))).expect("hours");
        assert_eq!([11, 12, 13, 14].map(|hour| noon.is_quiet(at(hour))), [false, true, true, false]);
        assert!(!MailTimes::new(7, None).expect("hours").is_quiet(at(3)));
    }

    #[test]
    fn a_digest_goes_once_a_day_from_its_hour_on_and_never_in_quiet_hours() {
        let times = MailTimes::new(6, Some((20, 7))).expect("hours");
        let at = |day, hour| datetime(2026, 11, day, hour, 0, 0, 0);
        assert!(!times.digest_is_due(at(22, 6), None), "it waits until quiet hours end");
        assert!(times.digest_is_due(at(22, 7), None));
        assert!(!times.digest_is_due(at(22, 9), Some(date(2026, 11, 22))));
        assert!(
            times.digest_is_due(at(23, 19), Some(date(2026, 11, 22))),
            "after a long stop, the same day still"
        );
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        assert_eq!(MailTimes::new(24, None), Err(MailTimesError::DigestHour));
        assert_eq!(MailTimes::new(7, Some((8, 8))), Err(MailTimesError::QuietHours));
        assert_eq!(MailTimes::new(7, Some((-1, 8))), Err(MailTimesError::QuietHours));
    }

    #[test]
    fn a_date_stands_at_the_smallest_step_that_it_has_reached() {
        let today = date(2026, 11, 22);
        let step = |days: i64| step_before(today, today.saturating_add(jiff::Span::new().days(days)));
        assert_eq!(
            [-1, 0, 30, 31, 90, 91, 180, 181].map(step),
            [None, Some(30), Some(30), Some(90), Some(90), Some(180), Some(180), None]
        );
    }

    #[test]
    fn words_come_back_as_they_went() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.as_str()), Ok(topic));
        }
        for way in Way::ALL {
            assert_eq!(Way::parse(way.as_str()), Ok(way));
        }
        assert!(Topic::parse("other").is_err() && Way::parse("other").is_err());
    }
}
