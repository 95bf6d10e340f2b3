//! Every case of every kernel is planned for several sets of limits, and the final WGSL goes through naga. wgpu itself
//! does not check all of this: workgroup memory and the sizes of uniform blocks, for two.

use gapwave_columns::{Array, Meta};
use gapwave_kernels::plan::{BufKind, Plan, Program, Slice, Step};
use gapwave_kernels::{Caps, Error, registry::KERNELS};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, ResourceBinding};
use std::collections::HashMap;

/// A binding of group 0 as the shader declares it.
#[derive(Clone, Copy)]
struct Binding {
    size: u32,
    uniform: bool,
    writes: bool,
}

/// What naga found in a shader, so that a text is read once however many plans use it.
struct Shader {
    workgroup: [u32; 3],
    shared_bytes: u32,
    bindings: Vec<Binding>,
}

fn read_shader(p: &Program) -> Result<Shader, String> {
    let module = naga::front::wgsl::parse_str(&p.wgsl).map_err(|e| e.emit_to_string(&p.wgsl))?;
    let mut capabilities = Capabilities::default();
    capabilities.set(Capabilities::SUBGROUP, p.needs.subgroups);
    capabilities.set(Capabilities::SHADER_FLOAT16, p.needs.f16);
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .map_err(|e| e.emit_to_string(&p.wgsl))?;
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).map_err(|e| e.to_string())?;
    let [entry] = module.entry_points.as_slice() else { return Err("not one entry point".into()) };
    if entry.name != "main" {
        return Err(format!("the entry point is {}", entry.name));
    }
    let used = info.get_entry_point(0);
    let mut bindings: Vec<Option<Binding>> = Vec::new();
    let mut shared_bytes = 0;
    for (handle, var) in module.global_variables.iter() {
        let size = layouter[var.ty].size;
        if var.space == AddressSpace::WorkGroup && !used[handle].is_empty() {
            shared_bytes += size;
        }
        if let Some(ResourceBinding { group, binding }) = var.binding {
            if group != 0 {
                return Err(format!("a binding in group {group}"));
            }
            if used[handle].is_empty() {
                return Err(format!("binding {binding} is not used"));
            }
            let at = binding as usize;
            bindings.resize(bindings.len().max(at + 1), None);
            bindings[at] = Some(Binding {
                size,
                uniform: var.space == AddressSpace::Uniform,
                writes: used[handle].contains(naga::valid::GlobalUse::WRITE),
            });
        }
    }
    let bindings = bindings.into_iter().collect::<Option<Vec<_>>>().ok_or("a binding number is skipped")?;
    Ok(Shader { workgroup: entry.workgroup_size, shared_bytes, bindings })
}

fn check_slice(plan: &Plan, s: &Slice) -> Result<(), String> {
    let buf = plan.bufs.get(s.buf.0).ok_or("a slice of a buffer that is not there")?;
    let end = s.offset.checked_add(s.bytes).ok_or("a slice without end")?;
    if end > buf.bytes || s.bytes == 0 || s.offset % 4 != 0 || s.bytes % 4 != 0 {
        return Err(format!("bytes {}..{end} of {buf:?}", s.offset));
    }
    Ok(())
}

fn check_step(plan: &Plan, step: &Step, shaders: &mut HashMap<String, Shader>) -> Result<(), String> {
    let (program, bind, uniform, groups) = match step {
        Step::Run { program, bind, uniform, groups, .. } => (program, bind, uniform, groups),
        Step::Copy { from, to } => {
            check_slice(plan, from)?;
            check_slice(plan, to)?;
            let fits = from.bytes >= to.bytes && from.buf != to.buf;
            return if fits { Ok(()) } else { Err("a copy within a buffer, or of too little".into()) };
        }
        Step::Zero { what } => return check_slice(plan, what),
    };
    if !shaders.contains_key(program.wgsl.as_ref()) {
        shaders.insert(program.wgsl.to_string(), read_shader(program)?);
    }
    let shader = &shaders[program.wgsl.as_ref()];
    if shader.workgroup != program.workgroup {
        return Err(format!("workgroup {:?}, said {:?}", shader.workgroup, program.workgroup));
    }
    if shader.shared_bytes > program.shared_bytes {
        return Err(format!("{} bytes of workgroup memory, said {}", shader.shared_bytes, program.shared_bytes));
    }
    let blocks = usize::from(!uniform.is_empty());
    if shader.bindings.len() != bind.len() + blocks {
        return Err(format!("{} bindings for {} in the shader", bind.len() + blocks, shader.bindings.len()));
    }
    for (i, b) in shader.bindings.iter().enumerate() {
        if b.uniform != (i < blocks) {
            return Err(format!("binding {i} is in the wrong place for a uniform block"));
        }
        let have = if i < blocks { uniform.len() as u64 * 4 } else { bind[i - blocks].bytes };
        if have.next_multiple_of(16) < u64::from(b.size) {
            return Err(format!("binding {i} has {have} bytes, the shader's type {}", b.size));
        }
    }
    for (i, s) in bind.iter().enumerate() {
        check_slice(plan, s)?;
        let (at, kind) = (i + blocks, &plan.bufs[s.buf.0].kind);
        let writes = shader.bindings[at].writes;
        if writes && matches!(kind, BufKind::In(_) | BufKind::InValid(_) | BufKind::Const(_)) {
            return Err(format!("binding {at} writes {kind:?}"));
        }
        for (j, t) in bind.iter().enumerate() {
            let overlap = s.buf == t.buf && s.offset < t.offset + t.bytes && t.offset < s.offset + s.bytes;
            if i != j && overlap && writes {
                return Err(format!("bindings {at} and {} share bytes that are written", j + blocks));
            }
        }
    }
    if groups.count() == 0 { Err("no workgroups".into()) } else { Ok(()) }
}

