use super::*;
use crate::settings::ModelOverrides;
use jiff::civil::date;

#[test]
fn known_models_have_prices_and_shutdown_dates() {
    let mini = ModelSettings::named("gpt-4.1-mini-2025-04-14");
    assert_eq!(mini.name, "gpt-4.1-mini-2025-04-14");
    assert_eq!(mini.shutdown_date, Some(date(2027, 1, 14)));
    let tokens = Tokens {
        input: 1_296,
        cached: 0,
        output: 0,
    };
    // A picture of 1000 x 800 pixels costs $0.000518.
    assert_eq!(mini.prices.of(tokens), Usd::from_nanos(518_400));
    assert!(ModelSettings::is_known("gpt-6-luna"));
    for unknown in ["gpt-4.1-mini-turbo", "llava", "gpt-4.1"] {
        assert!(!ModelSettings::is_known(unknown), "{unknown}");
    }
}

#[test]
fn cached_tokens_are_cheaper_and_capped_at_the_input() {
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
fn output_cap_grows_with_pictures_up_to_the_maximum() {
    let settings = ModelSettings::named("gpt-4.1-mini");
    assert_eq!(settings.output_cap(20), 512 + 20 * 64);
    assert_eq!(settings.raised_cap(1_792), Some(7_168));
    assert_eq!(settings.raised_cap(20_000), Some(32_768));
    assert_eq!(settings.raised_cap(32_768), None);
    assert_eq!(settings.output_cap(usize::MAX), 32_768);
}

#[test]
fn settings_round_trip_and_overrides_replace_fields() {
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
