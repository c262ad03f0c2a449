//! Media types of stored objects.

/// The media type for the extension of `file_name`; `application/octet-stream` if it is unknown.
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
    fn media_type_follows_the_extension() {
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