/// The outputs that nothing writes.
fn unwritten(plan: &Plan, outs: &[Meta]) -> Vec<BufKind> {
    let mut want: Vec<BufKind> = Vec::new();
    for (i, m) in outs.iter().enumerate().filter(|(_, m)| m.elements() > 0) {
        want.push(BufKind::Out(i));
        want.extend(m.nullable.then_some(BufKind::OutValid(i)));
    }
    let touched = |want: &BufKind| {
        plan.steps.iter().any(|s| {
            let slices = match s {
                Step::Run { bind, .. } => bind.as_slice(),
                Step::Copy { to, .. } => std::slice::from_ref(to),
                Step::Zero { what } => std::slice::from_ref(what),
            };
            slices.iter().any(|s| plan.bufs[s.buf.0].kind == *want)
        })
    };
    want.retain(|w| !touched(w));
    want
}

#[test]
fn every_case_plans_within_the_limits() {
    let all = [
        ("discrete", Caps::discrete()),
        ("llvmpipe", Caps::llvmpipe()),
        ("minimum", Caps::webgpu_minimum()),
        ("minimum, f64 as f32", Caps::webgpu_minimum().f64_as_f32()),
    ];
    let mut shaders = HashMap::new();
    let (mut planned, mut too_large) = (0, 0);
    for entry in KERNELS {
        for case in (entry.cases)() {
            let data: Vec<Meta> = case.ins.iter().map(Array::meta).collect();
            let io = case.kernel.infer(&data).unwrap_or_else(|e| panic!("{}, {}: {e}", entry.id, case.name));
            let ins = io.all_ins(&data);
            for (name, caps) in &all {
                let at = format!("{}, {}, {name}", entry.id, case.name);
                let Some(plan) = case.kernel.gpu(&ins, caps) else { continue };
                match plan.and_then(|p| p.check(caps).map(|()| p)) {
                    Ok(plan) => {
                        for (i, step) in plan.steps.iter().enumerate() {
                            check_step(&plan, step, &mut shaders)
                                .unwrap_or_else(|e| panic!("{at}, step {i}: {e}\n{step:#?}"));
                        }
                        let missed = unwritten(&plan, &io.all_outs());
                        assert!(missed.is_empty(), "{at}: nothing writes {missed:?}");
                        planned += 1;
                    }
                    // The chunk driver would cut it; on a large GPU no case may need that.
                    Err(Error::Limit { .. }) if *name != "discrete" => too_large += 1,
                    Err(e) => panic!("{at}: {e}"),
                }
            }
        }
    }
    println!("{planned} plans, {too_large} beyond the limits, {} shader texts", shaders.len());
    assert!(planned > 0);
}

#[test]
fn parameters_survive_toml() {
    for entry in KERNELS {
        for case in (entry.cases)() {
            let text = toml::to_string(&case.kernel.params()).expect("a table of plain values");
            let back =
                (entry.parse)(text.parse().expect("TOML")).unwrap_or_else(|e| panic!("{}: {e}\n{text}", entry.id));
            assert_eq!(format!("{back:?}"), format!("{:?}", case.kernel), "{text}");
        }
        let mut wrong = toml::Table::new();
        wrong.insert("no_such_parameter".into(), true.into());
        assert!((entry.parse)(wrong).is_err(), "{} takes anything", entry.id);
    }
}
