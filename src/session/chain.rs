//! Several steps as one kernel, so that a chunk stays on the device between them.
//!
//! A chain's data are the columns that any of its steps takes, each once; a step works on what those before it made of
//! them. On a GPU its plan is the plans of the steps one after the other, with the outputs that a later step replaces as
//! scratch memory: one upload, one submission, one download.
//!
//! Which steps go together: all but the last give as many rows as they take, only the first has a first pass, and how far
//! they look can be said for all of them together.

use super::step::KernelRef;
use crate::gpu::clean_outputs;
use gapwave_columns::{Array, ArrayMut, Len, Meta, Out, View};
use gapwave_kernels::plan::{BufDef, BufId, BufKind};
use gapwave_kernels::{Caps, Class, Cpu, Entry, Error, Fit, Io, Kernel, Plan, Reach, Result, Tolerance};

/// Not in the registry: nobody asks for it by name.
static ENTRY: Entry = Entry {
    id: "session/chain",
    version: 1,
    class: Class::PerDevice,
    part: true,
    help: "Steps one after the other",
    params: &[],
    parse: |_| Err(refused("is made of other kernels")),
    cases: Vec::new,
    bench: |_| Vec::new(),
};

fn refused(why: impl Into<String>) -> Error {
    Error::Refused { kernel: ENTRY.id, why: why.into() }
}

/// A kernel and the columns that it is run on.
pub(super) type Link<'a> = (KernelRef<'a>, Vec<usize>);

/// Kernels over the columns of a chunk, one after the other.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    /// Columns are numbered as the chain's data.
    links: Vec<Link<'a>>,
    width: usize,
}

/// A step of a chain with all that is known of it.
struct Stop<'c, 'a> {
    kernel: &'c KernelRef<'a>,
    /// Where its data are among the chain's, and its outputs go.
    places: Vec<usize>,
    data: Vec<Meta>,
    io: Io,
}

