//! The tables that the page fits: uploads in a temporary folder, and files that the user named to the program.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use shallow_data::{Table, TableError, is_value_or_missing};

use crate::error::StudioError;

/// The largest file that is taken from the page, in bytes.
pub(crate) const LARGEST_UPLOAD: usize = 100 << 20;

/// The most bytes of uploads that are kept, and the most tables; the oldest are forgotten.
const KEPT_BYTES: u64 = 4 * LARGEST_UPLOAD as u64;
const KEPT: usize = 64;

/// Rows that a preview shows, and that tell which columns are numbers.
const SHOWN: usize = 8;
const JUDGED: usize = 100;

/// The tables that are known, the newest last.
pub(crate) struct Tables {
    folder: PathBuf,
    known: Mutex<VecDeque<Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    id: String,
    /// What the user calls it.
    name: String,
    path: PathBuf,
    /// Bytes in our folder; 0 of a file of the user's.
    bytes: u64,
}

/// What the page shows of a table before its columns are chosen.
#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    id: String,
    name: String,
    columns: Vec<String>,
    /// Which columns hold numbers or times, as far as the first rows tell.
    are_numbers: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Preview {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl Tables {
    /// Uploads go into a folder, which is removed by whoever made it.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was uploaded.
    pub(crate) fn upload(&self, name: &str, bytes: &[u8]) -> Result<Preview, StudioError> {
        let id = crate::guard::random();
        let path = self.folder.join(format!("{id}.csv"));
        fs::write(&path, bytes).map_err(|error| {
            let _ = fs::remove_file(&path); // it is not whole
            StudioError::Busy(format!(
                "there is no room for {name} in {}, make some there: {error}",
                self.folder.display()
            ))
        })?;
        let known = Known {
            id,
            name: name.into(),
            path,
            bytes: bytes.len() as u64,
        };
        let preview = preview(&known);
        match preview.is_ok() {
            true => self.keep(known),
            false => drop(fs::remove_file(&known.path)), // at worst it stays to the end
        }
        preview
    }

    /// A text in which tables are called as the user calls them.
    pub(crate) fn with_names(&self, text: &str) -> String {
        let known = self.known();
        let uploads = known.iter().filter(|table| table.bytes > 0);
        uploads.fold(text.into(), |text, table| {
            text.replace(&*table.path.to_string_lossy(), &table.name)
        })
    }

    /// Knows a file of the user's.
    pub(crate) fn name(&self, path: &Path) -> Result<Preview, StudioError> {
        // What is no file may never end.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(StudioError::Request(format!(
                "{} is no file that the page can read; name one",
                path.display()
            )));
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        let known = Known {
            id: crate::guard::random(),
            name: name.to_string_lossy().into(),
            path: path.into(),
            bytes: 0,
        };
        let preview = preview(&known)?;
        self.keep(known);
        Ok(preview)
    }

    fn keep(&self, new: Known) {
        let mut known = self.known();
        known.push_back(new);
        while known.len() > KEPT || known.iter().map(|table| table.bytes).sum::<u64>() > KEPT_BYTES
        {
            let Some(oldest) = known.pop_front() else {
                break;
            };
            if oldest.bytes > 0 {
                let _ = fs::remove_file(oldest.path); // at worst it stays to the end
            }
        }
    }

    fn find(&self, id: &str) -> Result<Known, StudioError> {
        let known = self.known();
        let found = known.iter().find(|table| table.id == id);
        found.cloned().ok_or_else(|| {
            StudioError::NotHere("this table is no longer here; drop its file once more".into())
        })
    }

    /// The first rows of a table once more.
    pub(crate) fn preview(&self, id: &str) -> Result<Preview, StudioError> {
        preview(&self.find(id)?)
    }

    /// Where a table is.
    pub(crate) fn path(&self, id: &str) -> Result<PathBuf, StudioError> {
        Ok(self.find(id)?.path)
    }

    /// Where a table is, copied to a place of the user's if it was uploaded.
    pub(crate) fn keep_as(&self, id: &str, place: &Path) -> Result<PathBuf, StudioError> {
        let table = self.find(id)?;
        if table.bytes == 0 {
            return Ok(table.path);
        }
        let cannot = |source: io::Error| {
            let why = match source.kind() {
                io::ErrorKind::AlreadyExists => "there is such a file; choose another name".into(),
                _ => source.to_string(),
            };
            StudioError::Request(format!("cannot write {}: {why}", place.display()))
        };
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(cannot)?;
        }
        let mut from = fs::File::open(&table.path)?;
        let mut to = fs::File::create_new(place).map_err(cannot)?;
        if let Err(error) = io::copy(&mut from, &mut to) {
            let _ = fs::remove_file(place); // it is not whole
            return Err(cannot(error));
        }
        Ok(place.into())
    }
}

