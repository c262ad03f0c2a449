//! Bytes of pictures in, one numbered sheet of thumbnails out.
