//! What records amount to, and how each record is written.

mod changes;
mod expected;
mod format;
mod inspections;
mod orders;
mod steps;
