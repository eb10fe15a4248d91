//! When an address is asked: every hour, day or week, at a time of a zone.
//!
//! A time that the clocks skip in spring is taken an hour later; one that comes twice in autumn is taken the first time.

use jiff::ToSpan as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::Instant;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Every hour, at the minute.
    Hour,
    /// Every day, at the time.
    Day,
    /// Every week, on the weekday at the time.
    Week,
}

impl Every {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|every| every.as_str() == word)
    }
}

/// When an address is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchTimes {
    every: Every,
    // INVARIANT: 1 (Monday) to 7.
    weekday: i8,
    // INVARIANT: 0 to 1439.
    minute: i16,
    // INVARIANT: a zone that is known.
    zone: String,
}

/// Which part of the times does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchTimesError {
    /// How often.
    #[error("say hour, day or week")]
    Every,
    /// The day of the week.
    #[error("say a weekday from 1 (Monday) to 7")]
    Weekday,
    /// The time.
    #[error("write the time as 06:30")]
    Time,
    /// The zone.
    #[error("name a time zone such as Europe/Berlin")]
    Zone,
}

impl FetchTimes {
    /// Reads how often, the weekday (1 to 7; of weekly ones), the time (`06:30`) and the zone.
    ///
    /// # Errors
    /// Every part that does not fit.
    pub fn parse(every: &str, weekday: &str, time: &str, zone: &str) -> Result<Self, Vec<FetchTimesError>> {
        let mut errors = vec![];
        let every = Every::parse(every.trim());
        if every.is_none() {
            errors.push(FetchTimesError::Every);
        }
        let day = weekday.trim().parse::<i8>().ok().filter(|day| (1..=7).contains(day));
        let weekday = if every == Some(Every::Week) { day } else { Some(day.unwrap_or(1)) };
        if weekday.is_none() {
            errors.push(FetchTimesError::Weekday);
        }
        let minute = minute_of(time.trim());
        if minute.is_none() {
            errors.push(FetchTimesError::Time);
        }
        let zone = zone.trim();
        if TimeZone::get(zone).is_err() {
            errors.push(FetchTimesError::Zone);
        }
        match (every, weekday, minute) {
            (Some(every), Some(weekday), Some(minute)) if errors.is_empty() => {
                Ok(Self { every, weekday, minute, zone: zone.to_owned() })
            }
            _ => Err(errors),
        }
    }

    /// How often.
    pub fn every(&self) -> Every {
        self.every
    }

    /// The day of the week, 1 for Monday; it counts for weekly ones.
    pub fn weekday(&self) -> i8 {
        self.weekday
    }

    /// The time, as `06:30`; of hourly ones the minute counts.
    pub fn time(&self) -> String {
        format!("{:02}:{:02}", self.minute / 60, self.minute % 60)
    }

    /// The zone.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The next time after `now`.
    pub fn next_after(&self, now: Instant) -> Instant {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let local = zone.to_datetime(now.timestamp());
        let next = match self.every {
            Every::Hour => {
                let behind = i64::from(local.minute()) * 60 + i64::from(local.second());
                let hour_began = now.seconds() - behind;
                let this_hour = Instant::from_seconds(hour_began + i64::from(self.minute % 60) * 60);
                return if now < this_hour { this_hour } else { this_hour.plus_seconds(3600) };
            }
            Every::Day | Every::Week => {
                let [hour, minute] =
                    [self.minute / 60, self.minute % 60].map(|it| i8::try_from(it).unwrap_or(0));
                let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
                (0..9)
                    .filter_map(|n: i64| local.date().checked_add(n.days()).ok())
                    .filter(|date| {
                        self.every == Every::Day || date.weekday().to_monday_one_offset() == self.weekday
                    })
                    .filter_map(|date| zone.to_zoned(date.to_datetime(time)).ok())
                    .map(|zoned| Instant::from(zoned.timestamp()))
                    .find(|at| now < *at)
            }
        };
        next.unwrap_or(now.plus_seconds(86_400))
    }
}

fn minute_of(time: &str) -> Option<i16> {
    let (hour, minute) = time.split_once(':')?;
    let part = |text: &str, most: i16| {
        let is_plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|it| is_plain && *it <= most)
    };
    Some(part(hour, 23)? * 60 + part(minute, 59)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::from(text.parse::<jiff::Timestamp>().expect("a time"))
    }

    fn next(every: &str, weekday: &str, time: &str, zone: &str, now: &str) -> String {
        let times = FetchTimes::parse(every, weekday, time, zone).expect("times");
        times.next_after(at(now)).to_string()
    }

    #[test]
    fn the_next_time_is_of_the_zone_and_never_now() {
        let berlin = "Europe/Berlin";
        assert_eq!(next("day", "", "06:30", berlin, "2027-01-10T05:29:59Z"), "2027-01-10T05:30:00Z");
        assert_eq!(next("day", "", "06:30", berlin, "2027-01-10T05:30:00Z"), "2027-01-11T05:30:00Z");
        assert_eq!(next("day", "", "06:30", berlin, "2027-07-10T00:00:00Z"), "2027-07-10T04:30:00Z");
        assert_eq!(next("week", "1", "06:30", berlin, "2027-01-10T00:00:00Z"), "2027-01-11T05:30:00Z");
        assert_eq!(next("week", "7", "06:30", berlin, "2027-01-10T06:00:00Z"), "2027-01-17T05:30:00Z");
        assert_eq!(next("hour", "", "00:15", berlin, "2027-01-10T05:15:00Z"), "2027-01-10T06:15:00Z");
        assert_eq!(next("hour", "", "13:15", "Asia/Kolkata", "2027-01-10T05:44:59Z"), "2027-01-10T05:45:00Z");
    }

    #[test]
    fn a_time_the_clocks_skip_or_repeat_comes_once_a_day() {
        // Berlin, 28 March 2027: 02:00 to 03:00 is skipped; 31 October: it comes twice.
        let berlin = "Europe/Berlin";
        assert_eq!(next("day", "", "02:30", berlin, "2027-03-28T00:00:00Z"), "2027-03-28T01:30:00Z");
        assert_eq!(next("day", "", "02:30", berlin, "2027-03-28T01:30:00Z"), "2027-03-29T00:30:00Z");
        assert_eq!(next("day", "", "02:30", berlin, "2027-10-31T00:00:00Z"), "2027-10-31T00:30:00Z");
        assert_eq!(next("day", "", "02:30", berlin, "2027-10-31T00:30:00Z"), "2027-11-01T01:30:00Z");
    }

    #[test]
    fn every_wrong_part_is_named() {
        use FetchTimesError::{Every, Time, Weekday, Zone};
        assert_eq!(FetchTimes::parse("never", "", "6.30", "Berlin"), Err(vec![Every, Time, Zone]));
        assert_eq!(FetchTimes::parse("week", "8", "24:00", "UTC"), Err(vec![Weekday, Time]));
        let times = FetchTimes::parse("day", "", "6:05", "UTC").expect("times");
        assert_eq!((times.time().as_str(), times.weekday()), ("06:05", 1));
    }
}
