//! What a picture says by itself.
