//! Figures of measures in the reader's words: values by unit, targets, states, filters, formulas.

use mandate_domain::facts::case_filter::CaseFilter;
use mandate_domain::facts::kpi::{
    Aggregate, Direction, Figure, KpiDefinition, MICRO, MeasuredClock, Unit, Verdict,
};
use mandate_domain::facts::result::Standing;
use minijinja::{Value, context};

use crate::frame::{Visit, initials};

/// A value in its unit: `96.0%`, `4 h 20 min`, `12.5`.
pub fn value(visit: &Visit, unit: Unit, micro: i64) -> String {
    match unit {
        Unit::Share => visit.formats.percent_of_micro(micro, 1),
        Unit::Seconds => visit.formats.duration((micro + MICRO / 2).div_euclid(MICRO)),
        Unit::Count if micro % MICRO == 0 => visit.number(micro / MICRO),
        Unit::Count => visit.formats.fixed((micro + 5_000).div_euclid(10_000), 2),
    }
}

/// A value or a dash.
pub fn value_or_dash(visit: &Visit, unit: Unit, micro: Option<i64>) -> String {
    micro.map_or_else(|| "\u{2013}".to_owned(), |micro| value(visit, unit, micro))
}

/// `80% interval 87.5% to 98.8%`, where there is one.
pub fn interval(visit: &Visit, unit: Unit, figure: &Figure) -> Option<String> {
    let (low, high) = figure.low_micro.zip(figure.high_micro)?;
    Some(
        visit.tr("ui-interval-80", &[("low", &value(visit, unit, low)), ("high", &value(visit, unit, high))]),
    )
}

/// A number for a chart: percent, hours, or the count itself.
#[expect(clippy::cast_precision_loss, reason = "a chart needs no more than 53 bits")]
pub fn plot(unit: Unit, micro: Option<i64>) -> Option<f64> {
    micro.map(|micro| {
        let plain = micro as f64 / MICRO as f64;
        match unit {
            Unit::Share => plain * 100.0,
            Unit::Seconds => plain / 3_600.0,
            Unit::Count => plain,
        }
    })
}

/// The target with its direction: `at least 95.0%`.
pub fn target(visit: &Visit, definition: &KpiDefinition) -> String {
    let Some(micro) = definition.target_micro() else { return visit.t("kpi-no-target") };
    let text = value(visit, definition.aggregate.unit(), micro);
    match definition.direction {
        Direction::HigherIsBetter => visit.tr("kpi-at-least", &[("value", &text)]),
        Direction::LowerIsBetter => visit.tr("kpi-at-most", &[("value", &text)]),
    }
}

/// Status mark and word of a verdict.
pub fn verdict(visit: &Visit, verdict: Verdict) -> (&'static str, String) {
    let status = match verdict {
        Verdict::Met => "good",
        Verdict::Missed => "risk",
        Verdict::TooFew | Verdict::NoTarget | Verdict::NotMeasured => "unknown",
    };
    (status, visit.t(&format!("kpi-verdict-{}", verdict.as_str().replace('_', "-"))))
}

/// Status mark and word of what the client says.
pub fn standing(visit: &Visit, standing: &Standing) -> (&'static str, String) {
    let status = match standing {
        Standing::Open => "unknown",
        Standing::Agreed(_) => "good",
        Standing::Contested(_) => "watch",
    };
    (status, visit.t(&format!("kpi-standing-{}", standing.as_str())))
}

/// What is computed, in one sentence.
pub fn formula(visit: &Visit, definition: &KpiDefinition) -> String {
    let clock = visit.t(match definition.clock {
        MeasuredClock::Resolution => "kpi-clock-resolution",
        MeasuredClock::Response => "kpi-clock-response",
        MeasuredClock::Update => "kpi-clock-update",
    });
    let parameter = definition.aggregate.parameter().unwrap_or(0);
    let number = visit.number(parameter);
    let arguments = [("clock", clock.as_str()), ("number", number.as_str())];
    match &definition.aggregate {
        Aggregate::ShareWithin { seconds } => visit.tr(
            "kpi-formula-share-within",
            &[("clock", &clock), ("duration", &visit.formats.duration(*seconds))],
        ),
        Aggregate::Rate { of, over, .. } => visit.tr(
            "kpi-formula-rate",
            &[
                ("of", &visit.t(&format!("kpi-counted-{}", of.as_str()))),
                ("over", &visit.t(&format!("kpi-counted-{}", over.as_str()))),
                ("number", &number),
            ],
        ),
        Aggregate::PerUnits { of, .. } => visit.tr(
            "kpi-formula-per-units",
            &[("of", &visit.t(&format!("kpi-counted-{}", of.as_str()))), ("number", &number)],
        ),
        Aggregate::WeightedPool { weights } => {
            let weights: Vec<String> =
                weights.iter().map(|(priority, weight)| format!("P{priority} × {weight}")).collect();
            visit.tr("kpi-formula-weighted-pool", &[("clock", &clock), ("weights", &weights.join(", "))])
        }
        aggregate => visit.tr(&format!("kpi-formula-{}", aggregate.kind().replace('_', "-")), &arguments),
    }
}

/// Which cases, in words: `priority 1 or 2, category Network`.
pub fn filter(visit: &Visit, filter: &CaseFilter) -> String {
    let priorities: Vec<String> = filter.priorities().iter().map(u8::to_string).collect();
    let lists = [
        ("kpi-filter-priority", &priorities[..]),
        ("kpi-filter-group", filter.groups()),
        ("kpi-filter-team", filter.teams()),
        ("kpi-filter-category", filter.categories()),
        ("kpi-filter-kind", filter.kinds()),
    ];
    let parts: Vec<String> = lists
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(id, list)| visit.tr(id, &[("list", &list.join(", "))]))
        .collect();
    if parts.is_empty() { visit.t("kpi-filter-all") } else { parts.join("; ") }
}

/// A person for a chip: name, initials and side.
pub fn person(name: &str, side: &str) -> Value {
    context! { name => name, initials => initials(name), side => side }
}

/// `how much past its target`: `+0:43:08`.
pub fn past(visit: &Visit, seconds: i64) -> String {
    if seconds < 0 { visit.formats.clock(seconds) } else { format!("+{}", visit.formats.clock(seconds)) }
}
