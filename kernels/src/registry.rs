//! The list of kernels, the only one there is.

use crate::{Entry, Error, Kernel, Result};

/// Every kernel, in the order in which they are shown.
pub static KERNELS: &[&Entry] = &[
    &crate::impute::bounds::ENTRY,
    &crate::impute::linear::ENTRY,
    &crate::impute::locf::ENTRY,
    &crate::fft::c2c::ENTRY,
    &crate::fft::rfft::ENTRY,
    &crate::fft::irfft::ENTRY,
    &crate::fft::stft::ENTRY,
    &crate::fft::istft::ENTRY,
    &crate::fft::convolve::ENTRY,
    &crate::fft::dct::ENTRY,
    &crate::fft::hilbert::ENTRY,
    &crate::fft::resample::ENTRY,
    &crate::fft::czt::ENTRY,
    &crate::fft::zoom::ENTRY,
    &crate::primitives::reduce::ENTRY,
    &crate::primitives::scan::ENTRY,
    &crate::primitives::gather::ENTRY,
    &crate::primitives::transpose::ENTRY,
    &crate::filter::compact::ENTRY,
    &crate::signal::sosfilt::ENTRY,
    &crate::signal::sosfiltfilt::ENTRY,
    &crate::signal::fir::ENTRY,
    &crate::signal::moving::MEDIAN,
    &crate::signal::moving::MEAN,
    &crate::signal::moving::LEAST,
    &crate::signal::moving::LARGEST,
    &crate::signal::savgol::ENTRY,
    &crate::signal::hampel::ENTRY,
    &crate::signal::polyphase::UPFIRDN,
    &crate::signal::polyphase::RESAMPLE,
];

/// The kernel of that id (`family/kernel`).
pub fn find(id: &str) -> Result<&'static Entry> {
    KERNELS.iter().copied().find(|e| e.id == id).ok_or_else(|| Error::Unknown {
        name: id.to_owned(),
        known: KERNELS.iter().map(|e| e.id).collect::<Vec<_>>().join(", "),
    })
}

/// The kernels of a family.
pub fn family(name: &str) -> impl Iterator<Item = &'static Entry> {
    KERNELS.iter().copied().filter(move |e| e.family() == name)
}

/// A kernel from its id and parameters.
pub fn parse(id: &str, params: toml::Table) -> Result<Box<dyn Kernel>> {
    (find(id)?.parse)(params)
}
