//! Retry decision, backoff, shared rate limit, redaction; a thin loop over reqwest.
