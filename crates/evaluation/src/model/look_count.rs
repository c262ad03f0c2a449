//! How many questions judging a set takes. The question loop and the cost estimate both use these
//! functions, so the estimate follows the rules by which the loop asks.

use verdict::{JudgingSettings, LookPolicy, Votes};
use vision_eval::Repertoire;

/// Expected sheets per set with [`Votes::Auto`]: the third sheet is the exception.
const AUTO_SHEETS: usize = 2;

/// Expected pictures per close look with [`LookPolicy::Auto`]: one picture in four.
const PICTURES_PER_CLOSE_LOOK: usize = 4;

/// Number of questions about one set, without control sheets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LookCount {
    /// Sheets of the whole set.
    pub sheets: usize,
    /// Pictures shown alone.
    pub close: usize,
}

/// The settings by which an actor is judged, given what its model can answer. A model that has one
/// recorded sheet per actor is asked for nothing else.
#[must_use]
pub fn judging_settings(settings: &JudgingSettings, repertoire: Repertoire) -> JudgingSettings {
    JudgingSettings {
        one_sheet: repertoire == Repertoire::OneSheet,
        ..settings.clone()
    }
}

/// The expected number of questions about a set of `pictures` pictures that are readable, without
/// labels and without cached answers.
///
/// The number is exact for [`LookPolicy::Close`] and for a fixed number of sheets without close
/// looks. [`LookPolicy::Auto`] depends on the answers: a quarter of the pictures is assumed to need
/// a close look, rounded up. [`Votes::Auto`] is counted as 2 sheets, although sheets that disagree
/// lead to a third.
///
/// ```
/// use evaluation::model::look_count::{LookCount, expected_looks};
/// use verdict::JudgingSettings;
///
/// let count = expected_looks(&JudgingSettings::default(), 21);
/// assert_eq!(count, LookCount { sheets: 2, close: 6 });
/// ```
#[must_use]
pub fn expected_looks(settings: &JudgingSettings, pictures: usize) -> LookCount {
    if settings.one_sheet {
        return LookCount {
            sheets: 1,
            close: 0,
        };
    }
    let sheets = match settings.votes {
        Votes::Fixed(sheets) => sheets.get() as usize,
        Votes::Auto => AUTO_SHEETS,
    };
    match settings.look {
        LookPolicy::Sheet => LookCount { sheets, close: 0 },
        LookPolicy::Close => LookCount {
            sheets: 0,
            close: pictures,
        },
        LookPolicy::Auto => LookCount {
            sheets,
            close: pictures.div_ceil(PICTURES_PER_CLOSE_LOOK),
        },
    }
}

#[cfg(test)]
mod tests;
