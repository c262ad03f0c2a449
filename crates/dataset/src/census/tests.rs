//! Which losses count as suspicious.

use super::*;

fn census(files: &[(&str, usize)]) -> Census {
    Census {
        taken_at: "t".into(),
        files: files
            .iter()
            .map(|(actor, count)| (ActorId::new(*actor).unwrap(), *count))
            .collect(),
    }
}

#[test]
fn only_a_loss_of_more_than_half_is_suspicious() {
    let before = census(&[("0001", 20), ("0002", 20), ("0003", 3), ("0004", 8)]);
    let after = census(&[("0001", 10), ("0002", 9), ("0003", 0), ("0004", 30)]);
    let lost = before.shrinkage(&after);
    assert_eq!(lost.actors, None);
    assert_eq!(
        lost.files.into_iter().collect::<Vec<_>>(),
        [
            (ActorId::new("0002").unwrap(), (20, 9)),
            (ActorId::new("0003").unwrap(), (3, 0))
        ]
    );
    assert_eq!(before.shrinkage(&census(&[])).actors, Some((4, 0)));
    assert_eq!(
        before.shrinkage(&census(&[("0001", 20), ("0002", 20)])),
        Shrinkage::default()
    );
}
