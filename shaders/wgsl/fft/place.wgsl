// Row and column within the row of column c of the workgroup.
fn place(first: u32, c: u32) -> vec2<u32> {
    let g = first + c;
    return vec2<u32>(g / COLS, g % COLS);
}
