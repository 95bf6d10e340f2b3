#!/usr/bin/env bash
# Holds what does not depend on the machine's speed (dispatches, bytes moved, pipelines compiled, device memory, host
# allocations) to ci/counts.jsonl, on the CPU and at WebGPU's minimum limits on any adapter, Mesa's software Vulkan
# included. Then makes every kernel do one dispatch, copy or allocation too many, or something wrong, and sees that this
# is noticed: a check that cannot fail would say nothing.
#
#   ci/counts.sh            checks
#   ci/counts.sh --update   writes ci/counts.jsonl anew, after a change that is meant
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The same build as that of `cargo run --release` and of the tests.
cargo build --release --bin gapwave
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
gapwave=$target/release/gapwave
count() { "$gapwave" bench count --baseline ci/counts.jsonl "$@"; }

if [ "${1:-}" = --update ]; then
    count --update
    exit
fi
count

must_exit() {
    local want=$1 status=0
    shift
    count --kernel linear,scan,c2c "$@" >/dev/null 2>&1 || status=$?
    if [ "$status" != "$want" ]; then
        echo "counts.sh: bench count $* ended with $status instead of $want" >&2
        exit 1
    fi
    echo "bench count $*: exit status $status, as it should be"
}
must_exit 3 --sabotage dispatch
must_exit 3 --sabotage copy
must_exit 3 --sabotage allocation
must_exit 4 --sabotage wrong
must_exit 0
