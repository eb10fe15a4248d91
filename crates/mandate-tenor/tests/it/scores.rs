//! The scores of the Turing Change Point Dataset (van den Burg and Williams 2020): F1 with margin 5, and covering.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::data;

/// A series without missing values, and where its annotators saw changes.
pub struct Annotated {
    pub name: String,
    pub values: Vec<f64>,
    pub annotations: Vec<Vec<usize>>,
    /// The benchmark's own rows of its default methods, by column.
    pub published: BTreeMap<String, f64>,
}

fn published(folder: &std::path::Path) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut reader = csv::Reader::from_path(folder.join("published_default.csv")).expect("the scores");
    let columns: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.expect("a row");
        let values = columns.iter().zip(&record).skip(1);
        (
            record[0].to_owned(),
            values.filter_map(|(name, cell)| Some((name.clone(), cell.parse().ok()?))).collect(),
        )
    };
    reader.records().map(row).collect()
}

/// All series of one dimension with complete values and annotations.
pub fn series() -> Option<Vec<Annotated>> {
    let folder = data("tcpd")?;
    let read = |path: &std::path::Path| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
    };
    let (annotations, published) = (read(&folder.join("annotations.json")), published(&folder));
    let mut found = vec![];
    for (name, by_person) in annotations.as_object().expect("an object") {
        let path = folder.join(format!("{name}.json"));
        if !path.exists() {
            continue;
        }
        let file = read(&path);
        let raw = file["series"][0]["raw"].as_array().expect("values");
        let values: Vec<f64> = raw.iter().filter_map(serde_json::Value::as_f64).collect();
        if file["n_dim"] != 1 || values.len() < raw.len() {
            continue;
        }
        let points = |points: &serde_json::Value| {
            let points = points.as_array().expect("a list").iter();
            points.map(|point| point.as_u64().expect("an index") as usize).collect()
        };
        let annotations = by_person.as_object().expect("an object").values().map(points).collect();
        let published = published.get(name).cloned().unwrap_or_default();
        found.push(Annotated { name: name.clone(), values, annotations, published });
    }
    Some(found)
}

/// How many true points have a found point within the margin, each found point used once.
fn matched(truth: &BTreeSet<usize>, found: &BTreeSet<usize>) -> f64 {
    let mut left = found.clone();
    let near = |point: &usize| {
        let nearest = left.iter().map(|x| (point.abs_diff(*x), *x)).filter(|(off, _)| *off <= 5).min();
        nearest.is_some_and(|(_, x)| left.remove(&x))
    };
    truth.iter().map(near).filter(|is_near| *is_near).count() as f64
}

fn with_first(points: &[usize]) -> BTreeSet<usize> {
    points.iter().copied().chain([0]).collect()
}

impl Annotated {
    pub fn f1(&self, found: &[usize]) -> f64 {
        let found = with_first(found);
        let people: Vec<BTreeSet<usize>> = self.annotations.iter().map(|points| with_first(points)).collect();
        let union: BTreeSet<usize> = people.iter().flatten().copied().collect();
        let precision = matched(&union, &found) / found.len() as f64;
        let recalls = people.iter().map(|points| matched(points, &found) / points.len() as f64);
        let recall = recalls.sum::<f64>() / people.len() as f64;
        2.0 * precision * recall / (precision + recall)
    }

    fn segments(&self, points: &[usize]) -> Vec<(usize, usize)> {
        let mut ends = with_first(points);
        ends.insert(self.values.len());
        let ends: Vec<usize> = ends.into_iter().collect();
        ends.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }

    pub fn cover(&self, found: &[usize]) -> f64 {
        let parts = self.segments(found);
        let overlap = |(a, b): (usize, usize), (c, d): (usize, usize)| {
            b.min(d).saturating_sub(a.max(c)) as f64 / (b.max(d) - a.min(c)) as f64
        };
        let covered = |truth: (usize, usize)| {
            let best = parts.iter().map(|part| overlap(truth, *part)).fold(0.0, f64::max);
            best * (truth.1 - truth.0) as f64
        };
        let of = |points: &Vec<usize>| self.segments(points).into_iter().map(covered).sum::<f64>();
        let total: f64 = self.annotations.iter().map(of).sum();
        total / (self.annotations.len() * self.values.len()) as f64
    }
}