impl<'a> Chain<'a> {
    /// The chain of these steps, which name columns of a table, and the table's columns that are its data. `meta` tells
    /// types, with a number of rows to plan for. `None` where they do not go together.
    pub(super) fn new(links: &[Link<'a>], meta: impl Fn(usize) -> Meta) -> Option<(Chain<'a>, Vec<usize>)> {
        let mut columns: Vec<usize> = Vec::new();
        for &c in links.iter().flat_map(|(_, select)| select) {
            if !columns.contains(&c) {
                columns.push(c);
            }
        }
        let place = |c: &usize| columns.iter().position(|known| known == c);
        let placed =
            |(kernel, select): &Link<'a>| Some((kernel.clone(), select.iter().map(place).collect::<Option<_>>()?));
        let chain = Chain { links: links.iter().map(placed).collect::<Option<_>>()?, width: columns.len() };
        let metas: Vec<Meta> = columns.iter().map(|&c| meta(c)).collect();
        let (stops, _) = chain.walk(&metas).ok()?;
        let later = stops.iter().skip(1).any(|s| s.kernel.fit(&s.data).is_some());
        (!later).then_some((chain, columns))
    }

    /// The steps on data of these types, and the types that the data have in the end. The data may be followed by the
    /// numbers of the rows, which lose the rows that the last step drops.
    fn walk(&self, data: &[Meta]) -> Result<(Vec<Stop<'_, 'a>>, Vec<Meta>)> {
        if data.len() < self.width || data.len() > self.width + 1 {
            return Err(refused(format!("{} columns, {} expected", data.len(), self.width)));
        }
        let rows = data[0].rows();
        let mut now = data.to_vec();
        let mut stops: Vec<Stop<'_, 'a>> = Vec::with_capacity(self.links.len());
        for (number, (kernel, select)) in self.links.iter().enumerate() {
            let mut places = select.clone();
            let of = |places: &[usize]| places.iter().map(|&p| now[p].clone()).collect::<Vec<_>>();
            let mut io = kernel.infer(&of(&places))?;
            let drops = io.outs.iter().all(|o| o.len == Len::AtMost);
            if drops {
                // The other columns lose the same rows.
                places.extend((0..data.len()).filter(|p| !select.contains(p)));
                io = kernel.infer(&of(&places))?;
            }
            let last = number + 1 == self.links.len();
            let fits = io.outs.len() == places.len()
                && io.outs.iter().all(|o| o.rows() == rows && (o.len == Len::Exact || (drops && last)))
                && (number == 0 || io.extra.is_empty());
            if !fits {
                return Err(refused(format!("{} does not go on from the step before", kernel.entry().id)));
            }
            let data = of(&places);
            places.iter().zip(&io.outs).for_each(|(&p, out)| now[p] = out.clone());
            stops.push(Stop { kernel, places, data, io });
        }
        Ok((stops, now))
    }

    /// How many of all inputs are data: all but extras and state.
    fn data_of(&self, ins: &[Meta]) -> Result<usize> {
        let (stops, _) = self.walk(ins.get(..self.width).ok_or_else(|| refused("columns are missing"))?)?;
        let others: usize = stops.iter().map(|s| s.io.extra.len() + s.io.carry.len()).sum();
        Ok(ins.len().saturating_sub(others))
    }
}

/// How far two steps look together; `None` where that cannot be said.
fn both(a: Reach, b: Reach) -> Option<Reach> {
    match (a, b) {
        (Reach::Rows, one @ (Reach::Rows | Reach::Scan | Reach::Window { .. })) => Some(one),
        (one @ (Reach::Scan | Reach::Window { .. }), Reach::Rows) => Some(one),
        (Reach::Scan, Reach::Scan) => Some(Reach::Scan),
        (Reach::Window { before, after }, Reach::Window { before: more, after: beyond }) => {
            Some(Reach::Window { before: before.saturating_add(more), after: after.saturating_add(beyond) })
        }
        _ => None,
    }
}

impl Kernel for Chain<'_> {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        let one = |(kernel, _): &Link<'_>| toml::Value::Table(kernel.params());
        let all = self.links.iter().enumerate().map(|(i, l)| (format!("{i} {}", l.0.entry().id), one(l)));
        all.collect()
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let (stops, outs) = self.walk(ins)?;
        let mut reach = Reach::Rows;
        for s in &stops {
            reach = both(reach, s.io.reach).ok_or_else(|| refused("steps that look in different ways"))?;
        }
        // The driver cuts off the rows around a chunk, and must know where they are.
        if matches!(reach, Reach::Window { .. }) && outs.iter().any(|o| o.len == Len::AtMost) {
            return Err(refused("rows are dropped among those around a chunk"));
        }
        let flops = stops.iter().map(|s| s.io.cost.flops).sum();
        let carry = stops.iter().flat_map(|s| s.io.carry.clone()).collect();
        let extra = stops.first().map_or_else(Vec::new, |s| s.io.extra.clone());
        Ok(Io::new(ins, outs, reach).carry(carry).extra(extra).flops(flops))
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
        let mut now = ins.to_vec();
        for s in self.walk(&metas)?.0 {
            let outs = s.kernel.oracle(&s.places.iter().map(|&p| now[p].clone()).collect::<Vec<_>>())?;
            s.places.iter().zip(outs).for_each(|(&p, out)| now[p] = out);
        }
        Ok(now)
    }

    /// Of the last step alone, given what the steps before it made.
    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        let stops = self.walk(ins).map(|(stops, _)| stops).unwrap_or_default();
        stops.last().map_or(Tolerance::Exact, |s| s.kernel.tolerance(&s.data))
    }

    /// For when the device is gone: step after step, each into memory of its own.
    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let metas: Vec<Meta> = ins.iter().map(View::meta).collect();
        let data = self.data_of(&metas)?;
        let (stops, _) = self.walk(&metas[..data])?;
        let mut made: Vec<Option<Array>> = vec![None; data];
        let (mut state_in, mut state_out) = (data + stops[0].io.extra.len(), data);
        for (number, s) in stops.iter().enumerate() {
            let now = |&p: &usize| made[p].as_ref().map_or(ins[p], Array::view);
            let mut views: Vec<View<'_>> = s.places.iter().map(now).collect();
            if number == 0 {
                views.extend_from_slice(&ins[data..state_in]);
            }
            views.extend_from_slice(&ins[state_in..state_in + s.io.carry.len()]);
            let mut rooms = s.io.all_outs().iter().map(ArrayMut::zeros).collect::<Result<Vec<_>, _>>()?;
            let mut room: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
            s.kernel.cpu(cx, &views, &mut room)?;
            let rows: Vec<usize> = room.iter().map(Out::rows).collect();
            drop((room, views));
            let mut arrays = rooms.into_iter().zip(rows).map(|(room, rows)| room.finish(rows));
            for (&p, array) in s.places.iter().zip(&mut arrays) {
                made[p] = Some(array?);
            }
            for state in arrays {
                put(&state?, &mut outs[state_out]);
                state_out += 1;
            }
            state_in += s.io.carry.len();
        }
        made.iter().zip(outs).for_each(|(array, out)| array.iter().for_each(|a| put(a, out)));
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let data = self.data_of(ins).ok()?;
        let (stops, outs) = self.walk(ins.get(..data)?).ok()?;
        let mut plans = Vec::with_capacity(stops.len());
        for s in &stops {
            plans.push(s.kernel.gpu(&s.io.all_ins(&s.data), caps)?);
        }
        Some(join(&stops, plans, outs.len(), caps))
    }

    fn fit(&self, ins: &[Meta]) -> Option<Box<dyn Fit>> {
        let (stops, _) = self.walk(ins).ok()?;
        let first = stops.first()?;
        let inner = first.kernel.fit(&first.data)?;
        let places = match inner.columns() {
            Some(some) => some.iter().filter_map(|&i| first.places.get(i)).copied().collect(),
            None => first.places.clone(),
        };
        Some(Box::new(FitOn { inner, places }))
    }
}

