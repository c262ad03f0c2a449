//! Asks a vision model about a numbered sheet and checks its answer.
