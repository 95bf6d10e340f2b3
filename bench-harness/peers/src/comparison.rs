//! A comparison: sides that do the same thing, and what all of them must give.

use crate::python::{self, Worker};
use gapwave::{Array, ArrayMut, Bitmap, Out, Session, View};
use gapwave_harness::{Fault, Work, work};
use gapwave_kernels::{Case, Tolerance};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

/// Several ways of doing the same thing to the same data.
pub struct Comparison {
    /// Name, such as `fft/c2c`.
    pub id: &'static str,
    /// Size and type of the input, for people.
    pub shape: String,
    /// What one iteration handles.
    pub elements: u64,
    /// What an element is: `rows`, `samples`.
    pub unit: &'static str,
    /// Makes the sides, gapwave's main one first.
    #[allow(clippy::type_complexity, reason = "one closure")]
    pub sides: Box<dyn FnOnce(&Context) -> Result<Vec<Contender>, Fault>>,
}

/// Whose way it is, and whether it can be tried.
pub struct Contender {
    /// The name in the tables.
    pub name: String,
    /// The work, or why there is none.
    pub work: Result<Box<dyn Work>, String>,
}

/// What the sides of one process share.
pub struct Context {
    /// Threads that each side may use.
    pub threads: usize,
    /// gapwave on so many threads.
    pub session: Session,
    /// The Python process, or why there is none.
    pub worker: Result<Rc<RefCell<Worker>>, String>,
    /// For inputs and results of the Python process.
    pub dir: PathBuf,
}

/// What a comparison must give: the kernel's definition in f64.
pub struct Expected {
    case: Rc<Case>,
    want: Vec<Array>,
    tolerance: Tolerance,
}

/// Holds one side's results to the expected ones.
pub struct Checker {
    expected: Rc<Expected>,
    /// The last result that was found right: one with the same bits need not be looked at again, and comparing bits
    /// is so much faster that it can be done after every sub-sample.
    right: Option<Vec<Array>>,
}

impl Expected {
    /// Runs the oracle.
    pub fn of(case: Case) -> Result<Rc<Expected>, Fault> {
        let want = case.kernel.oracle(&case.ins)?;
        Ok(Self::given(case, want))
    }

    /// Results that were made in another way, in f64.
    pub fn given(case: Case, want: Vec<Array>) -> Rc<Expected> {
        let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
        let tolerance = case.kernel.tolerance(&metas);
        Rc::new(Expected { case: Rc::new(case), want, tolerance })
    }

    /// The kernel with its inputs.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// A checker for one side.
    pub fn checker(self: &Rc<Self>) -> Checker {
        Checker { expected: self.clone(), right: None }
    }

    /// The same with bounds so many times as wide: for a peer that is known to be less accurate, whose name says so.
    pub fn within(&self, times: f64) -> Rc<Expected> {
        let tolerance = match self.tolerance {
            Tolerance::Exact => Tolerance::Exact,
            Tolerance::Near { rel, abs } => Tolerance::Near { rel: rel * times, abs: abs * times },
            Tolerance::Norm { l2, linf } => Tolerance::Norm { l2: l2 * times, linf: linf * times },
            Tolerance::Block { axes, l2, linf } => Tolerance::Block { axes, l2: l2 * times, linf: linf * times },
        };
        Rc::new(Expected { case: self.case.clone(), want: self.want.clone(), tolerance })
    }

    /// The same within another bound: for a peer that computes in fewer digits, whose name says so.
    pub fn bounded(&self, tolerance: Tolerance) -> Rc<Expected> {
        Rc::new(Expected { case: self.case.clone(), want: self.want.clone(), tolerance })
    }

    /// Types and shapes of the results.
    pub fn results(&self) -> &[Array] {
        &self.want
    }
}

impl Checker {
    /// Compares a result with the expected one within the kernel's tolerance.
    pub fn check(&mut self, got: &[View<'_>]) -> Result<(), String> {
        if got.len() != self.expected.want.len() {
            return Err(format!("{} results, expected {}", got.len(), self.expected.want.len()));
        }
        if self.right.as_ref().is_some_and(|right| right.iter().zip(got).all(|(a, b)| same(a, b))) {
            return Ok(());
        }
        let got: Vec<Array> = got.iter().map(owned).collect::<Result<_, _>>()?;
        for (i, (got, want)) in got.iter().zip(&self.expected.want).enumerate() {
            self.expected.tolerance.compare(got, want).map_err(|e| format!("result {i}: {e}"))?;
        }
        self.right = Some(got);
        Ok(())
    }
}

fn same(a: &Array, b: &View<'_>) -> bool {
    let valid = match (a.valid(), b.valid()) {
        (None, None) => true,
        (Some(a), Some(b)) => a.len() == b.len() && a.bits().words().eq(b.words()),
        _ => false,
    };
    valid && a.dtype() == b.dtype() && a.shape() == b.shape() && a.bytes() == b.bytes()
}

fn owned(v: &View<'_>) -> Result<Array, String> {
    let array = gapwave_columns::for_dtype!(v.dtype(), T => {
        let data = v.as_slice::<T>().map_err(|e| e.to_string())?.to_vec();
        Array::new(v.shape().to_vec(), data)
    });
    let array = array.map_err(|e| e.to_string())?;
    let Some(bits) = v.valid() else { return Ok(array) };
    let bits = Bitmap::from_words(bits.words().collect(), bits.len()).map_err(|e| e.to_string())?;
    array.with_valid(bits).map_err(|e| e.to_string())
}

impl Contender {
    /// A side of a state, one iteration over it, and the check of what it left. What an iteration allocates may be let
    /// go in the check, outside of the timing.
    pub fn new<S: 'static>(
        name: impl Into<String>,
        expected: &Rc<Expected>,
        state: S,
        mut run: impl FnMut(&mut S) -> Result<(), Fault> + 'static,
        mut check: impl FnMut(&mut S, &mut Checker) -> Result<(), String> + 'static,
    ) -> Self {
        let work = work((state, expected.checker()), move |(s, _)| run(s), move |(s, c)| check(s, c));
        Contender { name: name.into(), work: Ok(work) }
    }

