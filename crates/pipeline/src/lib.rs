//! Evaluate, plan, apply: concurrency, progress, audit, events.
