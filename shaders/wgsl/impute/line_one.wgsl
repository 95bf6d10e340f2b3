fn line(a: Cell, b: Cell, number: f32, span: f32) -> Cell { return straight(a, b, number, span); }