/// Copies an array to where it was wanted.
fn put(array: &Array, out: &mut Out<'_>) {
    let bytes = array.bytes();
    out.bytes_mut()[..bytes.len()].copy_from_slice(bytes);
    if let (Some(valid), Some(bits)) = (array.valid(), out.valid_mut()) {
        bits.words_mut().iter_mut().zip(valid.bits().words()).for_each(|(to, from)| *to = from);
    }
    if out.meta().len == Len::AtMost {
        out.set_rows(array.rows());
    }
}

/// The plans of a chain's steps as one. `data` columns go in and come out.
fn join(stops: &[Stop<'_, '_>], plans: Vec<Result<Plan>>, data: usize, caps: &Caps) -> Result<Plan> {
    let mut whole = Plan::new();
    // What each column is in after the steps so far, and its bitmap; at first the chain's input.
    let mut held: Vec<[Option<BufId>; 2]> = vec![[None; 2]; data];
    let (mut state_in, mut state_out) = (data + stops.first().map_or(0, |s| s.io.extra.len()), data);
    for (number, (s, plan)) in stops.iter().zip(plans).enumerate() {
        let mut plan = plan?;
        if number + 1 < stops.len() {
            clean_outputs(&mut plan, &s.io.outs, caps);
        }
        let extras = s.places.len() + s.io.extra.len();
        let again = |p: usize| stops[number + 1..].iter().any(|later| later.places.contains(&p));
        let mut made = held.clone();
        // Once per step, however often its plan names it.
        s.places.iter().for_each(|&p| made[p] = [None; 2]);
        whole.append(plan, |whole, b| {
            let BufDef { kind, bytes } = b;
            let mut named = |kind| Ok(whole.buffer(kind, *bytes).buf);
            match *kind {
                BufKind::In(i) | BufKind::InValid(i) if i < s.places.len() => {
                    let (p, bitmap) = (s.places[i], matches!(kind, BufKind::InValid(_)));
                    match held[p] {
                        [None, None] if bitmap => named(BufKind::InValid(p)),
                        [None, None] => named(BufKind::In(p)),
                        before => before[usize::from(bitmap)].ok_or_else(|| refused("a step reads what none wrote")),
                    }
                }
                // Extras are the first step's alone.
                BufKind::In(i) if i < extras => named(BufKind::In(data + i - s.places.len())),
                BufKind::InValid(i) if i < extras => named(BufKind::InValid(data + i - s.places.len())),
                BufKind::In(i) => named(BufKind::In(state_in + i - extras)),
                BufKind::InValid(i) => named(BufKind::InValid(state_in + i - extras)),
                BufKind::Out(i) | BufKind::OutValid(i) if i < s.places.len() => {
                    let (p, bitmap) = (s.places[i], matches!(kind, BufKind::OutValid(_)));
                    let buffer = named(match (again(p), bitmap) {
                        (true, _) => BufKind::Temp,
                        (false, false) => BufKind::Out(p),
                        (false, true) => BufKind::OutValid(p),
                    })?;
                    made[p][usize::from(bitmap)] = Some(buffer);
                    Ok(buffer)
                }
                BufKind::Out(i) => named(BufKind::Out(state_out + i - s.places.len())),
                BufKind::OutValid(i) => named(BufKind::OutValid(state_out + i - s.places.len())),
                BufKind::OutRows => named(BufKind::OutRows),
                BufKind::Temp => named(BufKind::Temp),
                BufKind::Const(ref content) => named(BufKind::Const(content.clone())),
            }
        })?;
        held = made;
        state_in += s.io.carry.len();
        state_out += s.io.carry.len();
    }
    Ok(whole)
}

/// The first step's first pass: over the step's data, not all of the chain's.
struct FitOn {
    inner: Box<dyn Fit>,
    places: Vec<usize>,
}

impl Fit for FitOn {
    fn summary(&self) -> &dyn Kernel {
        self.inner.summary()
    }

    fn columns(&self) -> Option<&[usize]> {
        Some(&self.places)
    }

    fn needs(&self, chunk: usize, chunks: usize) -> bool {
        self.inner.needs(chunk, chunks)
    }

