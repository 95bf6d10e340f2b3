#!/usr/bin/env bash
# Checks that `cargo run --release`, `cargo test --release --workspace` and clippy resolve every dependency to the same
# features. polars takes ten minutes of a cold build on two cores; where the features of one crate below it differ
# between two of these commands, it is built again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Lines `name version features`, one for each way in which a crate is built. Members of the workspace are left out:
# they are the ones whose features are varied.
resolved() {
    cargo tree --locked --prefix none --format '{p} | {f}' "$@" |
        sed -e 's/ (\*)$//' -e 's/ (proc-macro)//' -e 's/ *$//' | grep -v -e '^gapwave' -e '^$' | LC_ALL=C sort -u
}

# What each command builds. Development dependencies take part as soon as a test or an example is built.
resolved --edges normal,build >"$tmp/run"
resolved --edges normal,build,dev --workspace >"$tmp/test-and-clippy"
resolved --edges normal,build --workspace >"$tmp/doc"
resolved --edges normal,build,dev >"$tmp/test-of-the-root"
# The crates below polars, and those that most others share; with the version, since a development dependency may bring
# another version of a crate, which makes nothing else be built again.
{
    cargo tree --locked --prefix none --format '{p}' --edges normal,build --package polars
    cargo tree --locked --prefix none --format '{p}' --edges normal,build |
        grep -E '^(serde|serde_json|rayon|bytemuck|wgpu|naga|rustfft|num-complex|toml) '
} | cut -d ' ' -f 1,2 | LC_ALL=C sort -u >"$tmp/shared"

status=0
for other in test-and-clippy test-of-the-root doc; do
    for side in run "$other"; do
        awk 'NR == FNR { shared[$1 " " $2]; next } $1 " " $2 in shared' "$tmp/shared" "$tmp/$side" >"$tmp/$side.shared"
    done
    if ! diff "$tmp/run.shared" "$tmp/$other.shared" >"$tmp/diff"; then
        echo "features differ between run (<) and $other (>):" >&2
        grep '^[<>]' "$tmp/diff" >&2
        status=1
    fi
done
if [ $status = 0 ]; then
    polars=$(grep -c '^polars' "$tmp/run.shared" || true)
    if [ "$polars" = 0 ]; then
        echo "polars is not built at all: this check checks nothing" >&2
        exit 1
    fi
    echo "$(wc -l <"$tmp/run.shared") shared crates, $polars of them polars, are built with one set of features"
fi
exit $status
