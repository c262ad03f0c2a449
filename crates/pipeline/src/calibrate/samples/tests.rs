use super::*;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};

fn votes(said: &[(ImageClass, i64)]) -> Vec<Opinion> {
    said.iter()
        .map(|(class, quality)| Opinion {
            class: *class,
            quality: Quality::new(*quality).unwrap(),
            faults: Vec::new(),
        })
        .collect()
}

#[test]
fn divided_votes_give_no_class() {
    let mut seen = 0;
    for (said, class, quality) in [
        (&[(Photorealistic, 5)][..], Some(Photorealistic), 5),
        (&[(Photorealistic, 5), (BwStylized, 6)], None, 6),
        (
            &[(BwStylized, 2), (ColorStylized, 9), (BwStylized, 4)],
            Some(BwStylized),
            4,
        ),
        (
            &[(BwStylized, 1), (ColorStylized, 1), (Photorealistic, 1)],
            None,
            1,
        ),
    ] {
        let votes = votes(said);
        let votes: Vec<&Opinion> = votes.iter().collect();
        assert_eq!(majority(&votes), class);
        assert_eq!(median(&votes), Quality::new(quality).ok());
        seen += 1;
    }
    assert_eq!(seen, 4);
    assert_eq!((majority(&[]), median(&[])), (None, None));
}
