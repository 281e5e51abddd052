//! Days, weeks and months, for as many years as JavaScript's dates have.

use crate::number::{to_f64, to_i64};

const DAY: i64 = 86_400_000;

/// Milliseconds since 1970 of a day in UTC; months count from 0 and may be out of range.
pub(super) fn utc(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12) + 1);
    // Days from the civil calendar, as Howard Hinnant counts them.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * DAY
}

/// A moment in its parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    millis: i64,
    pub year: i64,
    /// From 0.
    pub month: i64,
    pub day: i64,
}

impl Moment {
    /// None beyond JavaScript's dates.
    pub(super) fn new(millis: f64) -> Option<Self> {
        (millis.abs() <= 8.64e15).then(|| Self::of(to_i64(millis)))
    }

    fn of(millis: i64) -> Self {
        let days = millis.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days - era * 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { millis, year, month: month - 1, day }
    }

    fn today(&self) -> i64 {
        utc(self.year, self.month, self.day)
    }

    fn of_day(&self) -> i64 {
        self.millis.rem_euclid(DAY)
    }

    /// 1 is Monday, 7 Sunday.
    pub(super) fn weekday(&self) -> i64 {
        weekday(self.millis)
    }

    /// A number of the moment, by the letter of pictures.
    pub(super) fn part(&self, component: char) -> f64 {
        let value = match component {
            'Y' => self.year,
            'M' => self.month + 1,
            'D' => self.day,
            'd' => (self.today() - utc(self.year, 0, 1)) / DAY + 1,
            'F' => self.weekday(),
            'W' => self.week_of_year(),
            'w' => self.week_of_month(),
            'X' => self.iso_year(),
            'x' => self.iso_month(),
            'H' => self.of_day() / 3_600_000,
            'h' => match self.of_day() / 3_600_000 % 12 {
                0 => 12,
                hour => hour,
            },
            'P' => i64::from(self.of_day() >= DAY / 2),
            'm' => self.of_day() / 60_000 % 60,
            's' => self.of_day() / 1_000 % 60,
            'f' => self.of_day() % 1_000,
            _ => 0,
        };
        to_f64(value)
    }

    fn week_of_year(&self) -> i64 {
        let today = self.today();
        let week = weeks(first_week(self.year, 0), today);
        if week > 52 && today >= first_week(self.year + 1, 0) {
            1
        } else if week < 1 {
            weeks(first_week(self.year - 1, 0), today)
        } else {
            week
        }
    }

    fn week_of_month(&self) -> i64 {
        let today = self.today();
        let week = weeks(first_week(self.year, self.month), today);
        if week > 4 && today >= first_week(self.year, self.month + 1) {
            1
        } else if week < 1 {
            weeks(first_week(self.year, self.month - 1), today)
        } else {
            week
        }
    }

    fn iso_year(&self) -> i64 {
        if self.millis < first_week(self.year, 0) {
            self.year - 1
        } else if self.millis >= first_week(self.year + 1, 0) {
            self.year + 1
        } else {
            self.year
        }
    }

    fn iso_month(&self) -> i64 {
        let month = if self.millis < first_week(self.year, self.month) {
            self.month - 1
        } else if self.millis >= first_week(self.year, self.month + 1) {
            self.month + 1
        } else {
            self.month
        };
        month.rem_euclid(12) + 1
    }
}

fn weekday(millis: i64) -> i64 {
    // 1970 began on a Thursday.
    (millis.div_euclid(DAY) + 3).rem_euclid(7) + 1
}

/// When the first week of a month begins: the one with its first Thursday.
fn first_week(year: i64, month: i64) -> i64 {
    let first = utc(year, month, 1);
    let day = weekday(first);
    if day > 4 { first + (8 - day) * DAY } else { first - (day - 1) * DAY }
}

fn weeks(start: i64, end: i64) -> i64 {
    (end - start).div_euclid(DAY * 7) + 1
}
