//! The text form of hashes, and their distance.

use super::*;

#[test]
fn hashes_are_written_as_64_digits_and_read_back() {
    let mut bytes = [0; BYTES];
    bytes[0] = 0xab;
    let hash = PerceptualHash::from_bytes(bytes);
    let text = serde_json::to_string(&hash).unwrap();
    assert_eq!(text, format!("\"ab{}\"", "0".repeat(62)));
    assert_eq!(serde_json::from_str::<PerceptualHash>(&text).unwrap(), hash);
    let mut refused = 0;
    for wrong in [
        "",
        "ab",
        &"0".repeat(63),
        &"0".repeat(66),
        &"g".repeat(64),
        &"+f".repeat(32),
    ] {
        let error = wrong.parse::<PerceptualHash>().unwrap_err();
        assert!(
            error.to_string().contains("64 hexadecimal digits"),
            "{error}"
        );
        assert!(serde_json::from_value::<PerceptualHash>(wrong.into()).is_err());
        refused += 1;
    }
    assert_eq!(refused, 6);
}

#[test]
fn distance_counts_different_bits() {
    let zero = PerceptualHash::from_bytes([0; BYTES]);
    let one = PerceptualHash::from_bytes([0b0101_0001; BYTES]);
    assert_eq!(zero.distance(&zero), 0);
    assert_eq!(zero.distance(&one), 3 * 32);
    assert_eq!(one.distance(&zero), 3 * 32);
}
