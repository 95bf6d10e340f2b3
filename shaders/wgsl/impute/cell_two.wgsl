// A cell of 64 bits, low word first.
alias Cell = vec2<u32>;
fn cell(low: u32, high: u32) -> Cell { return vec2<u32>(low, high); }
fn low(c: Cell) -> u32 { return c.x; }
fn high(c: Cell) -> u32 { return c.y; }
