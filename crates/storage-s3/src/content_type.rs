//! The media type that an object is stored under.

/// The media type for a file name's extension; that of plain bytes for one that is not known.
pub(crate) fn of(file_name: &str) -> &'static str {
    let extension = file_name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "html" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides() {
        let cases = [
            ("a.png", "image/png"),
            ("A.JPG", "image/jpeg"),
            ("a.b.jpeg", "image/jpeg"),
            ("manifest.json", "application/json"),
            ("audit.jsonl", "application/jsonl"),
            ("png", "application/octet-stream"),
            ("a.xyz", "application/octet-stream"),
        ];
        for (name, expected) in cases {
            assert_eq!(of(name), expected, "{name}");
        }
    }
}
