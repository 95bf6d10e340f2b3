//! Workbooks.

use super::*;

/// A zip archive of these files, stored.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |mut c, &b| {
            c ^= u32::from(b);
            (0..8).for_each(|_| c = if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 });
            c
        })
    };
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut head = [20u16, 0, 0, 0, 0x21].iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        head.extend(crc(text.as_bytes()).to_le_bytes());
        (0..2).for_each(|_| head.extend((text.len() as u32).to_le_bytes()));
        head.extend((name.len() as u16).to_le_bytes());
        head.extend(0u16.to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.bytes());
        out.extend(text.bytes());
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    (0..2).for_each(|_| out.extend((files.len() as u16).to_le_bytes()));
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn workbook(rows: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let second = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>y</t></is></c></row><row r=\"2\"><c r=\"A2\"><v>7</v></c></row>";
    zip(&[
        ("[Content_Types].xml", &format!("<Types xmlns=\"{package}/content-types\"/>")),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{of}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/>\
                 <sheet name=\"Second one\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
            ),
        ),
        (
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{of}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{of}/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{of}/worksheet\" \
                 Target=\"worksheets/sheet2.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>")),
        (
            "xl/worksheets/sheet2.xml",
            &format!("<worksheet xmlns=\"{main}\"><sheetData>{second}</sheetData></worksheet>"),
        ),
    ])
}

#[test]
fn sheets_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let text = |r: &str, t: &str| format!("<c r=\"{r}\" t=\"inlineStr\"><is><t>{t}</t></is></c>");
    let rows = format!(
        "<row r=\"2\">{}{}{}</row><row r=\"3\"><c r=\"B3\"><v>1.5</v></c>{}</row>\
         <row r=\"5\"><c r=\"B5\"><v>-2</v></c><c r=\"D5\" t=\"b\"><v>1</v></c></row>",
        text("B2", "x"),
        text("C2", "site"),
        text("D2", "ok"),
        text("C3", "north")
    );
    let whole = workbook(&rows);
    let path = file(&dir, "a.xlsx", &whole);
    let table = read_path(&path, &default());
    assert_eq!(table.names.as_ref(), ["x"]);
    assert_eq!(table.cols[0].as_slice::<f64>().unwrap(), [1.5, -2.0]);
    let frame = read_frame(&path, &default()).unwrap();
    assert!(frame.get_column_names().iter().map(|n| n.as_str()).eq(["x", "site", "ok"]));
    assert_eq!(frame.column("site").unwrap().str().unwrap().get(0), Some("north"));
    assert_eq!(frame.column("ok").unwrap().bool().unwrap().iter().collect::<Vec<_>>(), [None, Some(true)]);
    let sheet = |of: &str| ReadOptions { sheet: Some(of.into()), ..default() };
    for second in ["Second one", "2"] {
        let table = read_path(&path, &sheet(second));
        assert_eq!((&*table.names, table.cols[0].as_slice::<f64>().unwrap()), (&["y".to_owned()][..], &[7.0][..]));
    }
    assert_eq!(read_path(&path, &sheet("S")), read_path(&path, &sheet("1")));
    for none in ["s", "0", "3"] {
        let e = refused(&path, &sheet(none));
        assert!(e.contains(&format!("no sheet is {none:?}; there are \"S\", \"Second one\"")), "{e}");
    }
    let e = refused(&path, &ReadOptions { memory: Some(100), ..default() });
    assert!(e.contains("Excel files are read whole"), "{e}");
    let far = workbook(
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>",
    );
    let e = refused(&file(&dir, "b.xlsx", far), &default());
    assert!(e.contains("a cell in a column without a name"), "{e}");
    damage("xlsx", &whole, &default());
}