    /// A side whose every iteration allocates its result, which is let go after it was checked.
    pub fn allocating<R: 'static>(
        name: impl Into<String>,
        expected: &Rc<Expected>,
        mut run: impl FnMut() -> Result<R, Fault> + 'static,
        mut check: impl FnMut(&R, &mut Checker) -> Result<(), String> + 'static,
    ) -> Self {
        let run = move |result: &mut Option<R>| {
            *result = Some(run()?);
            Ok(())
        };
        let check = move |result: &mut Option<R>, checker: &mut Checker| match result.take() {
            Some(r) => check(&r, checker),
            None => Err("there is no result".into()),
        };
        Contender::new(name, expected, None, run, check)
    }

    /// gapwave twice: into outputs that are reused, and into fresh ones as libraries do that return their result.
    pub fn gapwave(cx: &Context, expected: &Rc<Expected>) -> Result<[Contender; 2], Fault> {
        let metas: Vec<_> = expected.case.ins.iter().map(Array::meta).collect();
        let io = expected.case.kernel.infer(&metas)?;
        let rooms: Vec<ArrayMut> = io.outs.iter().map(ArrayMut::zeros).collect::<Result<_, _>>()?;
        let (session, e) = (cx.session.clone(), expected.clone());
        let run = move |(rooms, rows): &mut (Vec<ArrayMut>, Vec<usize>)| -> Result<(), Fault> {
            let views: Vec<View<'_>> = e.case.ins.iter().map(Array::view).collect();
            let mut outs: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
            session.run_into(e.case.kernel.as_ref(), &views, &mut outs)?;
            rows.clear();
            rows.extend(outs.iter().map(Out::rows));
            Ok(())
        };
        let check = |(rooms, rows): &mut (Vec<ArrayMut>, Vec<usize>), checker: &mut Checker| {
            let metas: Vec<_> = rooms.iter().zip(rows).map(|(room, rows)| room.meta().with_rows(*rows)).collect();
            let mut outs: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
            let view = |(meta, out)| -> View<'_> {
                let (meta, out): (&gapwave::Meta, &mut Out<'_>) = (meta, out);
                let (data, valid) = out.bytes_parts_mut();
                let valid = valid.map(|v| v.as_bits().slice(0, meta.elements()));
                View::of_bytes(meta.dtype, &meta.shape, &data[..meta.elements() * meta.dtype.size()], valid)
            };
            let views: Vec<View<'_>> = metas.iter().zip(&mut outs).map(view).collect();
            checker.check(&views)
        };
        let reused = Contender::new("gapwave", expected, (rooms, Vec::new()), run, check);
        let (session, e) = (cx.session.clone(), expected.clone());
        let run = move || Ok(session.run(e.case.kernel.as_ref(), &e.case.ins)?.into_arrays());
        let check = |arrays: &Vec<Array>, checker: &mut Checker| {
            checker.check(&arrays.iter().map(Array::view).collect::<Vec<_>>())
        };
        Ok([reused, Contender::allocating("gapwave, fresh outputs", expected, run, check)])
    }

    /// A side in the Python process: `case` is its name there, `package` what it needs.
    pub fn python(
        cx: &Context,
        expected: &Rc<Expected>,
        name: &str,
        package: &str,
        case: &str,
        params: serde_json::Value,
        inputs: &[(&str, &Array)],
    ) -> Contender {
        let work = cx.worker.clone().and_then(|worker| {
            if worker.borrow().version(package).is_none() {
                return Err(format!("{package} is not installed"));
            }
            let files = python::save_inputs(&cx.dir, inputs).map_err(|e| e.to_string())?;
            let w = python::Side::new(worker, case, params, &files, expected.clone(), &cx.dir);
            Ok(Box::new(w.map_err(|e| e.to_string())?) as Box<dyn Work>)
        });
        Contender { name: name.to_owned(), work }
    }
}
