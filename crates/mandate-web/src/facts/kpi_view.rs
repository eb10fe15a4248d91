//! What the page of one measure shows: the state in a sentence, four figures, the months, the cases, the rail.

use mandate_app::Action;
use mandate_app::facts::kpi_read::{MONTHS, MeasurePage};
use mandate_domain::facts::credit::{CreditState, ServiceCredit};
use mandate_domain::facts::exclusion::ExclusionState;
use mandate_domain::facts::kpi::{
    Aggregate, Direction, Figure, KpiScope, MICRO, MeasuredCase, Unit, Verdict, room_left,
};
use mandate_domain::facts::result::Standing;
use minijinja::{Value, context};
use serde_json::json;

use super::credits::credit_view;
use super::kpi_words::{
    filter, formula, interval, past, person, plot, standing, target, value, value_or_dash, verdict,
};
use crate::frame::Visit;
use crate::pages::view;

/// The whole page but its frame. `part` names the form that was refused, so that it stands open.
pub fn measure_view(visit: &Visit, page: &MeasurePage, account: Value, form: Value, part: &str) -> Value {
    let definition = &page.version.definition;
    let unit = definition.aggregate.unit();
    let figure = month_figure(page);
    let (status, word) = verdict(visit, figure.verdict);
    let (client_status, client_word) = standing(visit, &page.standing);
    context! {
        account => account,
        kpi => context! {
            id => page.kpi.id.to_string(), name => page.kpi.name.clone(), version => page.kpi.version, assumed => page.kpi.assumed,
        },
        month => page.month.to_string(), month_text => visit.month(page.month),
        over => page.month < page.current,
        status => status, word => word, client_status => client_status, client_word => client_word,
        answered => !matches!(page.standing, Standing::Open),
        lead => lead(visit, page, &figure), rest => rest(visit, page),
        figs => figs(visit, page, &figure),
        chart => chart(visit, page), twin => twin(visit, page, unit), months => month_links(visit, page),
        source => source_view(visit, page, &figure),
        missed => page.missed.iter().map(|case| case_view(visit, page, case)).collect::<Vec<_>>(),
        n_missed => page.n_missed, missed_more => page.n_missed > page.missed.len(),
        has_cases => figure.n > 0,
        times => unit == Unit::Seconds,
        without => page.without_exclusions.map(|without| context! {
            with => value_or_dash(visit, unit, figure.value_micro), without => value_or_dash(visit, unit, without.value_micro),
            changes_verdict => without.verdict != figure.verdict, word => verdict(visit, without.verdict).1,
        }),
        exclusions => exclusions(visit, page),
        reason => page.reason.as_ref().map(|reason| context! {
            text => reason.text.clone(), version => reason.version,
            said_on => reason.said_on.map(|day| visit.date(day)), said_on_value => reason.said_on.map(|day| day.to_string()),
            person_id => reason.person_id.as_ref().map(ToString::to_string),
            person => reason.person_id.as_ref().and_then(|id| page.people.get(id.as_str())).map(|name| person(name, "client")),
        }),
        computed => computed(visit, page),
        walks => walks(visit, page), reviews => reviews(visit, page),
        people => page.client_people.iter().map(|person| context! {
            value => person.id.clone(), text => format!("{}, {}", person.name, person.job_title).trim_end_matches(", ").to_owned(),
        }).collect::<Vec<_>>(),
        credits => page.credits.iter().take(3).map(|credit| credit_view(visit, credit, &page.people, &page.users, page.substituted.get(credit.id.as_str()))).collect::<Vec<_>>(),
        has_rules => !page.rules.is_empty(),
        form => form, part => part,
        may_work => visit.may(Action::WorkResults), may_write => visit.may(Action::WriteFacts),
        may_export => visit.may(Action::Export),
        today => visit.today.to_string(),
    }
}

fn month_figure(page: &MeasurePage) -> Figure {
    page.values.iter().find(|value| value.month == page.month).map_or(Figure::NONE, |value| value.figure)
}

/// What is the case, in one clause.
fn lead(visit: &Visit, page: &MeasurePage, figure: &Figure) -> String {
    let definition = &page.version.definition;
    let unit = definition.aggregate.unit();
    let month = visit.month(page.month);
    let Some(micro) = figure.value_micro else { return visit.tr("kpi-lead-none", &[("month", &month)]) };
    let value_text = value(visit, unit, micro);
    let target_text = definition.target_micro().map(|target| value(visit, unit, target));
    let missed = visit.number(figure.n - figure.numerator);
    let n = visit.number(figure.n);
    match target_text {
        Some(target) if unit == Unit::Share => visit.tr(
            "kpi-lead-share",
            &[("month", &month), ("value", &value_text), ("target", &target), ("missed", &missed), ("n", &n)],
        ),
        Some(target) => visit.tr(
            "kpi-lead-target",
            &[("month", &month), ("value", &value_text), ("target", &target), ("n", &n)],
        ),
        None => visit.tr("kpi-lead-plain", &[("month", &month), ("value", &value_text), ("n", &n)]),
    }
}

