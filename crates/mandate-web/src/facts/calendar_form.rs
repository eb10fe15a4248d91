//! Hours as people type them: a line of windows for each weekday, a line for each day with hours of its own.
//!
//! `08:00-12:00, 13:00-18:00` opens a weekday twice; an empty line closes it. `2026-12-24 08:00-12:00 Christmas Eve` opens
//! a day only then, `2026-12-25 closed Christmas Day` closes it. What is written back reads the same again.

use jiff::civil::{Date, date};
use mandate_app::{FieldError, Message};
use mandate_domain::facts::calendar::{CalendarHours, DAY_MINUTES, DayException, WeekWindow};

use crate::form::Form;
use crate::frame::Visit;

/// The weekdays' fields, Monday first.
pub(super) const DAYS: [&str; 7] = ["day_1", "day_2", "day_3", "day_4", "day_5", "day_6", "day_7"];

/// Minutes from 00:00 of `8`, `8:30`, `08:30` or `24:00`.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let number = |text: &str| {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse::<i64>().ok() } else { None }
    };
    let (hour, minute) = (number(hour.trim())?, number(minute.trim())?);
    let all = hour * 60 + minute;
    ((0..60).contains(&minute) && (0..=DAY_MINUTES).contains(&all)).then_some(all)
}

/// `08:30`.
fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute.div_euclid(60), minute.rem_euclid(60))
}

/// Windows of `08:00-12:00, 13:00-18:00`; the part that cannot be read.
fn windows(text: &str) -> Result<Vec<(i64, i64)>, String> {
    let plain = text.replace(['\u{2013}', '\u{2212}'], "-");
    let parts = plain.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (opens, closes) = part.split_once('-').ok_or_else(|| part.to_owned())?;
            match (minute(opens.trim()), minute(closes.trim())) {
                (Some(opens), Some(closes)) => Ok((opens, closes)),
                _ => Err(part.to_owned()),
            }
        })
        .collect()
}

