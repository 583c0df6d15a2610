//! A table of straight pieces as C: its rows, how one is found, and the value there.

use super::source::{Source, c_type, integer, unsigned};
use crate::{
    options::Dtype,
    target::{FixedTable, FloatTable, Norms, Table, halves, row_bytes},
};

impl Source<'_> {
    /// An element of a table, which an AVR reads from its flash.
    fn element(&self, array: &str, at: &str) -> String {
        let name = self.name();
        match self.export.source.progmem {
            true => format!("{}({name}_{array}, {at})", self.reader(array)),
            false => format!("{name}_{array}[{at}]"),
        }
    }

    fn reader(&self, array: &str) -> String {
        let what = match array {
            "norm" => "BYTE",
            "cell" => "CELL",
            _ => "NUMBER",
        };
        format!("{}_{what}", self.upper())
    }

    /// How an AVR reads its flash, and what stands for that elsewhere.
    fn flash(&self, cell: Option<&str>) -> String {
        if !self.export.source.progmem {
            return String::new();
        }
        let upper = self.upper();
        let number = match self.export.dtype {
            Dtype::F64 | Dtype::F32 => "pgm_read_float(&(table)[i])",
            Dtype::Q15 => "((int16_t)pgm_read_word(&(table)[i]))",
            Dtype::Q31 => "((int32_t)pgm_read_dword(&(table)[i]))",
        };
        let mut readers = vec![("NUMBER", number)];
        if self.has_norms() {
            readers.push(("BYTE", "pgm_read_byte(&(table)[i])"));
        }
        match cell {
            Some("uint8_t") => readers.push(("CELL", "pgm_read_byte(&(table)[i])")),
            Some(_) => readers.push(("CELL", "pgm_read_word(&(table)[i])")),
            None => {}
        }
        let define = |text: &dyn Fn(&str) -> String| -> String {
            let lines = readers.iter().map(|(name, reading)| {
                format!("#define {upper}_{name}(table, i) {}\n", text(reading))
            });
            lines.collect()
        };
        format!(
            "#ifdef __AVR__\n#include <avr/pgmspace.h>\n#define {upper}_FLASH PROGMEM\n{}#else\n#define {upper}_FLASH\n{}#endif\n\n",
            define(&|reading| reading.to_string()),
            define(&|_| "((table)[i])".to_string()),
        )
    }

    fn has_norms(&self) -> bool {
        matches!(
            &self.export.made,
            Some(Table::Fixed(FixedTable {
                norms: Norms::Each(_),
                ..
            }))
        )
    }

    /// The steps of a search among so many rows, from row i on: the sizes add up to one less.
    fn steps(&self, input: &str, n_rows: usize) -> String {
        let step = |half: &usize| {
            let knot = self.element("x", &format!("i + {half}"));
            format!("    i += {input} >= {knot} ? {half}u : 0u;\n")
        };
        halves(n_rows).iter().map(step).collect()
    }

    /// Row numbers of cells, and their type.
    fn cells(&self, rows: &[usize]) -> (&'static str, String) {
        let of = match row_bytes(rows) {
            1 => "uint8_t",
            _ => "uint16_t",
        };
        let numbers: Vec<String> = rows.iter().map(usize::to_string).collect();
        (of, self.array(of, "cell", &numbers))
    }

    pub(super) fn float_table(&self, table: &FloatTable) -> String {
        let real = self.real();
        let array = |of: &str, values: &[f64]| self.array(real, of, &self.numbers(values));
        let arrays =
            array("x", &table.knots) + &array("y", &table.values) + &array("slope", &table.slopes);
        let (input, held) = self.held(table.knots[0], table.high);
        let (mut includes, mut cell_type, mut cell_array) = ("", None, String::new());
        let find = match self.export.is_uniform() {
            false => format!(
                "    unsigned i = 0;\n{}",
                self.steps(input, table.knots.len())
            ),
            true => {
                let cells = table.cells();
                let (of, array) = self.cells(&cells.rows);
                (includes, cell_type, cell_array) = ("#include <stdint.h>\n\n", Some(of), array);
                format!(
                    "    unsigned i = 0;\n    if ({input} > {low}) {{\n        const {real} cell = ({input} - {low}) * {};\n        \
                    i = cell < {} ? {} : {}u;\n    }}\n{}",
                    self.literal(cells.cells_per_x),
                    self.number(cells.rows.len() as f64),
                    self.element("cell", "(unsigned)cell"),
                    cells.rows[cells.rows.len() - 1],
                    self.steps(input, cells.window),
                    low = self.literal(table.knots[0]),
                )
            }
        };
        format!(
            "{includes}{}/* Where each straight piece begins, the value there, and the slope. */\n{arrays}{cell_array}\n{}\n{{\n{held}{find}    \
            return {} + {} * ({input} - {});\n}}\n",
            self.flash(cell_type),
            self.signature(),
            self.element("y", "i"),
            self.element("slope", "i"),
            self.element("x", "i"),
        )
    }

    pub(super) fn fixed_table(&self, table: &FixedTable) -> String {
        let real = self.real();
        let bits = table.bits;
        let integers = |values: &[i64]| -> Vec<String> {
            values.iter().map(|value| integer(*value)).collect()
        };
        let array = |of: &str, values: &[i64]| self.array(real, of, &integers(values));
        let mut arrays =
            array("x", &table.knots) + &array("y", &table.values) + &array("slope", &table.slopes);
        let norm = match &table.norms {
            Norms::Common(norm) => norm.to_string(),
            Norms::Each(norms) => {
                let numbers: Vec<String> = norms.iter().map(u32::to_string).collect();
                arrays += &self.array("uint8_t", "norm", &numbers);
                self.element("norm", "i")
            }
        };
        let mut cell_type = None;
        let find = match self.export.is_uniform() {
            false => format!(
                "    unsigned i = 0;\n{}",
                self.steps("at", table.knots.len())
            ),
            true => {
                let cells = table.cells();
                let (of, array) = self.cells(&cells.rows);
                cell_type = Some(of);
                arrays += &array;
                let cell = format!(
                    "(u{real})((u{real})at - {}) >> {}",
                    unsigned(table.knots[0], bits),
                    cells.shift
                );
                format!(
                    "    unsigned i = {};\n{}",
                    self.element("cell", &cell),
                    self.steps("at", cells.window)
                )
            }
        };
        let (low, high) = (table.knots[0], table.high);
        let limit = 1_i64 << (bits - 1);
        let start = match (table.x.has_sign(), bits) {
            (true, _) => "x",
            (false, 16) => "(int16_t)((int32_t)x - 32768)",
            // Without a conversion of what the type does not hold, which C leaves open.
            (false, _) => {
                "x >= 2147483648u ? (int32_t)(x - 2147483648u) : (int32_t)x - 2147483647 - 1"
            }
        };
        let is_whole = low == -limit && high == limit - 1;
        let mut held = format!(
            "    {}{real} at = {start};\n",
            if is_whole { "const " } else { "" }
        );
        if low > -limit {
            held += &self.no_less("at", &integer(low));
        }
        if high < limit - 1 {
            held += &self.no_more("at", &integer(high));
        }
        let (knot, value, slope) = (
            self.element("x", "i"),
            self.element("y", "i"),
            self.element("slope", "i"),
        );
        let difference = format!("(u{real})((u{real})at - (u{real}){knot})");
        let name = self.name();
        let (helper, sum) = match bits {
            16 => (
                String::new(),
                format!("    const uint16_t dx = (uint16_t)({difference} << {norm});\n")
                    + &match table.fraction {
                        // The same, with a shorter sum.
                        0 => {
                            format!("    const uint32_t sum = (uint32_t)((int32_t){slope} * dx);\n")
                        }
                        _ => format!(
                            "    const uint32_t sum = ((uint32_t)(uint16_t){value} << 16) + (uint32_t)((int32_t){slope} * dx);\n"
                        ),
                    },
            ),
            _ => (
                format!(
                    "/* The upper half of a product, from products of 16 bits. */\n\
                    static inline uint32_t {name}_high(uint32_t a, uint32_t b)\n{{\n    \
                    const uint32_t a0 = a & 0xffffu, a1 = a >> 16, b0 = b & 0xffffu, b1 = b >> 16;\n    \
                    const uint32_t middle = a1 * b0 + (a0 * b0 >> 16);\n    \
                    const uint32_t other = a0 * b1 + (middle & 0xffffu);\n    \
                    return a1 * b1 + (middle >> 16) + (other >> 16);\n}}\n\n"
                ),
                format!(
                    "    const uint32_t dx = {difference} << {norm};\n    \
                    const int32_t slope = {slope};\n    \
                    const int32_t rise = (int32_t){name}_high(slope < 0 ? 0u - (uint32_t)slope : (uint32_t)slope, dx);\n    \
                    const int32_t sum = slope < 0 ? {value} - rise : {value} + rise;\n"
                ),
            ),
        };
        let result = sum + &rounded(table, &value);
        format!(
            "{}/* Where each straight piece begins, the value there, and the slope: the rise in 2^{bits} counts that are shifted to the\n   \
            left by {}. */\n{arrays}\n{helper}{}\n{{\n{held}{find}{result}}}\n",
            self.flash(cell_type),
            if self.has_norms() { "norm" } else { &norm },
            self.signature(),
        )
    }
}

