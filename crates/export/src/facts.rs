//! What is known of an export's table: its size, its numbers, and how far its values may be off.

use shallow_data::{count, short_up};

use crate::{
    fitted::MaxError,
    job::Export,
    options::{Counts, Direction, Dtype},
    target::{FixedTable, Norms, Table, TableBounds, TableScales, halves, row_bytes},
};

/// An export's table, in the numbers of its target.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFacts {
    /// Straight pieces.
    pub n_rows: usize,
    /// Of constant data.
    pub n_bytes: usize,
    /// Comparisons for a value.
    pub n_comparisons: usize,
    /// Cells, where rows are found by these.
    pub n_cells: Option<usize>,
    /// The type.
    pub dtype: Dtype,
    /// What counts of x and y stand for, and the first and the last X of the domain.
    pub scales: Option<TableScales>,
    /// How far it is from the network, at most, on the domain.
    pub bounds: TableBounds,
    /// Whether that was found by running every input of the domain.
    pub is_of_all_inputs: bool,
    /// How far the network is from what it was fitted to, where that is proven.
    pub max_error: Option<MaxError>,
    /// The way its values go, in its own arithmetic.
    pub direction: Option<Direction>,
}

/// A line of facts: what it is of, and the words.
pub type Facts = Vec<(&'static str, String)>;

impl TableFacts {
    pub(crate) fn new(export: &Export) -> Option<Self> {
        let table = export.made.as_ref()?;
        let number = match export.dtype {
            Dtype::F64 => 8,
            Dtype::F32 | Dtype::Q31 => 4,
            Dtype::Q15 => 2,
        };
        let n_rows = table.n_rows();
        let cells = export.is_uniform().then(|| match table {
            Table::Float(table) => {
                let cells = table.cells();
                (cells.rows, cells.window)
            }
            Table::Fixed(table) => {
                let cells = table.cells();
                (cells.rows, cells.window)
            }
        });
        let norms = match table {
            Table::Fixed(FixedTable {
                norms: Norms::Each(norms),
                ..
            }) => norms.len(),
            _ => 0,
        };
        let of_cells = cells
            .as_ref()
            .map_or(0, |(rows, _)| rows.len() * row_bytes(rows));
        Some(Self {
            n_rows,
            n_bytes: 3 * number * n_rows + norms + of_cells,
            n_comparisons: halves(cells.as_ref().map_or(n_rows, |(_, window)| *window)).len(),
            n_cells: cells.map(|(rows, _)| rows.len()),
            dtype: export.dtype,
            scales: table.scales(),
            bounds: table.bounds(),
            is_of_all_inputs: matches!(table, Table::Fixed(table) if table.is_of_all),
            max_error: export.fitted.max_error,
            direction: table.direction(),
        })
    }

    /// A bound of the distance from what the network was fitted to, at the inputs of the type. None where nothing is proven of the
    /// network.
    pub fn total(&self) -> Option<f64> {
        Some(self.max_error?.bound + self.bounds.from_network)
    }

    /// What a person reads of it, line by line.
    pub fn lines(&self) -> Facts {
        let found = match self.n_cells {
            Some(cells) => format!("{cells} equal cells, then "),
            None => String::new(),
        };
        let mut lines = vec![(
            "table",
            format!(
                "{} in {}, {}; {found}{}",
                count(self.n_rows, "row"),
                self.dtype.name(),
                count(self.n_bytes, "byte"),
                count(self.n_comparisons, "comparison"),
            ),
        )];
        if let Some(TableScales { x, y, ends }) = self.scales {
            let [first, last] = ends;
            lines.push((
                "x",
                format!("{}, for X = {first} to {last}", written(x, "X")),
            ));
            lines.push(("y", written(y, "Y")));
        }
        let inputs = match (self.is_of_all_inputs, self.dtype) {
            (true, _) => "at all inputs of the domain: every one was run".into(),
            (false, Dtype::Q31) => "at all inputs of the domain: proven".to_string(),
            (false, dtype) => format!("at all numbers of {} in the domain: proven", dtype.name()),
        };
        lines.push((
            "rounding",
            format!(
                "at most {} from the network, {inputs}",
                short_up(self.bounds.from_network)
            ),
        ));
        if self.bounds.of_x > 0.0 {
            let what = if self.dtype.is_fixed() {
                "count"
            } else {
                "float"
            };
            lines.push((
                "",
                format!(
                    "an x that is no {what} is rounded to one: at most {} more",
                    short_up(self.bounds.of_x)
                ),
            ));
        }
        if let (Some(total), Some(MaxError { bound, at_rows })) = (self.total(), self.max_error) {
            let (total, bound, any) = (
                short_up(total),
                short_up(bound),
                short_up(total + self.bounds.of_x),
            );
            lines.push((
                "in all",
                match (at_rows, self.bounds.of_x > 0.0) {
                    (false, _) => format!(
                        "at most {total} from the function at such inputs, of which the network's error is {bound}: proven"
                    ),
                    (true, false) => format!("at most {total} from every row, of which the network's error is {bound}"),
                    (true, true) => format!(
                        "at most {total} from every row whose x is such an input, of which the network's error is {bound}; at most {any} from any row"
                    ),
                },
            ));
        }
        if let Some(direction) = self.direction {
            let way = match direction {
                Direction::Increasing => "increasing: no value is below the one before",
                Direction::Decreasing => "decreasing: no value is above the one before",
            };
            lines.push(("order", format!("{way}, in its own arithmetic")));
        }
        lines
    }
}

/// What a count stands for.
fn written(Counts { scale, offset }: Counts, count: &str) -> String {
    let axis = count.to_lowercase();
    let scaled = match scale == 1.0 {
        true => count.to_string(),
        false => format!("{scale:?} {count}"),
    };
    match offset == 0.0 {
        true => format!("{axis} = {scaled}"),
        false => format!("{axis} = {offset:?} + {scaled}"),
    }
}
