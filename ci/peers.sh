#!/usr/bin/env bash
# Measures gapwave beside other libraries, Python's among them, and writes docs/benchmarks.md and the raw records.
# `ci/peers.sh` measures everything in about half an hour; `ci/peers.sh fft` (filter, impute, primitives) one family,
# whose section is then the only one that changes. The first build takes longer: it compiles polars.
# Not part of CI. bench-harness/peers/README.md says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1-}" in
-h | --help)
    sed -n 's/^# \{0,1\}//p' "$0" | sed 1d
    exit 0
    ;;
esac

venv="${XDG_CACHE_HOME:-$HOME/.cache}/gapwave/peers-venv"
wanted=bench-harness/peers/requirements.txt
# The installed versions are remembered, so that nothing is asked of the package index when they are there already.
if ! cmp -s "$wanted" "$venv/requirements.txt"; then
    echo "installing the Python peers into $venv" >&2
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$venv/requirements.txt"
fi

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
# Results of an earlier run do not make the sources differ.
if [ -n "$(git status --porcelain --untracked-files=no -- ':!docs' ':!bench-harness/results' 2>/dev/null)" ]; then
    commit+=" with changes"
fi
target=${CARGO_TARGET_DIR:-bench-harness/peers/target}
GAPWAVE_COMMIT=$commit cargo build --release --locked --manifest-path bench-harness/peers/Cargo.toml \
    --target-dir "$target" --bin gapwave-peers

"$target/release/gapwave-peers" run "$@" --python "$venv/bin/python" --command "ci/peers.sh${*:+ $*}" \
    --page docs/benchmarks.md --results bench-harness/results