/// What it asks for.
fn rest(visit: &Visit, page: &MeasurePage) -> String {
    let figure = month_figure(page);
    if page.month >= page.current {
        return visit.t("kpi-rest-running");
    }
    if let Standing::Contested(words) = &page.standing {
        let who = page.reviews.iter().find(|review| words.contains(&review.id));
        let name = who.and_then(|review| review.client_person_id.as_ref());
        let name = name.and_then(|id| page.people.get(id.as_str())).unwrap_or(&page.account.name);
        return visit.tr("kpi-rest-contested", &[("name", name)]);
    }
    match (figure.verdict, &page.standing) {
        (Verdict::NotMeasured, _) => visit.t("kpi-rest-none"),
        (Verdict::TooFew, _) => visit.tr("kpi-rest-too-few", &[("n", &figure.n.to_string())]),
        (_, Standing::Agreed(_)) => visit.tr("kpi-rest-agreed", &[("name", &page.account.name)]),
        (Verdict::Missed, _) => visit.tr("kpi-rest-missed", &[("name", &page.account.name)]),
        _ => visit.tr("kpi-rest-open", &[("name", &page.account.name)]),
    }
}

fn figs(visit: &Visit, page: &MeasurePage, figure: &Figure) -> Vec<Value> {
    let definition = &page.version.definition;
    let unit = definition.aggregate.unit();
    let month = visit.month(page.month);
    let target_text = target(visit, definition);
    let note = [Some(counted(visit, unit, figure)), Some(target_text), interval(visit, unit, figure)];
    let note: Vec<String> = note.into_iter().flatten().collect();
    let mut figs = vec![context! {
        label => visit.tr("kpi-fig-month", &[("month", &month)]),
        value => value_or_dash(visit, unit, figure.value_micro), note => note.join(" · "),
    }];
    let is_share =
        matches!(definition.aggregate, Aggregate::ShareWithinTarget | Aggregate::ShareWithin { .. });
    if is_share && page.year.n > 0 {
        let micro =
            i64::try_from(i128::from(page.year.numerator) * i128::from(MICRO) / i128::from(page.year.n)).ok();
        figs.push(context! {
            label => visit.tr("kpi-fig-year", &[("count", &MONTHS.to_string())]),
            value => value_or_dash(visit, unit, micro), note => counted(visit, unit, &page.year),
        });
    } else {
        let met = page.values.iter().filter(|value| value.figure.verdict == Verdict::Met).count();
        let judged = page
            .values
            .iter()
            .filter(|value| matches!(value.figure.verdict, Verdict::Met | Verdict::Missed))
            .count();
        figs.push(context! {
            label => visit.tr("kpi-fig-year", &[("count", &MONTHS.to_string())]),
            value => if judged > 0 { format!("{met} / {judged}") } else { page.values.len().to_string() },
            note => visit.t(if judged > 0 { "kpi-fig-months-met" } else { "kpi-fig-months-measured" }),
        });
    }
    figs.push(room_fig(visit, page, figure, is_share));
    figs.push(credit_fig(visit, page));
    figs
}

/// `24 of 25` for shares, `25 cases` for the rest.
fn counted(visit: &Visit, unit: Unit, figure: &Figure) -> String {
    let (part, n) = (visit.number(figure.numerator), visit.number(figure.n));
    if unit == Unit::Share {
        visit.tr("kpi-part-of", &[("part", &part), ("n", &n)])
    } else {
        visit.tr("kpi-n-cases", &[("n", &n)])
    }
}