/// Enough rows were read, or a row cannot be.
enum Ended {
    Enough,
    Wrong(TableError),
}

impl From<TableError> for Ended {
    fn from(error: TableError) -> Self {
        Self::Wrong(error)
    }
}

fn preview(known: &Known) -> Result<Preview, StudioError> {
    let with_its_name = |error: TableError| {
        let path = known.path.display().to_string();
        StudioError::Request(error.to_string().replace(&path, &known.name))
    };
    let mut table = Table::open(&known.path).map_err(with_its_name)?;
    let n = table.n_columns();
    let columns = (0..n).map(|at| table.column_name(at)).collect();
    let (mut rows, mut n_judged) = (Vec::new(), 0);
    let mut are_numbers = vec![true; n];
    let read = table.each_row(&[], |row, _| {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).trim().to_string())
            .collect();
        for (is_number, cell) in are_numbers.iter_mut().zip(&cells) {
            *is_number &= is_value_or_missing(cell);
        }
        if rows.len() < SHOWN {
            rows.push(cells);
        }
        n_judged += 1;
        if n_judged == JUDGED {
            Err(Ended::Enough)
        } else {
            Ok(())
        }
    });
    if let Err(Ended::Wrong(error)) = read {
        return Err(with_its_name(error));
    }
    Ok(Preview {
        id: known.id.clone(),
        name: known.name.clone(),
        columns,
        are_numbers,
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_previewed_and_kept_where_the_user_says() {
        let uploads = tempfile::tempdir().unwrap();
        let tables = Tables::new(uploads.path());
        let preview = tables.upload("a.csv", b"t,v,name\n1,2,x\n2,3,y\n").unwrap();
        assert_eq!(preview.columns, ["t", "v", "name"]);
        assert_eq!(preview.are_numbers, [true, true, false]);
        assert_eq!(preview.rows.len(), 2);
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("runs/a.csv");
        tables.keep_as(&preview.id, &place).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"t,v,name\n1,2,x\n2,3,y\n");
        let again = tables.keep_as(&preview.id, &place).unwrap_err().to_string();
        assert!(
            again.ends_with("there is such a file; choose another name"),
            "{again}"
        );
        let known = tables.path(&preview.id).unwrap();
        let said = tables.with_names(&format!("{} line 2", known.display()));
        assert_eq!(said, "a.csv line 2");
        let empty = tables.upload("b.csv", b"").unwrap_err().to_string();
        assert!(empty.starts_with("b.csv is empty"), "{empty}");
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let uploads = tempfile::tempdir().unwrap();
        let tables = Tables::new(uploads.path());
        let first = tables.upload("a.csv", b"1,2\n").unwrap();
        for _ in 0..KEPT {
            tables.upload("b.csv", b"1,2\n").unwrap();
        }
        let error = tables.path(&first.id).unwrap_err().to_string();
        assert!(error.contains("no longer here"), "{error}");
        assert_eq!(fs::read_dir(uploads.path()).unwrap().count(), KEPT);
    }
}
