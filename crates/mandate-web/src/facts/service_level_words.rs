//! Service levels in words and as typed: business time, targets by priority, what a form says.

use jiff::civil::Date;
use mandate_app::{FieldError, Message};
use mandate_domain::Id;
use mandate_domain::facts::service_level::{ClockKind, Reopening, ServiceLevelTerms};

use crate::form::Form;
use crate::frame::Visit;

/// Priorities that a form always offers.
pub(super) const PRIORITIES: [u8; 4] = [1, 2, 3, 4];

/// Business time in words: hours and minutes, never days, because a business day has no fixed length.
pub(super) fn business_time(visit: &Visit, seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3_600, seconds % 3_600 / 60);
    let arguments = [("hours", hours.to_string()), ("minutes", minutes.to_string())];
    let arguments: Vec<(&'static str, &str)> =
        arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let id = match (hours, minutes) {
        (0, 0) => return visit.tr("business-seconds", &[("seconds", &seconds.to_string())]),
        (0, _) => "business-minutes",
        (_, 0) => "business-hours",
        _ => "business-hours-minutes",
    };
    visit.tr(id, &arguments)
}

/// `P1 4 h`, `P2 8 h`.
pub(super) fn targets_in_words(visit: &Visit, terms: &ServiceLevelTerms) -> Vec<String> {
    let one = |(priority, seconds): &(u8, i64)| {
        let time = business_time(visit, *seconds);
        visit.tr("level-target-short", &[("priority", &priority.to_string()), ("time", &time)])
    };
    terms.targets.iter().map(one).collect()
}

/// The priorities a form shows: 1 to 4, and others that have a target.
pub(super) fn shown_priorities(terms: Option<&ServiceLevelTerms>) -> Vec<u8> {
    let mut shown = PRIORITIES.to_vec();
    shown.extend(terms.iter().flat_map(|terms| terms.targets.iter().map(|(priority, _)| *priority)));
    shown.sort_unstable();
    shown.dedup();
    shown
}

fn hours_field(priority: u8) -> String {
    format!("target_{priority}_hours")
}

fn minutes_field(priority: u8) -> String {
    format!("target_{priority}_minutes")
}

/// A whole number as typed, with separators of thousands; empty is none.
pub(super) fn number(text: &str) -> Result<Option<i64>, ()> {
    let plain: String = text.chars().filter(|it| !matches!(it, ' ' | '\u{a0}' | '\u{202f}' | ',')).collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let digits = plain.len() <= 9 && plain.bytes().all(|byte| byte.is_ascii_digit());
    if digits { plain.parse().map(Some).map_err(|_| ()) } else { Err(()) }
}

/// Basis points of a percentage as typed, with at most two decimals.
pub(super) fn percent(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('%').trim().replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + fraction)
}

/// A share as a form writes it: `95`, `97.5`.
fn percent_text(basis_points: i64) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn error(field: impl Into<String>, message: Message) -> FieldError {
    FieldError { field: field.into(), message }
}

/// Reads the terms of a form for a clock of `kind`; everything wrong is told, by field of the form.
pub(super) fn read_terms(
    form: &Form,
    kind: ClockKind,
    today: Date,
) -> Result<ServiceLevelTerms, Vec<FieldError>> {
    let mut errors = vec![];
    let valid_from = form.get("valid_from").trim().parse::<Date>().ok();
    if valid_from.is_none() {
        errors.push(error("valid_from", Message::new("define-problem-date")));
    }
    let calendar_id = Id::parse(form.get("calendar_id")).ok();
    if calendar_id.is_none() {
        errors.push(error("calendar_id", Message::new("level-problem-no-calendar")));
    }
    let goal_share_bp = percent(form.get("goal"));
    if goal_share_bp.is_none() {
        errors.push(error("goal", Message::new("level-problem-goal")));
    }
    let mut targets = vec![];
    let mut unread = false;
    for priority in 0..=9 {
        let (hours, minutes) = (hours_field(priority), minutes_field(priority));
        match (number(form.get(&hours)), number(form.get(&minutes))) {
            (Ok(None), Ok(None)) => {}
            (Ok(hours), Ok(minutes)) => {
                targets.push((priority, hours.unwrap_or(0) * 3_600 + minutes.unwrap_or(0) * 60));
            }
            (read, _) => {
                unread = true;
                let field = if read.is_err() { hours } else { minutes };
                errors.push(error(field, Message::new("level-problem-number")));
            }
        }
    }
    let terms = ServiceLevelTerms {
        valid_from: valid_from.unwrap_or(today),
        calendar_id: calendar_id.unwrap_or_else(|| Id::new(mandate_domain::Instant::from_seconds(0), 0)),
        reopening: Reopening::parse(form.get("reopening")).unwrap_or(Reopening::Total),
        retroactive_start: form.has("retroactive_start"),
        goal_share_bp: goal_share_bp.unwrap_or(10_000),
        targets,
    };
    for problem in mandate_app::facts::levels::terms_errors(kind, &terms, today) {
        if !(unread && problem.field == "targets") {
            errors.push(own_field(problem));
        }
    }
    if errors.is_empty() { Ok(terms) } else { Err(errors) }
}

