use super::*;
use crate::settings::ModelOverrides;
use jiff::civil::date;

#[test]
fn known_models_know_their_price_and_their_end() {
    let mini = ModelSettings::named("gpt-4.1-mini-2025-04-14");
    assert_eq!(mini.name, "gpt-4.1-mini-2025-04-14");
    assert_eq!(mini.shutdown_date, Some(date(2027, 1, 14)));
    let tokens = Tokens {
        input: 1_296,
        cached: 0,
        output: 0,
    };
    // The worked example: 1000 x 800 pixels for $0.000518.
    assert_eq!(mini.prices.of(tokens), Usd::from_nanos(518_400));
    assert!(ModelSettings::is_known("gpt-6-luna"));
    for unknown in ["gpt-4.1-mini-turbo", "llava", "gpt-4.1"] {
        assert!(!ModelSettings::is_known(unknown), "{unknown}");
    }
}

#[test]
fn cached_tokens_are_cheaper_and_never_more_than_were_sent() {
    let prices = ModelSettings::named("gpt-4.1-mini").prices;
    let cost = |input, cached, output| {
        prices.of(Tokens {
            input,
            cached,
            output,
        })
    };
    assert_eq!(
        cost(1_000, 600, 100),
        Usd::from_nanos(160_000 + 60_000 + 160_000)
    );
    assert_eq!(cost(10, 99, 0), Usd::from_nanos(1_000));
}

#[test]
fn a_limit_grows_with_the_pictures_and_is_raised_within_bounds() {
    let settings = ModelSettings::named("gpt-4.1-mini");
    assert_eq!(settings.output_cap(20), 512 + 20 * 64);
    assert_eq!(settings.raised_cap(1_792), Some(7_168));
    assert_eq!(settings.raised_cap(20_000), Some(32_768));
    assert_eq!(settings.raised_cap(32_768), None);
    assert_eq!(settings.output_cap(usize::MAX), 32_768);
}

#[test]
fn settings_go_through_toml_and_change_only_what_they_name() {
    for name in ModelSettings::KNOWN {
        let settings = ModelSettings::named(name);
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<ModelSettings>(&text).unwrap(), settings);
    }
    let overrides: ModelOverrides =
        toml::from_str("detail = \"low\"\nprices = { input = 1.0 }\n").unwrap();
    let changed = overrides.apply(ModelSettings::named("gpt-6-luna"));
    assert_eq!(changed.detail, Detail::Low);
    assert!((changed.prices.input - 1.0).abs() < f64::EPSILON);
    assert_eq!(changed.max_output_tokens, 128_000);
}
