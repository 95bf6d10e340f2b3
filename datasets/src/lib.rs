//! File formats of gapwave as sources and sinks of chunks, and its bundled samples.
