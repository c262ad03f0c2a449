//! Training manifest and actor manifest: bytes to values and back, with nothing lost.
