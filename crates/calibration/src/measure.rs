//! From a person's words and the judges' answers to figures.

use crate::judge::{Category, Judge, Scale};
use crate::statistics::{Proportion, cohen_kappa};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ClassCounts, ImageClass, Quality, SheetNumber, Usd};

/// What a person says of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanWord {
    /// Its class. Without one only qualities are compared.
    pub class: Option<ImageClass>,
    /// Its quality.
    pub quality: Option<Quality>,
}

/// What a judge said of a picture that it was asked about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The class; `None` where it would not say. Of a judge of [`Scale::Tone`],
    /// [`ImageClass::BwStylized`] stands for monochrome and any other class for coloured.
    pub class: Option<ImageClass>,
    /// The quality, of a judge that gives one.
    pub quality: Option<Quality>,
    /// What it cost to come by this answer, with all that it rests on: for a vote, the picture's share
    /// of every sheet; nothing for what the pixels say.
    pub cost: Usd,
}

/// Where a picture was on a sheet, and whether that sheet's answer was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Its number.
    pub number: SheetNumber,
    /// How many cells the sheet had.
    pub cells: u32,
    /// Whether the class was what the person says.
    pub right: bool,
}

/// One picture: what a person says of it and what the judges said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The person's word.
    pub human: HumanWord,
    /// The answers of those judges that were asked.
    pub answers: BTreeMap<Judge, Given>,
    /// Its place on every sheet that it was judged on.
    pub seats: Vec<Seat>,
    /// What was paid for all that was asked about it.
    pub cost: Usd,
}

/// Which third of a sheet, in the order of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The first third.
    Beginning,
    /// The second third.
    Middle,
    /// The last third.
    End,
}

/// How often a person's word met each answer of a judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// What rows and columns stand for, in order.
    pub categories: Vec<Category>,
    /// A row for each thing that the person says, a column for each that the judge said.
    pub counts: Vec<Vec<usize>>,
    /// For each row, how often the judge would not say.
    pub unsure: Vec<usize>,
}

/// How far a judge's qualities are from a person's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QualityGap {
    /// Pictures to which both gave a quality; at least 1.
    pub pictures: usize,
    /// The mean of the distances, in steps of quality (Willmott and Matsuura, Climate Research 30,
    /// 2005, say why not their squares).
    pub mean_absolute: f64,
    /// The mean of what the judge gave less what the person gave: above 0, it is too kind.
    pub bias: f64,
}

/// How well one judge agrees with the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The judge.
    pub judge: Judge,
    /// Between what it chose.
    pub scale: Scale,
    /// Pictures of which a person says the class and this judge was asked.
    pub pictures: usize,
    /// Its answers against the person's.
    pub confusion: Confusion,
    /// Right answers, of those in which it would say.
    pub accuracy: Option<Proportion>,
    /// Answers in which it would say, of all.
    pub decided: Option<Proportion>,
    /// Cohen's kappa of the answers in which it would say; see [`cohen_kappa`].
    pub kappa: Option<f64>,
    /// Its qualities against the person's; `None` where it gives none.
    pub quality: Option<QualityGap>,
    /// What an answer of it costs in the mean, over all pictures that it was asked about.
    pub cost_per_picture: Usd,
}

/// How far each judge can be trusted, as far as these pictures tell.
///
/// The intervals take pictures for independent of each other. Those of one actor are not quite, so
/// that many pictures of few actors say less than they seem to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The version of this format.
    pub schema_version: u32,
    /// Pictures of which a person says something.
    pub pictures: usize,
    /// How many of each class, by the person's word.
    pub classes: ClassCounts,
    /// Every judge that was asked, in order.
    pub judges: Vec<Report>,
    /// Wrong answers of single sheets by the third of the sheet that the picture was in.
    pub wrong_by_part: BTreeMap<Part, Proportion>,
    /// Wrong answers of single sheets by the picture's number.
    pub wrong_by_number: BTreeMap<SheetNumber, Proportion>,
    /// What was paid for all.
    pub cost: Usd,
    /// What was paid for a picture, in the mean.
    pub cost_per_picture: Usd,
}

impl Part {
    /// All parts, in order.
    pub const ALL: [Self; 3] = [Self::Beginning, Self::Middle, Self::End];

    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

impl Seat {
    /// The third of the sheet that it is in. A number that the sheet has no cell for is at its end.
    pub fn part(&self) -> Part {
        let before = u64::from(self.number.get() - 1);
        let cells = u64::from(self.cells);
        if before * 3 < cells {
            Part::Beginning
        } else if before * 3 < cells * 2 {
            Part::Middle
        } else {
            Part::End
        }
    }
}

impl Calibration {
    /// The version of the format that this program writes.
    pub const SCHEMA_VERSION: u32 = 1;