fn room_fig(visit: &Visit, page: &MeasurePage, figure: &Figure, is_share: bool) -> Value {
    let definition = &page.version.definition;
    let unit = definition.aggregate.unit();
    let label = visit.t("kpi-fig-room");
    match definition.target_micro() {
        Some(target) if is_share && definition.direction == Direction::HigherIsBetter && figure.n > 0 => {
            let room = room_left(figure, target);
            let used = figure.n - figure.numerator;
            let note = visit.tr(
                if room < 0 { "kpi-room-over" } else { "kpi-room-note" },
                &[
                    ("allowed", &visit.number(room + used)),
                    ("used", &visit.number(used)),
                    ("over", &visit.number(-room)),
                ],
            );
            context! { label => label, value => visit.number(room.max(0)), unit => visit.t("kpi-cases"), note => note }
        }
        Some(target) => context! {
            label => visit.t("kpi-fig-distance"), note => self::target(visit, definition),
            value => figure.value_micro.map_or_else(|| "\u{2013}".to_owned(), |micro| {
                let by = micro - target;
                let sign = if by < 0 { "\u{2212}" } else { "+" };
                format!("{sign}{}", value(visit, unit, by.abs()))
            }),
        },
        None => context! { label => label, value => "\u{2013}", note => visit.t("kpi-no-target") },
    }
}

fn credit_fig(visit: &Visit, page: &MeasurePage) -> Value {
    let label = visit.tr("kpi-fig-credit", &[("month", &visit.formats.month_name(page.month))]);
    let of_month: Vec<&ServiceCredit> =
        page.credits.iter().filter(|credit| credit.month == page.month).collect();
    match of_month.first() {
        Some(first) => {
            let total = of_month.iter().map(|credit| credit.credit.minor).sum();
            context! {
                label => label, value => visit.formats.money(mandate_domain::Money::new(total, first.credit.currency)),
                note => visit.t(&format!("credit-state-{}", first.state.as_str())),
                href => format!("/accounts/{}/credits", page.account.id),
            }
        }
        None => {
            let id = if page.rules.is_empty() { "kpi-credit-no-rule" } else { "kpi-credit-not-computed" };
            context! { label => label, value => "\u{2013}", note => visit.t(id), href => format!("/accounts/{}/credits", page.account.id) }
        }
    }
}

fn chart(visit: &Visit, page: &MeasurePage) -> Value {
    let definition = &page.version.definition;
    let unit = definition.aggregate.unit();
    let first = page.month.plus(1 - MONTHS);
    let (mut points, mut seen) = (vec![], vec![]);
    for back in 0..MONTHS {
        let month = first.plus(back);
        let figure =
            page.values.iter().find(|value| value.month == month).map_or(Figure::NONE, |value| value.figure);
        let differs = figure.reported_micro.filter(|reported| Some(*reported) != figure.value_micro);
        seen.extend([figure.value_micro, figure.low_micro, figure.high_micro, differs].into_iter().flatten());
        points.push(json!({
            "label": visit.formats.month_name(month), "n": (figure.n > 0).then_some(figure.n),
            "value": plot(unit, figure.value_micro), "low": plot(unit, figure.low_micro), "high": plot(unit, figure.high_micro),
            "other": plot(unit, differs),
            "text": format!("{}: {}, {}", visit.month(month), value_or_dash(visit, unit, figure.value_micro), counted(visit, unit, &figure)),
        }));
    }
    seen.extend(definition.target_micro());
    let (min, max) = axis(unit, &seen);
    let figure = month_figure(page);
    let mut end = vec![];
    if let Some(micro) = figure.value_micro {
        end.push(visit.tr("kpi-chart-end", &[("value", &value(visit, unit, micro))]));
        if let Some((low, high)) = figure.low_micro.zip(figure.high_micro) {
            end.push(visit.tr(
                "kpi-chart-range",
                &[("low", &value(visit, unit, low)), ("high", &value(visit, unit, high))],
            ));
        }
    }
    let target_text = definition
        .target_micro()
        .map(|micro| visit.tr("kpi-chart-target", &[("value", &value(visit, unit, micro))]));
    view(json!({
        "unit": match unit { Unit::Share => "%", Unit::Seconds => "h", Unit::Count => "" },
        "min": min, "max": max, "side": "facts", "name": visit.t("kpi-our-clock"),
        "target": plot(unit, definition.target_micro()), "target_text": target_text, "n_name": "n",
        "other_name": visit.t("kpi-source"), "points": points, "end": end, "change": change(visit, page),
    }))
}

/// Where the definition changed within the months shown.
fn change(visit: &Visit, page: &MeasurePage) -> Option<serde_json::Value> {
    let first = page.month.plus(1 - MONTHS);
    let index = (1..MONTHS).find(|back| {
        page.kpi.versions.iter().any(|version| version.valid_from == first.plus(*back))
            && page.kpi.version_for(first.plus(*back - 1)).is_some()
    })?;
    Some(json!({ "index": index, "text": visit.t("kpi-definition-changed") }))
}

