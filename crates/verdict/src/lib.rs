//! What to believe of a picture.
