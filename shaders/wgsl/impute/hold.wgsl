// The observation before, moved as bits.
const HOLDS = true;
fn line(a: Cell, b: Cell, number: f32, span: f32) -> Cell { return a; }
