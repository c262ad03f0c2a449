# `just` lists these. Each line is a plain command, so you can also type it without just.

[private]
default:
    @just --list --unsorted

# Run every test; arguments go to cargo, for example `just test -p verdict`
test *args="--workspace":
    cargo test {{ args }}

# Check formatting, spelling, dependencies and lints
check:
    .ci/check

# Try tdbal on the demonstration set, without keys or network
demo *args:
    cargo run --release -- demo {{ args }}

# Run what every change must pass (under 45 minutes on 2 cores)
ci:
    .ci/run

# Run random sequences of runs, crashes and undos for this many minutes
soak minutes="60":
    .ci/soak {{ minutes }}

# Run what takes longer than a change may wait for (about 3 hours)
nightly:
    .ci/nightly
