// A cell of 32 bits.
alias Cell = u32;
fn cell(low: u32, high: u32) -> Cell { return low; }
fn low(c: Cell) -> u32 { return c; }
fn high(c: Cell) -> u32 { return 0u; }
