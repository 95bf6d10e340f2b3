#!/usr/bin/env bash
# Fuzzes the decoders: each target for so many seconds, one after the other.
#
#   ci/fuzz.sh [SECONDS] [TARGET…]      600 seconds and all targets if nothing is said
#
# Needs a nightly toolchain (sanitizers) and a C++ compiler (libFuzzer). New inputs are kept in fuzz/corpus/<target>; the
# first ones come from fuzz/corpus-seeds/<target>. What fails is written to fuzz/artifacts/<target> and can be given to
# the target's program as an argument. `cargo fuzz run TARGET` does the same where cargo-fuzz is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../fuzz"

seconds=${1:-600}
[ $# -gt 0 ] && shift
if [ $# -gt 0 ]; then
    targets=("$@")
else
    mapfile -t targets < <(basename -s .rs fuzz_targets/*.rs)
fi

host=$(rustc +nightly -vV | sed -n 's/^host: //p')
# As cargo-fuzz has it: coverage for libFuzzer, address sanitizer, overflow checks and debug assertions. With --target,
# build scripts stay without.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address -Cdebug-assertions -Coverflow-checks \
-Ccodegen-units=1"
cargo +nightly build --release --target "$host" --bins
built=${CARGO_TARGET_DIR:-target}/$host/release

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    echo "=== $target, $seconds s"
    seeds=()
    [ -d "corpus-seeds/$target" ] && seeds=("corpus-seeds/$target")
    # A recording in HDF5 hardly fits into the usual length.
    longest=8192
    [ "$target" = hdf5 ] && longest=20480
    # One thread: what runs in parallel would make coverage and memory depend on chance.
    if RAYON_NUM_THREADS=1 "$built/$target" -max_total_time="$seconds" -max_len="$longest" -rss_limit_mb=2048 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="artifacts/$target/" "corpus/$target" "${seeds[@]}" >"$log" 2>&1; then
        grep -E 'DONE|stat::(number_of|average|peak)' "$log"
    else
        tail -n 60 "$log"
        status=1
    fi
done
exit $status
