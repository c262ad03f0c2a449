//! The terminal that people read.

use ::render::Style;
use std::io::{self, IsTerminal as _, Write as _};
use terminal_size::{Width, terminal_size};

/// The columns of the terminal; `None` if the stream is not one.
pub(super) fn width(is_terminal: bool) -> Option<usize> {
    let size = terminal_size().filter(|_| is_terminal);
    size.map(|(Width(columns), _)| usize::from(columns))
}

/// Writes lines to standard error, wrapped at words if it is a terminal. An error is ignored: there is
/// nowhere left to report it.
pub(super) fn write_note(text: &str) {
    let style = Style {
        width: width(io::stderr().is_terminal()),
        ..Style::default()
    };
    let mut stderr = io::stderr().lock();
    for line in text.split('\n') {
        let _ = stderr.write_all(style.wrap(line, 2).as_bytes());
    }
}