    fn resolve(&self, summaries: &[Option<Vec<Array>>], rows: &[usize]) -> Result<Vec<Option<Vec<Array>>>> {
        self.inner.resolve(summaries, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chunk, Control, Pipeline, Session};
    use gapwave_datasets::{MemorySink, MemorySource};
    use gapwave_kernels::case;
    use gapwave_kernels::filter::compact::{Compact, Range};
    use gapwave_kernels::impute::{linear::Linear, locf::Locf};
    use gapwave_kernels::primitives::scan::{Scan, ScanOp};
    use std::sync::Arc;

    fn table(n: usize) -> Chunk {
        let gap = |i: usize, seed| case::random(seed, (i / 5) as u64).is_multiple_of(3);
        let values = |seed| {
            let all = case::uniform_f64(seed, n).into_iter().enumerate();
            Array::from(all.map(|(i, x)| if gap(i, seed) { f32::NAN } else { x as f32 }).collect::<Vec<_>>())
        };
        let time = Array::from((0..n as i64).collect::<Vec<_>>());
        let ones = Array::from(vec![1u32; n]);
        Chunk::new([("t", time), ("a", values(1)), ("b", values(2)), ("n", ones)]).unwrap()
    }

    fn own<K: Kernel + 'static>(kernel: K) -> KernelRef<'static> {
        KernelRef::Own(Arc::new(kernel))
    }

    /// Chains of steps with state, a first pass and dropped rows.
    fn chains() -> [Vec<Link<'static>>; 3] {
        let sum = || own(Scan { op: ScanOp::Add, exclusive: false });
        let keep = || own(Compact { keep: vec![Range::new(1, 2, 1 << 40)] });
        [
            vec![(own(Linear::default()), vec![2, 1]), (own(Locf::default()), vec![1]), (sum(), vec![3])],
            vec![(sum(), vec![3]), (sum(), vec![3]), (own(Compact { keep: vec![] }), vec![0, 1, 2, 3])],
            vec![(own(Locf::default()), vec![1]), (keep(), vec![3, 0])],
        ]
    }

    #[test]
    fn a_chain_gives_what_its_steps_give_in_turn() {
        for n in [0, 1, 300] {
            for (which, links) in chains().into_iter().enumerate() {
                let table = table(n);
                let (chain, select) = Chain::new(&links, |c| table.cols[c].meta().with_rows(2)).expect("a chain");
                for rows in [1, 7, 64, usize::MAX] {
                    let s = Session::cpu().unwrap().with_chunk_rows(rows);
                    let mut sink = MemorySink::new();
                    s.drive(&chain, &mut MemorySource::new(table.clone()), &select, &mut sink, &Control::new())
                        .unwrap();
                    let got = sink.into_table().unwrap();
                    let names = |select: &[usize]| select.iter().map(|&c| table.names[c].clone()).collect::<Vec<_>>();
                    let mut steps = Pipeline::from_table(table.clone());
                    for (kernel, select) in &links {
                        let KernelRef::Own(kernel) = kernel.clone() else { unreachable!() };
                        steps = steps.then_on(names(select), Shared(kernel));
                    }
                    assert_eq!(got, steps.collect(&s).unwrap(), "chain {which}, {n} rows, chunks of {rows}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_go_together_is_no_chain() {
        let table = table(9);
        let chain = |links: &[Link<'static>]| Chain::new(links, |c| table.cols[c].meta()).is_some();
        let keep = || own(Compact { keep: vec![] });
        assert!(chain(&[(own(Locf::default()), vec![1]), (keep(), vec![0, 1, 2, 3])]));
        assert!(!chain(&[(keep(), vec![0, 1, 2, 3]), (own(Locf::default()), vec![1])]), "rows were dropped before");
        assert!(!chain(&[(own(Locf::default()), vec![1]), (own(Linear::default()), vec![1])]), "a first pass later");
    }

    /// A kernel that others have too.
    #[derive(Debug)]
    struct Shared(Arc<dyn Kernel>);

    impl Kernel for Shared {
        fn entry(&self) -> &'static Entry {
            self.0.entry()
        }
        fn params(&self) -> toml::Table {
            self.0.params()
        }
        fn infer(&self, ins: &[Meta]) -> Result<Io> {
            self.0.infer(ins)
        }
        fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
            self.0.oracle(ins)
        }
        fn tolerance(&self, ins: &[Meta]) -> Tolerance {
            self.0.tolerance(ins)
        }
        fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
            self.0.cpu(cx, ins, outs)
        }
        fn fit(&self, ins: &[Meta]) -> Option<Box<dyn Fit>> {
            self.0.fit(ins)
        }
    }
}
