//! The plot of a calibration: accuracy with intervals, confusion matrices, errors by position.
//!
//! The plot is one self-contained SVG file. It has its own background, light or dark as the
//! viewer's system prefers, so it is legible on any page. Correct answers also have an outline,
//! because colour alone is not accessible to everyone.

mod bars;
mod matrix;
mod page;
mod words;

use crate::measure::Calibration;
use bars::Bar;
use maud::{Markup, PreEscaped, html};
use page::{MARGIN, WIDTH};
use words::{counts, summary};

/// Height of a section heading including the space around it.
const HEADING: u32 = 48;

/// Light by default, dark if the system prefers it. Viewers without media queries show light.
const STYLE: &str = "
text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.h1{font-size:20px;font-weight:600}.h2{font-size:15px;font-weight:600}
.note{font-size:12px;fill:#59636e}
.mid{text-anchor:middle}.end{text-anchor:end}
.page{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:1}
.track{fill:#eff2f5}.bar{fill:#4a8fd4}.wrong{fill:#d9773a}
.whisker{stroke:#1f2328;stroke-width:1.5;fill:none}
.cell{fill:#eff2f5}.right-cell{fill:#4a8fd4}.wrong-cell{fill:#d9773a}.unsure-cell{fill:#8b949e}
.frame{fill:none;stroke:#1f2328;stroke-width:1.5}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.note{fill:#9aa4af}.page{fill:#0d1117}.grid{stroke:#3d444d}
.track,.cell{fill:#1c222b}.whisker,.frame{stroke:#e6edf3}
}
";

/// Draws a calibration as a self-contained SVG file.
pub fn plot_svg(calibration: &Calibration) -> String {
    let accuracy = bars::accuracy(&calibration.judges);
    let positions: Vec<Bar> = bars::positions(calibration);
    let mut sections = vec![
        Section::new(
            "Correct answers, leaving out unsure ones (95 % confidence interval)",
            bars::height(&accuracy),
            bars::draw(&accuracy),
        ),
        Section::new(
            "Labels of the person (rows) against answers of the judge (columns)",
            matrix::height(&calibration.judges),
            matrix::draw(&calibration.judges),
        ),
    ];
    if !positions.is_empty() {
        sections.push(Section::new(
            "Wrong answers on single sheets, by position on the sheet (95 % confidence interval)",
            bars::height(&positions),
            bars::draw(&positions),
        ));
    }
    let top = MARGIN + 60;
    // The height must be known before drawing: it is an attribute of the root element.
    let height = sections
        .iter()
        .map(|section| HEADING + section.height)
        .sum::<u32>()
        + top
        + MARGIN;
    let mut at = top;
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}"))
            width=(WIDTH) height=(height) role="img" aria-labelledby="title summary" {
            title id="title" { "Agreement of each judge with the person" }
            desc id="summary" { (summary(calibration)) }
            // Constant, so safe without escaping. All other text is escaped.
            style { (PreEscaped(STYLE)) }
            rect class="page" width=(WIDTH) height=(height) {}
            text class="h1" x=(MARGIN) y=(MARGIN + 14) { "Agreement of each judge with the person" }
            text class="note" x=(MARGIN) y=(MARGIN + 36) { (counts(calibration)) }
            @for section in &sections {
                text class="h2" x=(MARGIN) y=(at + 20) { (section.title) }
                g transform=(format!("translate({MARGIN} {})", at + HEADING - 14)) { (section.drawn) }
                // The template language has no statements; this advances `at`.
                @let () = at += HEADING + section.height;
            }
        }
    };
    drawn.into_string()
}

/// A part of the plot with its own heading.
struct Section {
    title: &'static str,
    height: u32,
    drawn: Markup,
}

impl Section {
    const fn new(title: &'static str, height: u32, drawn: Markup) -> Self {
        Self {
            title,
            height,
            drawn,
        }
    }
}