    /// The report on a judge; `None` for one that was asked about nothing.
    pub fn of(&self, judge: Judge) -> Option<&Report> {
        self.judges.iter().find(|report| report.judge == judge)
    }
}

impl Confusion {
    fn new(scale: Scale) -> Self {
        let categories = scale.categories().to_vec();
        let size = categories.len();
        Self {
            categories,
            counts: vec![vec![0; size]; size],
            unsure: vec![0; size],
        }
    }

    fn place(&self, category: Category) -> Option<usize> {
        self.categories.iter().position(|known| *known == category)
    }

    fn add(&mut self, truth: Category, said: Option<Category>) {
        let row = self.place(truth);
        let column = said.and_then(|said| self.place(said));
        let cell = match (row, column) {
            (Some(row), Some(column)) => {
                self.counts.get_mut(row).and_then(|row| row.get_mut(column))
            }
            (Some(row), None) => self.unsure.get_mut(row),
            (None, _) => None,
        };
        if let Some(cell) = cell {
            *cell += 1;
        }
    }

    /// How often the person says the category of a row.
    pub fn row_total(&self, row: usize) -> usize {
        let decided: usize = self.counts.get(row).into_iter().flatten().sum();
        decided + self.unsure.get(row).copied().unwrap_or(0)
    }

    /// Answers in which the judge would say.
    pub fn decided(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Answers that were what the person says.
    pub fn right(&self) -> usize {
        let diagonal = self.counts.iter().enumerate();
        diagonal.filter_map(|(at, row)| row.get(at)).sum()
    }
}

/// Compares every judge with the person. The order of the pictures does not matter.
pub fn calibrate(samples: &[Sample]) -> Calibration {
    let judges: BTreeSet<Judge> = samples
        .iter()
        .flat_map(|sample| sample.answers.keys().copied())
        .collect();
    let seats = || samples.iter().flat_map(|sample| &sample.seats);
    let cost = samples.iter().map(|sample| sample.cost).sum();
    Calibration {
        schema_version: Calibration::SCHEMA_VERSION,
        pictures: samples.len(),
        classes: samples
            .iter()
            .filter_map(|sample| sample.human.class)
            .collect(),
        judges: judges
            .into_iter()
            .map(|judge| report(judge, samples))
            .collect(),
        wrong_by_part: wrong_by(seats(), Seat::part),
        wrong_by_number: wrong_by(seats(), |seat| seat.number),
        cost,
        cost_per_picture: mean(cost, samples.len()),
    }
}

fn report(judge: Judge, samples: &[Sample]) -> Report {
    let scale = judge.scale();
    let mut confusion = Confusion::new(scale);
    let (mut asked, mut pictures, mut cost) = (0, 0, Usd::ZERO);
    let mut errors = Vec::new();
    for sample in samples {
        let Some(given) = sample.answers.get(&judge) else {
            continue;
        };
        asked += 1;
        cost += given.cost;
        if let Some(truth) = sample.human.class {
            pictures += 1;
            confusion.add(scale.of(truth), given.class.map(|class| scale.of(class)));
        }
        if let (Some(human), Some(machine)) = (sample.human.quality, given.quality) {
            errors.push(f64::from(machine.get()) - f64::from(human.get()));
        }
    }
    let decided = confusion.decided();
    Report {
        judge,
        scale,
        pictures,
        accuracy: Proportion::new(confusion.right(), decided),
        decided: Proportion::new(decided, pictures),
        kappa: cohen_kappa(&confusion.counts),
        confusion,
        quality: quality_gap(&errors),
        cost_per_picture: mean(cost, asked),
    }
}

fn quality_gap(errors: &[f64]) -> Option<QualityGap> {
    if errors.is_empty() {
        return None;
    }
    let count = errors.len() as f64;
    Some(QualityGap {
        pictures: errors.len(),
        mean_absolute: errors.iter().map(|error| error.abs()).sum::<f64>() / count,
        bias: errors.iter().sum::<f64>() / count,
    })
}

fn wrong_by<'a, K: Ord>(
    seats: impl Iterator<Item = &'a Seat>,
    key: impl Fn(&Seat) -> K,
) -> BTreeMap<K, Proportion> {
    let mut counted: BTreeMap<K, (usize, usize)> = BTreeMap::new();
    for seat in seats {
        let (wrong, of) = counted.entry(key(seat)).or_default();
        *wrong += usize::from(!seat.right);
        *of += 1;
    }
    counted
        .into_iter()
        .filter_map(|(key, (wrong, of))| Some((key, Proportion::new(wrong, of)?)))
        .collect()
}

/// The mean amount, rounded to the nearest billionth of a dollar; nothing for no pictures.
fn mean(cost: Usd, count: usize) -> Usd {
    match u64::try_from(count) {
        Ok(count) if count > 0 => {
            let whole = cost.nanos() / count;
            let rest = cost.nanos() % count;
            Usd::from_nanos(whole + u64::from(rest >= count.div_ceil(2)))
        }
        _ => Usd::ZERO,
    }
}