/// A range that holds every value with some room, shares never outside 0 to 100.
fn axis(unit: Unit, seen: &[i64]) -> (f64, f64) {
    let low = plot(unit, seen.iter().min().copied()).unwrap_or(0.0);
    let high = plot(unit, seen.iter().max().copied()).unwrap_or(1.0);
    match unit {
        Unit::Share => {
            (((low - 2.0) / 5.0).floor().max(0.0) * 5.0, ((high + 1.0) / 5.0).ceil().min(20.0) * 5.0)
        }
        Unit::Seconds | Unit::Count => {
            let step = 10_f64.powf((high.max(0.1)).log10().floor());
            (0.0, (high * 1.08 / step).ceil() * step)
        }
    }
}

fn twin(visit: &Visit, page: &MeasurePage, unit: Unit) -> Value {
    let heads = vec![
        context! { text => visit.t("kpi-month"), num => false },
        context! { text => visit.t("kpi-our-clock"), num => true },
        context! { text => visit.t("kpi-interval"), num => true },
        context! { text => "n", num => true },
        context! { text => visit.t("kpi-source"), num => true },
        context! { text => visit.t("kpi-state"), num => false },
    ];
    let rows: Vec<Vec<String>> = page
        .values
        .iter()
        .rev()
        .map(|row| {
            let figure = &row.figure;
            vec![
                visit.month(row.month),
                value_or_dash(visit, unit, figure.value_micro),
                figure.low_micro.zip(figure.high_micro).map_or_else(
                    || "\u{2013}".to_owned(),
                    |(low, high)| {
                        visit.tr(
                            "kpi-chart-range",
                            &[("low", &value(visit, unit, low)), ("high", &value(visit, unit, high))],
                        )
                    },
                ),
                visit.number(figure.n),
                value_or_dash(visit, unit, figure.reported_micro),
                verdict(visit, figure.verdict).1,
            ]
        })
        .collect();
    context! { heads => heads, rows => rows }
}

fn month_links(visit: &Visit, page: &MeasurePage) -> Vec<Value> {
    let link = |back: i32| {
        let month = page.month.plus(back);
        context! { key => month.to_string(), text => visit.month(month) }
    };
    let mut links = vec![link(-1)];
    if page.newest.is_some_and(|newest| page.month < newest) {
        links.push(link(1));
    }
    links
}

/// The source's flag beside our clock, never mixed; only where both speak of the same.
fn source_view(visit: &Visit, page: &MeasurePage, figure: &Figure) -> Option<Value> {
    if !page.version.definition.is_reported() || page.reported.0 == 0 {
        return None;
    }
    let (n, met) = page.reported;
    let figs = vec![
        context! {
            label => visit.t("kpi-reported"), value => value_or_dash(visit, Unit::Share, figure.reported_micro),
            note => visit.tr("kpi-part-of", &[("part", &visit.number(met)), ("n", &visit.number(n))]),
        },
        context! {
            label => visit.t("kpi-our-clock"), value => value_or_dash(visit, Unit::Share, figure.value_micro),
            note => counted(visit, Unit::Share, figure),
        },
        context! {
            label => visit.t("kpi-differ"), value => visit.number(i64::try_from(page.n_differing).unwrap_or(0)),
            unit => visit.tr("kpi-of-n", &[("n", &visit.number(n))]), note => visit.t("kpi-differ-note"),
        },
    ];
    let cases: Vec<Value> = page.differing.iter().take(8).map(|case| case_view(visit, page, case)).collect();
    Some(context! { figs => figs, cases => cases, more => page.n_differing > 8, n => page.n_differing })
}

fn case_view(visit: &Visit, page: &MeasurePage, case: &MeasuredCase) -> Value {
    let clock = case.clock(page.version.definition.clock);
    let met_word = |met: Option<bool>| {
        visit.t(match met {
            Some(true) => "kpi-met",
            Some(false) => "kpi-missed",
            None => "kpi-not-stated",
        })
    };
    let over = case.target_s.map(|target| clock.seconds - target).filter(|over| *over > 0);
    let contested = page.reviews.iter().any(|review| {
        review.case_id.as_deref() == Some(case.id.as_str())
            && matches!(&page.standing, Standing::Contested(words) if words.contains(&review.id))
    });
    context! {
        id => case.id.clone(), case_ref => case.case_ref.clone(), href => case_href(&case.id),
        sub => [case.category.as_str(), page.group_names.get(&case.group).unwrap_or(&case.group)].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" · "),
        priority => if case.priority == 0 { visit.t("kpi-not-stated") } else { format!("P{}", case.priority) },
        clock => visit.formats.clock(clock.seconds), clock_word => met_word(clock.met),
        clock_met => clock.met,
        source_word => met_word(case.reported_met), source_met => case.reported_met,
        over => over.map(|over| past(visit, over)),
        target => case.target_s.map(|target| visit.formats.duration(target)),
        excluded => (case.excluded_s > 0).then(|| visit.formats.duration(case.excluded_s)),
        contested => contested,
    }
}