/// The lines that make of a sum the caller's count: its bits below a count are rounded off. 2^31 is added before, and what is left of it
/// subtracted after, for C does not say how negative numbers are shifted.
fn rounded(table: &FixedTable, value: &str) -> String {
    let of = c_type(table.bits, table.y.has_sign());
    let below = if table.bits == 16 { 16 } else { 0 } + table.fraction;
    if below == 0 {
        return match table.y.has_sign() {
            true => "    return sum;\n".into(),
            false => "    return (uint32_t)sum + 2147483648u;\n".into(),
        };
    }
    let added = 0x8000_0000_u32 + (1 << (below - 1));
    let rest = match (1_i64 << (31 - below)) - table.y.bias {
        0 => String::new(),
        left if left > 0 => format!(" - {left}"),
        left => format!(" + {}", -left),
    };
    let to_value = match (table.bits, table.fraction) {
        (16, 0) => format!("{value} + "),
        _ => String::new(),
    };
    let cast = if table.bits == 16 { "" } else { "(uint32_t)" };
    let whole = format!("(int32_t)(({cast}sum + 0x{added:x}u) >> {below})");
    let value = match (table.y.has_sign(), table.bits) {
        (_, 16) => format!("({of})({to_value}{whole}{rest})"),
        (true, _) => format!("{whole}{rest}"),
        (false, _) => format!("(({cast}sum + 0x{added:x}u) >> {below}){rest}u"),
    };
    format!(
        "    /* Rounded; with 2^31 added, for C does not say how negative numbers are shifted. */\n    return {value};\n"
    )
}
