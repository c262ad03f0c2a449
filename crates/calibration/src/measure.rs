//! The comparison of judges with a person.

use crate::judge::{Category, Judge, Scale};
use crate::statistics::{Proportion, cohen_kappa};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ClassCounts, ImageClass, Quality, SheetNumber, Usd};

/// A person's label of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanWord {
    /// The class. If it is `None`, only the quality is compared.
    pub class: Option<ImageClass>,
    /// The quality, if the person gave one.
    pub quality: Option<Quality>,
}

/// The answer of one judge about one picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The class, or `None` if the judge is unsure. For a judge on [`Scale::Tone`],
    /// [`ImageClass::BwStylized`] means monochrome and any other class means coloured.
    pub class: Option<ImageClass>,
    /// The quality, if the judge rates quality.
    pub quality: Option<Quality>,
    /// The cost of this answer and everything that it is based on. For a vote, that is the
    /// picture's share of every sheet. Measuring pixels is free.
    pub cost: Usd,
}

/// The position of a picture on one sheet, and whether the answer about it there was correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The picture's number on the sheet.
    pub number: SheetNumber,
    /// Number of cells of the sheet.
    pub cells: u32,
    /// Whether the answer was the person's class.
    pub right: bool,
}

/// One picture with the person's label and the answers of the judges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The person's label of the picture.
    pub human: HumanWord,
    /// The answers of the judges that were asked about this picture.
    pub answers: BTreeMap<Judge, Given>,
    /// The position of the picture on every sheet that shows it.
    pub seats: Vec<Seat>,
    /// The total cost of all questions about this picture.
    pub cost: Usd,
}

/// A third of a sheet, by the numbers of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The first third of the cells.
    Beginning,
    /// The second third of the cells.
    Middle,
    /// The last third of the cells.
    End,
}

/// A confusion matrix: how often each label of the person coincides with each answer of the judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The categories of the rows and of the columns, in order.
    pub categories: Vec<Category>,
    /// Numbers of pictures: one row for each of the person's labels, one column for each answer of
    /// the judge.
    pub counts: Vec<Vec<usize>>,
    /// For each row, the number of pictures about which the judge is unsure.
    pub unsure: Vec<usize>,
}

/// How far a judge's quality ratings are from the person's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QualityGap {
    /// Number of pictures that both rated, at least 1.
    pub pictures: usize,
    /// Mean absolute difference, in steps of quality. It is preferred to the root mean square
    /// because it does not mix the size of the errors with their spread (Willmott and Matsuura,
    /// Climate Research 30, 2005).
    pub mean_absolute: f64,
    /// Mean of the judge's rating minus the person's. A positive value means that the judge rates
    /// too high.
    pub bias: f64,
}

/// The comparison of one judge with the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The judge that is compared.
    pub judge: Judge,
    /// The set of answers that the judge chose from.
    pub scale: Scale,
    /// Number of pictures that have a labelled class and an answer of this judge.
    pub pictures: usize,
    /// The answers of the judge against the labels of the person.
    pub confusion: Confusion,
    /// Share of correct answers among those that are not unsure.
    pub accuracy: Option<Proportion>,
    /// Share of answers that are not unsure.
    pub decided: Option<Proportion>,
    /// Cohen's kappa of the answers that are not unsure: see [`cohen_kappa`].
    pub kappa: Option<f64>,
    /// The judge's quality ratings against the person's, or `None` if no picture has both.
    pub quality: Option<QualityGap>,
    /// Mean cost of an answer, over all pictures that the judge was asked about.
    pub cost_per_picture: Usd,
}

/// The comparison of all judges with the person.
///
/// The confidence intervals assume that pictures are independent. Pictures of the same actor (a
/// character that a LoRA is trained on) are not entirely independent, so with many pictures of few
/// actors the true intervals are wider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The version of the file format: [`Self::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Number of labelled pictures.
    pub pictures: usize,
    /// Number of pictures of each class, by the labels of the person.
    pub classes: ClassCounts,
    /// One report for each judge that was asked, in the order of [`Judge`].
    pub judges: Vec<Report>,
    /// Share of wrong answers on single sheets, by the third of the sheet that shows the picture.
    pub wrong_by_part: BTreeMap<Part, Proportion>,
    /// Share of wrong answers on single sheets, by the picture's number.
    pub wrong_by_number: BTreeMap<SheetNumber, Proportion>,
    /// Total cost of all questions.
    pub cost: Usd,
    /// Mean cost per labelled picture.
    pub cost_per_picture: Usd,
}

impl Part {
    /// All parts, from the beginning of a sheet to its end.
    pub const ALL: [Self; 3] = [Self::Beginning, Self::Middle, Self::End];

    /// The name used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

impl Seat {
    /// The third of the sheet that shows the picture. A number beyond the last cell counts as the
    /// end.
    pub fn part(&self) -> Part {
        // Compared as products of integers, so sheets that do not divide by three are cut exactly.
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
    /// The version of the file format that this crate writes.
    pub const SCHEMA_VERSION: u32 = 1;

    /// The report on a judge, or `None` if the judge gave no answers.
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

    fn index_of(&self, category: Category) -> Option<usize> {
        self.categories.iter().position(|known| *known == category)
    }

    fn add(&mut self, truth: Category, said: Option<Category>) {
        let row = self.index_of(truth);
        let column = said.and_then(|said| self.index_of(said));
        let cell = match (row, column) {
            (Some(row), Some(column)) => {
                self.counts.get_mut(row).and_then(|row| row.get_mut(column))
            }
            (Some(row), None) => self.unsure.get_mut(row),
            // Cannot happen: both categories come from the scale of this matrix.
            (None, _) => None,
        };
        if let Some(cell) = cell {
            *cell += 1;
        }
    }

    /// Number of pictures in a row, including those about which the judge is unsure.
    pub fn row_total(&self, row: usize) -> usize {
        let decided: usize = self.counts.get(row).into_iter().flatten().sum();
        decided + self.unsure.get(row).copied().unwrap_or(0)
    }

    /// Number of answers that are not unsure.
    pub fn decided(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Number of correct answers, the sum of the diagonal.
    pub fn right(&self) -> usize {
        let diagonal = self.counts.iter().enumerate();
        diagonal.filter_map(|(at, row)| row.get(at)).sum()
    }
}

/// Compares every judge with the person. The order of the samples does not matter.
pub fn calibrate(samples: &[Sample]) -> Calibration {
    // Only the judges that were asked: a report on no answers would be meaningless.
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
        // Not asked is different from unsure, which is an answer without a class.
        let Some(given) = sample.answers.get(&judge) else {
            continue;
        };
        // Costs also count for samples without a labelled class, so `asked` may exceed `pictures`.
        asked += 1;
        cost += given.cost;
        // Both sides are mapped to the scale: for tone, two classes become the same answer.
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

/// The mean cost, rounded to the nearest billionth of a dollar, or 0 if `count` is 0.
fn mean(cost: Usd, count: usize) -> Usd {
    match u64::try_from(count) {
        Ok(count) if count > 0 => {
            let whole = cost.nanos() / count;
            let rest = cost.nanos() % count;
            // Rounded in integers, to keep amounts of money exact.
            Usd::from_nanos(whole + u64::from(rest >= count.div_ceil(2)))
        }
        _ => Usd::ZERO,
    }
}