/// The page of a case; its id holds a colon and the source's own text.
pub(super) fn case_href(id: &str) -> String {
    format!("/facts/cases/{}", percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC))
}

fn exclusions(visit: &Visit, page: &MeasurePage) -> Value {
    let count = |state| page.exclusions.iter().filter(|exclusion| exclusion.state == state).count();
    context! {
        agreed => count(ExclusionState::Agreed), proposed => count(ExclusionState::Proposed),
        excluded => page.missed.iter().chain(&page.differing).any(|case| case.excluded_s > 0),
        text => visit.tr("kpi-exclusions-count", &[
            ("agreed", &count(ExclusionState::Agreed).to_string()), ("proposed", &count(ExclusionState::Proposed).to_string()),
        ]),
    }
}

fn computed(visit: &Visit, page: &MeasurePage) -> Value {
    let definition = &page.version.definition;
    let row = |key: &str, value: String| context! { key => visit.t(key), value => value };
    let mut rows = vec![
        row("kpi-cases-counted", filter(visit, &definition.filter)),
        row("kpi-target", target(visit, definition)),
        row("kpi-cadence", visit.t(&format!("kpi-cadence-{}", page.kpi.cadence.as_str().replace('_', "-")))),
    ];
    let owner = page.kpi.owner_person_id.as_ref().and_then(|id| page.people.get(id.as_str()));
    rows.push(match owner {
        Some(name) => {
            context! { key => visit.t("kpi-owner"), value => name, person => person(name, "provider") }
        }
        None => row("kpi-owner", visit.t("kpi-nobody")),
    });
    rows.push(row(
        "kpi-source",
        match &page.kpi.scope {
            KpiScope::Source(id) => page.source.clone().unwrap_or_else(|| id.clone()),
            KpiScope::Account(_) | KpiScope::Everything => visit.t("kpi-every-source"),
        },
    ));
    if let Some(rule) = page.rules.first().filter(|rule| !rule.clause.is_empty()) {
        rows.push(row("kpi-clause", rule.clause.clone()));
    }
    let n_version =
        page.kpi.versions.iter().filter(|version| version.valid_from <= page.version.valid_from).count();
    context! {
        formula => formula(visit, definition), rows => rows,
        since => visit.tr("kpi-definition-since", &[("number", &n_version.to_string()), ("month", &visit.month(page.version.valid_from))]),
    }
}

fn walks(visit: &Visit, page: &MeasurePage) -> Vec<Value> {
    let newest = |id: &str| page.walkthroughs.iter().find(|walk| walk.client_person_id.as_str() == id);
    let mut walks: Vec<Value> = page
        .client_people
        .iter()
        .map(|client| {
            let walk = newest(&client.id);
            context! {
                person => person(&client.name, "client"), title => client.job_title.clone(),
                when => walk.map(|walk| visit.date(walk.held_on)),
                by => walk.and_then(|walk| walk.our_person_id.as_ref()).and_then(|id| page.people.get(id.as_str())).cloned(),
                note => walk.map(|walk| walk.note.clone()).unwrap_or_default(),
            }
        })
        .collect();
    walks.truncate(8);
    walks
}

fn reviews(visit: &Visit, page: &MeasurePage) -> Vec<Value> {
    page.reviews
        .iter()
        .map(|review| {
            let name = review.client_person_id.as_ref().and_then(|id| page.people.get(id.as_str()));
            let stands = match &page.standing {
                Standing::Agreed(id) => *id == review.id,
                Standing::Contested(ids) => ids.contains(&review.id),
                Standing::Open => false,
            };
            context! {
                verdict => visit.t(&format!("kpi-standing-{}", review.verdict.as_str())),
                status => if review.verdict.as_str() == "agreed" { "good" } else { "watch" },
                person => name.map(|name| person(name, "client")), when => visit.moment(review.at), note => review.note.clone(),
                case_ref => review.case_id.as_deref().map(|id| id.split_once(':').map_or(id, |(_, case)| case).to_owned()),
                case_href => review.case_id.as_deref().map(case_href), stands => stands,
            }
        })
        .collect()
}

/// The status mark of a credit.
pub(super) fn credit_status(state: CreditState) -> &'static str {
    match state {
        CreditState::Computed => "unknown",
        CreditState::Proposed => "watch",
        CreditState::Agreed | CreditState::Noted | CreditState::Waived => "good",
    }
}
