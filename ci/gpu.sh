#!/usr/bin/env bash
# The GPU kit: a stand-alone binary for machines with a GPU and without a toolchain.
#
#   ci/gpu.sh         builds kit/gapwave, where there is cargo, and lays what the run needs beside it
#   ci/gpu.sh --run   checks and measures with kit/gapwave (or $GAPWAVE_BIN); also what happens where there is no cargo.
#                     Writes devices.jsonl, check.jsonl, bench.jsonl and peers.jsonl into $OUT (default: out in the kit), each
#                     with what was said beside it in a .log
#
# To carry: the folder kit/, which holds a copy of this script; `kit/gpu.sh --run` there. The run needs bash and a
# Vulkan driver; with Python 3 it also measures CuPy, PyTorch and scikit-learn, as far as they are installed. It takes
# less than eight minutes: GAPWAVE_BENCH_TIME (default 4m) and GAPWAVE_PEERS_TIME (seconds, default 120) are the parts
# that can be cut short. GAPWAVE_DEVICE=gpu:NAME chooses the GPU (default: the best one).
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
limit=$((15 * 1024 * 1024))

fail() {
    echo "gpu.sh: $*" >&2
    exit 1
}

build() {
    cd "$here/.." || exit 1
    local commit target bin size newest
    commit=$(git rev-parse --short HEAD 2>/dev/null) || commit=unknown
    if [ "$commit" != unknown ] && [ -n "$(git status --porcelain --untracked-files=no)" ]; then
        commit=$commit-dirty
    fi
    GAPWAVE_COMMIT=$commit cargo build --locked --profile kit --no-default-features --features gpu,bench --bin gapwave ||
        fail "the build failed"
    target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
    bin=$target/kit/gapwave
    [ -x "$bin" ] || fail "no binary at $bin"
    rm -rf kit/gpu_peers
    mkdir -p kit/gpu_peers
    cp "$bin" kit/gapwave
    cp ci/gpu.sh kit/gpu.sh
    cp bench-harness/peers/gpu_peers/*.py kit/gpu_peers/

    size=$(wc -c <kit/gapwave)
    [ "$size" -lt "$limit" ] || fail "kit/gapwave has $size bytes, allowed are $limit"
    if command -v readelf >/dev/null; then
        if readelf -S kit/gapwave | grep -q '\.symtab'; then fail "kit/gapwave is not stripped"; fi
        newest=$(readelf -V kit/gapwave | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    else
        echo "gpu.sh: no readelf here, so it is not checked that the binary is stripped" >&2
    fi
    echo "kit/gapwave: $size bytes, commit $commit, needs ${newest:-an unknown C library}"
}

# The first of these that is there.
first() {
    local test=$1 candidate
    shift
    for candidate in "$@"; do
        if [ -n "$candidate" ] && [ "$test" "$candidate" ]; then
            echo "$candidate"
            return
        fi
    done
}

run() {
    local bin peers python out status=0 begin=$SECONDS
    bin=$(first -x "${GAPWAVE_BIN:-}" "$here/gapwave" "$here/../kit/gapwave")
    [ -n "$bin" ] || fail "no kit/gapwave and no \$GAPWAVE_BIN: build it with ci/gpu.sh where there is cargo"
    peers=$(first -d "$here/gpu_peers" "$here/../bench-harness/peers/gpu_peers")
    python=$(command -v python3 || true)
    if [ -x "$here/gapwave" ]; then out=${OUT:-$here/out}; else out=${OUT:-$here/../kit/out}; fi
    mkdir -p "$out" || fail "cannot write to $out"

    # All run whatever becomes of the first: what fails on a machine seen for the first time is of interest.
    one() {
        local name=$1 code=0 began=$SECONDS
        shift
        echo "=== $*"
        "$@" >"$out/$name.jsonl" 2>"$out/$name.log" || code=$?
        cat "$out/$name.log" >&2
        echo "=== exit status $code after $((SECONDS - began)) s, $(wc -l <"$out/$name.jsonl") lines in $out/$name.jsonl"
        if [ ! -s "$out/$name.jsonl" ] && [ $code = 0 ]; then
            echo "gpu.sh: it said nothing" >&2
            code=1
        fi
        return $code
    }
    # The first failure counts, and a wrong result before all others.
    note() { if [ $status = 0 ] || [ "$1" = 4 ]; then status=$1; fi; }
    one devices "$bin" devices --json || note $?
    one check "$bin" check --device "${GAPWAVE_DEVICE:-gpu}" --json || note $?
    one bench "$bin" bench run --device "${GAPWAVE_DEVICE:-all}" --max-time "${GAPWAVE_BENCH_TIME:-4m}" --json ||
        note $?
    if [ -z "$python" ]; then
        echo "gpu.sh: no python3 here, so peers are not measured" >&2
    elif [ -z "$peers" ]; then
        echo "gpu.sh: no folder gpu_peers here, so peers are not measured" >&2
    else
        # A peer that is not installed or fails is its own line, and no failure of the kit.
        one peers "$python" "$peers" --max-time "${GAPWAVE_PEERS_TIME:-120}" ||
            echo "gpu.sh: not all peers could be measured; see $out/peers.log" >&2
    fi
    echo "=== $((SECONDS - begin)) s in all"
    return $status
}

case "${1:-}" in
--run) run ;;
"") if command -v cargo >/dev/null; then build; else run; fi ;;
*) fail "usage: ci/gpu.sh [--run]" ;;
esac
