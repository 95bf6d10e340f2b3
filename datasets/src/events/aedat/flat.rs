//! FlatBuffers, read where they lie: every offset is checked against the bytes there are.

/// A table within a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The table of the fields' offsets, without its two lengths.
    fields: &'a [u8],
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    super::four(bytes, at).map(u32::from_le_bytes)
}

/// The root of a buffer that carries this identifier.
pub(super) fn root<'a>(bytes: &'a [u8], identifier: &[u8; 4]) -> Option<Table<'a>> {
    if bytes.get(4..8)? != identifier {
        return None;
    }
    Table::at(bytes, u32_at(bytes, 0)? as usize)
}

impl<'a> Table<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Option<Table<'a>> {
        let back = i64::from(u32_at(bytes, at)? as i32);
        let start = usize::try_from(i64::try_from(at).ok()?.checked_sub(back)?).ok()?;
        let len = usize::from(u16_at(bytes, start)?);
        let fields = bytes.get(start.checked_add(4)?..start.checked_add(len)?)?;
        Some(Table { bytes, at, fields })
    }

    /// Where a field lies; `None` where it is left out.
    fn field(&self, number: usize) -> Option<usize> {
        let offset = u16_at(self.fields, number * 2)?;
        (offset != 0).then(|| self.at.checked_add(usize::from(offset)))?
    }

    pub(super) fn i32(&self, number: usize) -> Option<i32> {
        u32_at(self.bytes, self.field(number)?).map(|v| v as i32)
    }

    pub(super) fn i64(&self, number: usize) -> Option<i64> {
        let at = self.field(number)?;
        Some(i64::from_le_bytes(self.bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
    }

    /// The elements of a vector, `size` bytes each; `Some(Err(()))` where it reaches beyond the buffer.
    pub(super) fn vector(&self, number: usize, size: usize) -> Option<Result<&'a [u8], ()>> {
        let at = self.field(number)?;
        let elements = || {
            let start = at.checked_add(u32_at(self.bytes, at)? as usize)?;
            let len = (u32_at(self.bytes, start)? as usize).checked_mul(size)?;
            let first = start.checked_add(4)?;
            self.bytes.get(first..first.checked_add(len)?)
        };
        Some(elements().ok_or(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_found_through_the_table_of_offsets() {
        // vtable: length 8, table 12, field 0 at 4, field 1 left out; table: back 8, i32, vector at +4.
        let mut b = vec![16, 0, 0, 0];
        b.extend(b"TEST");
        b.extend([8, 0, 12, 0, 4, 0, 8, 0]);
        b.extend(8i32.to_le_bytes());
        b.extend((-5i32).to_le_bytes());
        b.extend(4u32.to_le_bytes());
        b.extend(3u32.to_le_bytes());
        b.extend([1, 2, 3, 4, 5, 6]);
        let t = root(&b, b"TEST").unwrap();
        assert_eq!(t.i32(0), Some(-5));
        assert_eq!(t.vector(1, 2), Some(Ok(&[1, 2, 3, 4, 5, 6][..])));
        assert_eq!(t.vector(1, 3), Some(Err(())), "beyond the end");
        assert_eq!(t.i32(2), None, "not in the table");
        assert!(root(&b, b"OTHR").is_none());
    }

    proptest! {
        #[test]
        fn garbage_is_no_reason_to_panic(mut b in proptest::collection::vec(any::<u8>(), 0..200), small: bool) {
            if small {
                b.iter_mut().for_each(|v| *v &= 31);
            }
            if b.len() >= 8 {
                b[4..8].copy_from_slice(b"TEST");
            }
            if let Some(t) = root(&b, b"TEST") {
                for i in 0..20 {
                    let found = t.vector(i, 16);
                    prop_assert!(found.is_none_or(|v| v.is_err() || v.is_ok_and(|v| v.len() <= b.len())));
                    let _ = (t.i32(i), t.i64(i));
                }
            }
        }
    }
}
