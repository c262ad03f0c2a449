use super::*;

#[test]
fn each_limit_is_inclusive_and_named_in_the_error() {
    let limits = Limits {
        max_width: 40,
        max_height: 30,
        max_pixels: 1000,
    };
    assert!(check_size(40, 25, &limits).is_ok());
    for (width, height) in [(41, 1), (1, 31), (40, 26)] {
        let error = check_size(width, height, &limits).unwrap_err();
        assert!(matches!(error, PictureError::TooLarge { .. }), "{error}");
        let message = error.to_string();
        for setting in [
            "limits.max_width",
            "limits.max_height",
            "limits.max_pixels",
            "40",
            "30",
            "1000",
        ] {
            assert!(message.contains(setting), "{message:?} lacks {setting}");
        }
    }
    assert!(matches!(
        check_size(0, 10, &limits),
        Err(PictureError::Unreadable { .. })
    ));
    let unlimited = Limits {
        max_pixels: u64::MAX,
        max_width: u32::MAX,
        max_height: u32::MAX,
    };
    assert!(check_size(u32::MAX, u32::MAX, &unlimited).is_ok());
}
