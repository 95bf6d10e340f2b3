#!/usr/bin/env bash
# The GPU kit: a stand-alone binary for machines with a GPU and without a toolchain.
#
#   ci/gpu.sh         builds kit/gapwave, where there is cargo
#   ci/gpu.sh --run   checks and measures with kit/gapwave (or $GAPWAVE_BIN); also what happens where there is no cargo.
#                     Writes devices.jsonl, check.jsonl and bench.jsonl into $OUT (default: kit/out)
#
# To carry: this script and kit/gapwave, which may lie beside each other. The run needs bash and a Vulkan driver.
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
    mkdir -p kit
    cp "$bin" kit/gapwave

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

run() {
    local bin="" candidate out status=0
    for candidate in "${GAPWAVE_BIN:-}" "$here/../kit/gapwave" "$here/gapwave"; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            bin=$candidate
            break
        fi
    done
    [ -n "$bin" ] || fail "no kit/gapwave and no \$GAPWAVE_BIN: build it with ci/gpu.sh where there is cargo"
    out=${OUT:-$here/../kit/out}
    mkdir -p "$out" || fail "cannot write to $out"

    # All three run whatever becomes of the first: what fails on a machine seen for the first time is of interest.
    one() {
        local name=$1 code=0
        shift
        echo "=== gapwave $*"
        "$bin" "$@" >"$out/$name.jsonl" 2>"$out/$name.log" || code=$?
        cat "$out/$name.log" >&2
        echo "=== exit status $code, $(wc -l <"$out/$name.jsonl") lines in $out/$name.jsonl"
        [ $code = 0 ] || status=$code
        if [ ! -s "$out/$name.jsonl" ]; then
            echo "gpu.sh: gapwave $1 said nothing" >&2
            [ $status != 0 ] || status=1
        fi
    }
    one devices devices --json
    one check check --device gpu --json
    one bench bench run --device all --json
    return $status
}

case "${1:-}" in
--run) run ;;
"") if command -v cargo >/dev/null; then build; else run; fi ;;
*) fail "usage: ci/gpu.sh [--run]" ;;
esac