/// An error of the saved whole at the field of the form, which shows one version.
pub(super) fn own_field(problem: FieldError) -> FieldError {
    let last = problem.field.rsplit('.').next().unwrap_or_default();
    let field = match last.strip_prefix("target_") {
        Some(priority) => format!("target_{priority}_hours"),
        None if last == "targets" || last == "versions" => hours_field(1),
        None => last.to_owned(),
    };
    FieldError { field, ..problem }
}

/// The fields of a form that say these terms.
pub(super) fn fields_of(terms: &ServiceLevelTerms) -> Vec<(String, String)> {
    let mut fields = vec![
        ("valid_from".to_owned(), terms.valid_from.to_string()),
        ("calendar_id".to_owned(), terms.calendar_id.to_string()),
        ("goal".to_owned(), percent_text(terms.goal_share_bp)),
        ("reopening".to_owned(), terms.reopening.as_str().to_owned()),
    ];
    if terms.retroactive_start {
        fields.push(("retroactive_start".to_owned(), "1".to_owned()));
    }
    for (priority, seconds) in &terms.targets {
        fields.push((hours_field(*priority), (seconds / 3_600).to_string()));
        fields.push((minutes_field(*priority), (seconds % 3_600 / 60).to_string()));
    }
    fields
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const CALENDAR: &str = "00000000000000000000000000";

    fn typed(pairs: &[(&str, &str)]) -> Form {
        let base = [("valid_from", "2026-01-01"), ("calendar_id", CALENDAR), ("goal", "95")];
        let all = base.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Form::from_owned(all.collect())
    }

    #[test]
    fn hours_and_minutes_become_seconds_of_business_time() {
        let form = typed(&[("target_1_hours", "4"), ("target_2_minutes", "90"), ("reopening", "first")]);
        let terms = read_terms(&form, ClockKind::Resolution, date(2026, 1, 1)).expect("terms");
        assert_eq!(terms.targets, [(1, 14_400), (2, 5_400)]);
        assert_eq!((terms.goal_share_bp, terms.reopening), (9_500, Reopening::FirstStop));
        let again = Form::from_owned(fields_of(&terms));
        assert_eq!(read_terms(&again, ClockKind::Resolution, date(2026, 1, 1)), Ok(terms));
    }

    #[test]
    fn a_target_of_zero_and_a_goal_above_all_are_told_at_their_fields() {
        let form = typed(&[("target_1_hours", "0"), ("target_3_minutes", "soon"), ("goal", "101")]);
        let form = Form::from_owned(form.pairs().iter().rev().cloned().collect());
        let errors = read_terms(&form, ClockKind::Resolution, date(2026, 1, 1)).expect_err("errors");
        let told: Vec<(&str, &str)> =
            errors.iter().map(|error| (error.field.as_str(), error.message.id)).collect();
        assert_eq!(
            told,
            [
                ("target_3_minutes", "level-problem-number"),
                ("target_1_hours", "level-problem-zero"),
                ("goal", "level-problem-goal"),
            ]
        );
    }

    #[test]
    fn a_share_is_read_with_point_or_comma() {
        assert_eq!(percent("97,5 %"), Some(9_750));
        assert_eq!(percent_text(9_750), "97.5");
        assert_eq!(percent_text(10_000), "100");
        assert_eq!(percent("9.999"), None);
    }
}
