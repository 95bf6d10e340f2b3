// Transforms of 2, 4 and 8 numbers in registers, forward, results in natural order.

fn cmul(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// Times −i.
fn down(a: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.y, -a.x); }

fn dft2(a: ptr<function, vec2<f32>>, b: ptr<function, vec2<f32>>) {
    let d = *a - *b;
    *a = *a + *b;
    *b = d;
}

fn dft4(a: ptr<function, vec2<f32>>, b: ptr<function, vec2<f32>>,
        c: ptr<function, vec2<f32>>, d: ptr<function, vec2<f32>>) {
    let e0 = *a + *c;
    let e1 = *a - *c;
    let o0 = *b + *d;
    let o1 = down(*b - *d);
    *a = e0 + o0;
    *b = e1 + o1;
    *c = e0 - o0;
    *d = e1 - o1;
}

fn dft8(v0: ptr<function, vec2<f32>>, v1: ptr<function, vec2<f32>>,
        v2: ptr<function, vec2<f32>>, v3: ptr<function, vec2<f32>>,
        v4: ptr<function, vec2<f32>>, v5: ptr<function, vec2<f32>>,
        v6: ptr<function, vec2<f32>>, v7: ptr<function, vec2<f32>>) {
    const H = 0.70710678118654752;
    let a = *v0 + *v4;
    let b = *v0 - *v4;
    let c = *v2 + *v6;
    let d = down(*v2 - *v6);
    let e0 = a + c;
    let e1 = b + d;
    let e2 = a - c;
    let e3 = b - d;
    let f = *v1 + *v5;
    let g = *v1 - *v5;
    let h = *v3 + *v7;
    let k = down(*v3 - *v7);
    let o0 = f + h;
    let s1 = g + k;
    let o2 = down(f - h);
    let s3 = g - k;
    let o1 = H * vec2<f32>(s1.x + s1.y, s1.y - s1.x);
    let o3 = H * vec2<f32>(s3.y - s3.x, -s3.x - s3.y);
    *v0 = e0 + o0;
    *v1 = e1 + o1;
    *v2 = e2 + o2;
    *v3 = e3 + o3;
    *v4 = e0 - o0;
    *v5 = e1 - o1;
    *v6 = e2 - o2;
    *v7 = e3 - o3;
}
