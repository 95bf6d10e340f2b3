#!/usr/bin/env bash
# Runs all tests. Needs only a Rust toolchain; about 30 minutes on two cores the first time, most of it polars.
#
#   GAPWAVE_REQUIRE_GPU=1   a missing GPU (Mesa's software Vulkan counts) is a failure, not a message
#   GAPWAVE_TEST_DATA=DIR   the larger data that some tests read; they say so where it is missing
#
# Tests are built with the release profile: polars is then compiled once for `cargo run --release` and for the tests.
# The crates that do not need it are tested a second time with overflow checks and debug assertions.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

loud() { printf '\n!!! %s\n\n' "$*" >&2; }

# ---- software Vulkan ------------------------------------------------------------------------------------------------

has_vulkan() {
    [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && return 0
    local icd loader
    icd=$(find -L /usr/share/vulkan/icd.d /usr/local/share/vulkan/icd.d /etc/vulkan/icd.d \
        -name 'lvp_icd*.json' 2>/dev/null | head -n 1)
    loader=$(find -L /usr/lib /usr/lib64 /usr/local/lib -maxdepth 2 -name 'libvulkan.so.1' 2>/dev/null | head -n 1)
    [ -n "$icd" ] && [ -n "$loader" ]
}

if [ "$(uname -s)" = Linux ] && ! has_vulkan; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing Mesa's software Vulkan, on which the GPU tests run ..."
        export DEBIAN_FRONTEND=noninteractive
        log=$(mktemp)
        { apt-get update && apt-get install -y --no-install-recommends mesa-vulkan-drivers libvulkan1; } >"$log" 2>&1 ||
            tail -n 5 "$log" >&2
        rm -f "$log"
    fi
    if ! has_vulkan; then
        loud "No software Vulkan here: install mesa-vulkan-drivers and libvulkan1 (names of Debian's packages)." \
            "Without a real GPU either, the GPU tests do not run."
        [ "${GAPWAVE_REQUIRE_GPU:-}" = 1 ] && exit 1
    fi
fi

# ---- larger data ----------------------------------------------------------------------------------------------------

if [ -z "${GAPWAVE_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
    GAPWAVE_TEST_DATA=$(cd ../shared/data && pwd)
    export GAPWAVE_TEST_DATA
fi
if [ -z "${GAPWAVE_TEST_DATA:-}" ]; then
    loud "GAPWAVE_TEST_DATA is not set: tests on the larger data do not run."
fi

# ---- steps ----------------------------------------------------------------------------------------------------------

log=$(mktemp)
trap 'rm -f "$log"' EXIT
summary=()
failed=0

step() {
    local name=$1 begin=$SECONDS status=0
    shift
    printf '\n=== %s: %s\n' "$name" "$*"
    "$@" 2>&1 | tee -a "$log" || status=1
    [ $status = 0 ] || failed=1
    summary+=("$(printf '%-44s %5d s  %s' "$name" $((SECONDS - begin)) "$([ $status = 0 ] && echo ok || echo FAILED)")")
}

# Overflow checks and debug assertions, but not the slowness of no optimisation at all.
checked() {
    CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only cargo "$@"
}

step "workspace, all features" cargo test --release --workspace --no-fail-fast
step "examples" cargo build --release --workspace --examples
for features in "" gpu gpu,bench; do
    step "root, features [$features]" \
        cargo test --release -p gapwave --no-default-features --features "$features" --no-fail-fast
done
step "datasets without tables" cargo test --release -p gapwave-datasets --no-default-features --no-fail-fast
step "light crates with overflow checks" checked test --no-fail-fast \
    -p gapwave-columns -p gapwave-shaders -p gapwave-kernels -p gapwave-harness

# ---- verdict --------------------------------------------------------------------------------------------------------

printf '\n'
printf '%s\n' "${summary[@]}"
# cargo prints "test result: ok. 12 passed; 0 failed; ..." for each test program.
read -r passed wrong < <(awk '/^test result: / {
    for (i = 2; i <= NF; i++) { if ($i == "passed;") p += $(i - 1); if ($i == "failed;") f += $(i - 1) }
} END { print p + 0, f + 0 }' "$log")
if [ "$passed" = 0 ]; then
    loud "No test ran."
    failed=1
fi
echo "$passed passed, $wrong failed"
[ "$wrong" = 0 ] && [ $failed = 0 ]