/// A line of a day with hours of its own.
fn exception(line: &str) -> Option<Vec<DayException>> {
    let (day, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let on_day: Date = day.parse().ok()?;
    let rest = rest.trim();
    let timed = rest.starts_with(|first: char| first.is_ascii_digit());
    if !timed {
        let word = "closed";
        let is_word = rest.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
        let name = if is_word { rest[word.len()..].trim() } else { rest };
        return Some(vec![DayException::closed(on_day, name)]);
    }
    // The hours end where the first letter stands: `08:00-12:00, 14:00-16:00 Christmas Eve`.
    let end = rest.find(char::is_alphabetic).unwrap_or(rest.len());
    let (hours, name) = rest.split_at(end);
    let hours = windows(hours).ok().filter(|hours| !hours.is_empty())?;
    let day = |(opens_minute, closes_minute)| DayException {
        on_day,
        name: name.trim().to_owned(),
        opens_minute,
        closes_minute,
    };
    Some(hours.into_iter().map(day).collect())
}

fn error(field: &str, message: Message) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

/// Reads the hours of a form; everything wrong is told, by field of the form.
pub(super) fn read_hours(form: &Form, today: Date) -> Result<CalendarHours, Vec<FieldError>> {
    let mut errors = vec![];
    let valid_from = form.get("valid_from").trim().parse::<Date>().ok();
    if valid_from.is_none() {
        errors.push(error("valid_from", Message::new("define-problem-date")));
    }
    let mut hours = CalendarHours {
        valid_from: valid_from.unwrap_or(today),
        time_zone: form.get("time_zone").trim().to_owned(),
        windows: vec![],
        exceptions: vec![],
    };
    for (weekday, field) in (1_i64..).zip(DAYS) {
        match windows(form.get(field)) {
            Ok(found) => {
                hours.windows.extend(found.into_iter().map(|(opens_minute, closes_minute)| WeekWindow {
                    weekday,
                    opens_minute,
                    closes_minute,
                }))
            }
            Err(part) => {
                errors.push(error(field, Message::new("calendar-problem-window").with("text", part)))
            }
        }
    }
    for (number, line) in (1..).zip(form.get("exceptions").lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match exception(line) {
            Some(found) => hours.exceptions.extend(found),
            None => {
                let message = Message::new("calendar-problem-line")
                    .with("line", i32::to_string(&number))
                    .with("text", line.chars().take(60).collect::<String>());
                errors.push(error("exceptions", message));
            }
        }
    }
    // Windows that could not be read are no reason to say that there are none.
    let unread = errors.iter().any(|error| DAYS.contains(&error.field.as_str()));
    for problem in mandate_app::facts::calendars::hours_errors(&hours, today) {
        if unread && problem.message.id == "calendar-problem-no-open-hours" {
            continue;
        }
        let weekday = problem.message.arguments.iter().find(|(name, _)| *name == "weekday");
        let day = weekday.and_then(|(_, day)| day.parse::<usize>().ok()).and_then(|day| DAYS.get(day - 1));
        let field = match (problem.field.as_str(), day) {
            ("windows", Some(day)) => (*day).to_owned(),
            ("windows", None) => DAYS[0].to_owned(),
            (field, _) => field.to_owned(),
        };
        errors.push(FieldError { field, message: problem.message });
    }
    if errors.is_empty() { Ok(hours) } else { Err(errors) }
}

/// The fields of a form that say these hours.
pub(super) fn fields_of(hours: &CalendarHours) -> Vec<(&'static str, String)> {
    let mut fields =
        vec![("time_zone", hours.time_zone.clone()), ("valid_from", hours.valid_from.to_string())];
    for (weekday, field) in (1_i64..).zip(DAYS) {
        fields.push((field, of_day(hours, weekday, "-")));
    }
    fields.push(("exceptions", exception_lines(hours).join("\n")));
    fields
}

/// The windows of a weekday, `08:00-12:00, 13:00-18:00`.
fn of_day(hours: &CalendarHours, weekday: i64, dash: &str) -> String {
    let mut windows: Vec<&WeekWindow> = hours.windows.iter().filter(|it| it.weekday == weekday).collect();
    windows.sort_unstable();
    let one = |it: &&WeekWindow| format!("{}{dash}{}", clock(it.opens_minute), clock(it.closes_minute));
    windows.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Days with hours of their own, a line a day, by day.
fn exception_lines(hours: &CalendarHours) -> Vec<String> {
    exceptions_by_day(hours)
        .into_iter()
        .map(|(day, name, windows)| {
            let hours = if windows.is_empty() { "closed".to_owned() } else { windows };
            format!("{day} {hours} {name}").trim_end().to_owned()
        })
        .collect()
}

/// Each day with hours of its own: the day, its name, its windows; without windows it is closed.
pub(super) fn exceptions_by_day(hours: &CalendarHours) -> Vec<(Date, String, String)> {
    let mut rows: Vec<&DayException> = hours.exceptions.iter().collect();
    rows.sort_unstable();
    rows.sort_by_key(|row| (row.on_day, row.opens_minute));
    let mut days: Vec<(Date, String, String)> = vec![];
    for row in rows {
        let window = format!("{}-{}", clock(row.opens_minute), clock(row.closes_minute));
        match days.last_mut().filter(|(day, _, _)| *day == row.on_day) {
            Some((_, _, windows)) => {
                windows.push_str(", ");
                windows.push_str(&window);
            }
            None if row.is_closed() => days.push((row.on_day, row.name.clone(), String::new())),
            None => days.push((row.on_day, row.name.clone(), window)),
        }
    }
    days
}

/// The short name of a weekday, in the reader's language.
pub(super) fn weekday_name(visit: &Visit, weekday: i64) -> String {
    // The first of January 2024 was a Monday.
    let day = i8::try_from(weekday).unwrap_or(1).clamp(1, 7);
    visit.formats.weekday(date(2024, 1, day))
}

/// The windows of each weekday in words, Monday first; empty when closed.
pub(super) fn week(hours: &CalendarHours) -> [String; 7] {
    std::array::from_fn(|idx| of_day(hours, i64::try_from(idx).unwrap_or(0) + 1, "\u{2013}"))
}

/// A week in words, days with equal hours together: `Mon–Fri 08:00–18:00; Sat 09:00–12:00`.
pub(super) fn week_in_words(visit: &Visit, hours: &CalendarHours) -> String {
    let days = week(hours);
    let (mut told, mut at) = (vec![], 0);
    while at < days.len() {
        let end = (at..days.len()).take_while(|idx| days[*idx] == days[at]).last().unwrap_or(at);
        if !days[at].is_empty() {
            let name = |idx: usize| weekday_name(visit, i64::try_from(idx).unwrap_or(0) + 1);
            let span = if end == at { name(at) } else { format!("{}\u{2013}{}", name(at), name(end)) };
            told.push(format!("{span} {}", days[at]));
        }
        at = end + 1;
    }
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&'static str, &str)]) -> Form {
        let base = [("time_zone", "Europe/Vienna"), ("valid_from", "2026-01-01")];
        let all = base.into_iter().chain(pairs.iter().copied());
        Form::from_pairs(all.map(|(name, value)| (name, value.to_owned())))
    }

    #[test]
    fn what_is_written_back_reads_the_same_again() {
        let form = typed(&[
            ("day_1", "8-12, 13:30–18:00"),
            ("day_6", "00:00-24:00"),
            ("exceptions", "2026-12-25 closed Christmas Day\n\n2026-12-24 08:00-10:00, 14-16 Christmas Eve"),
        ]);
        let hours = read_hours(&form, date(2026, 1, 1)).expect("hours");
        assert_eq!(hours.windows.len(), 3);
        assert_eq!(hours.exceptions.len(), 3);
        let fields = fields_of(&hours);
        assert_eq!(fields[2], ("day_1", "08:00-12:00, 13:30-18:00".to_owned()));
        assert_eq!(
            fields[9].1,
            "2026-12-24 08:00-10:00, 14:00-16:00 Christmas Eve\n2026-12-25 closed Christmas Day"
        );
        let again = read_hours(&Form::from_pairs(fields), date(2026, 1, 1)).expect("hours");
        assert_eq!(fields_of(&again), fields_of(&hours));
    }

    #[test]
    fn every_error_is_told_at_its_own_field() {
        let form = typed(&[
            ("day_1", "eight to six"),
            ("day_2", "08:00-12:00, 11:00-13:00"),
            ("day_3", "18:00-08:00"),
            ("day_4", "08:00-24:01"),
            ("exceptions", "2026-12-25 closed\nChristmas\n2026-02-30 closed"),
        ]);
        let errors = read_hours(&form, date(2026, 1, 1)).expect_err("errors");
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["day_1", "day_4", "exceptions", "exceptions", "day_3", "day_2"]);
    }

    #[test]
    fn a_week_without_open_hours_is_told_once() {
        let errors = read_hours(&typed(&[]), date(2026, 1, 1)).expect_err("errors");
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].message.id, "calendar-problem-no-open-hours");
    }
}
