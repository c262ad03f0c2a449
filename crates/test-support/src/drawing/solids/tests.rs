use super::*;

#[test]
fn ball_is_round_and_its_middle_faces_the_viewer() {
    let mut body = Body::new();
    body.ball([0.0, 0.5, 0.0], 0.5, Material::Skin);
    let view = View {
        axis: 50.0,
        ground: 100.0,
        scale: 100.0,
    };
    let hits = HitMap::render(&body, view, 100, 100);
    let middle = hits.at(50, 50).unwrap();
    assert!(middle.normal[2] > 0.99 && (middle.depth - 0.5).abs() < 0.01);
    assert!(hits.at(2, 2).is_none());
    let covered = (0..100 * 100).filter(|i| hits.at(i % 100, i / 100).is_some());
    let share = covered.count() as f32 / 10_000.0;
    assert!((share - 0.785).abs() < 0.01, "{share}");
}

#[test]
fn nearer_solid_hides_the_one_behind() {
    let mut body = Body::new();
    body.block([0.0, 0.5, 1.0], [0.2; 3], Material::Trim).ball(
        [0.0, 0.5, 0.0],
        0.5,
        Material::Skin,
    );
    let view = View {
        axis: 20.0,
        ground: 40.0,
        scale: 40.0,
    };
    let hits = HitMap::render(&body, view, 40, 40);
    assert_eq!(hits.at(20, 20).unwrap().material, Material::Trim);
    assert_eq!(hits.at(5, 20).unwrap().material, Material::Skin);
    assert!(hits.contour(11, 20, 2));
}
