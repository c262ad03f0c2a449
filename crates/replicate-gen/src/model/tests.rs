use super::*;

#[test]
fn presets_are_found_by_short_and_full_name() {
    let presets = ModelSettings::presets();
    assert_eq!(
        presets.keys().collect::<Vec<_>>(),
        ["flux-kontext-max", "flux-kontext-pro", "nano-banana"]
    );
    for (short, preset) in &presets {
        assert_eq!(&ModelSettings::preset(short).unwrap(), preset);
        assert_eq!(
            &ModelSettings::preset(preset.name.as_str()).unwrap(),
            preset
        );
        assert!(preset.price_usd > Usd::ZERO);
    }
    assert_eq!(
        ModelSettings::preset("dall-e").unwrap_err().to_string(),
        "unknown image model \"dall-e\": use one of flux-kontext-max, flux-kontext-pro, \
         nano-banana, or add settings for it"
    );
}

#[test]
fn presets_build_the_documented_input() {
    let inputs: Map<String, Value> = ModelSettings::presets()
        .into_iter()
        .map(|(short, preset)| {
            let input = preset.input("a prompt", 12_345, "data:image/jpeg;base64,AAAA");
            (short, Value::Object(input))
        })
        .collect();
    insta::assert_json_snapshot!(inputs);
}

#[test]
fn settings_round_trip_through_toml() {
    for preset in ModelSettings::presets().into_values() {
        let text = toml::to_string(&preset).unwrap();
        assert_eq!(toml::from_str::<ModelSettings>(&text).unwrap(), preset);
    }
}

#[test]
fn model_names_have_an_owner_and_a_name() {
    assert!(ModelName::new("google/nano-banana").is_ok());
    for bad in [
        "", "a", "a/", "/b", "a/b/c", "a/b:0123", "../b", "a/..", "a b/c",
    ] {
        assert!(ModelName::new(bad).is_err(), "{bad:?}");
    }
}
