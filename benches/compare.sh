#!/usr/bin/env bash
# Compares the making of sheets with Pillow and libvips, as whole processes on one thread.
#
#   benches/compare.sh              builds the crate's example `sheets` and measures that
#   TDBAL=path/to/tdbal benches/compare.sh     measures `tdbal sheet` instead
#
# Needs python3 with venv, and pip's index for Pillow and pyvips. Nothing is installed outside a
# temporary folder, which is removed at the end.
#
# ROUNDS    rounds, each of which runs every program once, in turn (7)
# ACTORS    actors of 20 pictures (20)
# FEATURES  features for the example, e.g. `fast`
# CARGO     the cargo to call (cargo)
# COMPARE_DIR   a folder to keep corpus and environment in, for another run
# EXTRA     name=command of a further program to measure, called with FOLDER... -o OUTDIR
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cargo=${CARGO:-cargo}
if [[ -n ${COMPARE_DIR:-} ]]; then
    work=$COMPARE_DIR
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

cd "$root"
"$cargo" build --quiet --release -p composite --examples --features "${FEATURES:-}"
target=$("$cargo" metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
if [[ -n ${TDBAL:-} ]]; then
    ours="$TDBAL sheet"
else
    ours="$target/release/examples/sheets"
fi

if [[ ! -d $work/venv ]]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet pillow 'pyvips[binary]'
fi
if [[ ! -d $work/corpus ]]; then
    "$target/release/examples/corpus" "$work/corpus" "${ACTORS:-20}"
fi

"$work/venv/bin/python" "$root/benches/compare_rounds.py" \
    "$work/corpus" "$work/out" "${ROUNDS:-7}" "$ours" ${EXTRA:+"$EXTRA"}
