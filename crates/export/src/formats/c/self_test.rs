//! The `main` of an exported file, which runs its test vectors.

use super::source::{Source, c_type, integer};
use crate::{
    options::{Dtype, Layout},
    target::{FixedTable, Sweep, Table, test_counts},
};

/// The beginning of a self-test.
const OPENING: &str = "#include <stdio.h>\n\n";

impl Source<'_> {
    pub(super) fn test(&self) -> String {
        let body = match &self.export.made {
            Some(Table::Fixed(table)) => self.counts_test(table),
            _ => self.float_test(),
        };
        format!(
            "\n/* With -D{upper}_TEST{of_header}, a program that checks itself. */\n#ifdef {upper}_TEST\n{OPENING}{body}#endif\n",
            upper = self.upper(),
            of_header = match self.export.source.layout {
                Layout::Header => " and -x c",
                _ => "",
            }
        )
    }

    fn float_test(&self) -> String {
        let (name, vectors) = (self.name(), &self.export.vectors);
        let exact: Vec<String> = vectors.y.iter().map(|y| format!("{y:?}")).collect();
        let longer = match (&self.export.made, self.export.dtype) {
            (Some(Table::Float(_)), Dtype::F32) => self.every_float(),
            _ => String::new(),
        };
        let main = format!(
            "{}{}\nint main(void)\n{{\n    double worst = 0.0;\n    \
            for (unsigned i = 0; i < {}; i++) {{\n        const double error = {name}({name}_test_x[i]) - {name}_test_y[i];\n        \
            const double size = error < 0.0 ? -error : error;\n        if (!(size <= worst))\n            worst = size;\n    \
            }}\n    printf(\"largest deviation %.17g\\n\", worst);\n    return worst <= {:?} ? 0 : 1;\n}}\n",
            self.array(self.real(), "test_x", &self.numbers(&vectors.x)),
            self.array("double", "test_y", &exact),
            vectors.x.len(),
            self.export.test_tolerance(),
        );
        match longer.is_empty() {
            true => main,
            false => format!(
                "#ifndef {upper}_TEST_ALL\n{main}#else\n{longer}#endif\n",
                upper = self.upper()
            ),
        }
    }

    /// A `main` that runs every float of the domain, beside the network's pieces in double.
    fn every_float(&self) -> String {
        let (Some(lines), Some(Table::Float(table))) = (&self.export.lines, &self.export.made)
        else {
            return String::new();
        };
        let name = self.name();
        let rows = 0..lines.len();
        let list = |of: &dyn Fn(usize) -> f64| -> Vec<String> {
            rows.clone().map(|row| format!("{:?}", of(row))).collect()
        };
        format!(
            "/* Every float from {low:?} to {high:?}, beside the network in double: minutes. */\n#include <stdint.h>\n#include <string.h>\n\n\
            {}{}{}\nint main(void)\n{{\n    double worst = 0.0;\n    unsigned long long n = 0;\n    unsigned piece = 0;\n    \
            float x = {};\n    for (;;) {{\n        while (piece + 1 < {} && {name}_test_from[piece + 1] <= x)\n            piece++;\n        \
            const double wanted = {name}_test_at[piece] + {name}_test_slope[piece] * (x - {name}_test_from[piece]);\n        \
            const double error = {name}(x) - wanted;\n        const double size = error < 0.0 ? -error : error;\n        \
            if (!(size <= worst))\n            worst = size;\n        n++;\n        if (x >= {})\n            break;\n        \
            uint32_t bits;\n        memcpy(&bits, &x, 4);\n        bits = x == 0.0f ? 1u : x > 0.0f ? bits + 1u : bits - 1u;\n        \
            memcpy(&x, &bits, 4);\n    }}\n    printf(\"largest deviation %.17g at all %llu floats\\n\", worst, n);\n    \
            return worst <= {:?} ? 0 : 1;\n}}\n",
            self.array("double", "test_from", &list(&|row| lines.from[row])),
            self.array(
                "double",
                "test_at",
                &list(&|row| lines.on(row, lines.from[row]))
            ),
            self.array("double", "test_slope", &list(&|row| lines.slope(row))),
            self.literal(table.knots[0]),
            lines.len(),
            self.literal(table.high),
            table.bounds.from_network,
            low = table.knots[0],
            high = table.high,
        )
    }

    /// Counts are the same everywhere, to the last bit: some of them, and a checksum of many.
    fn counts_test(&self, table: &FixedTable) -> String {
        let (name, [of_x, of_y]) = (self.name(), self.types());
        let x = test_counts(table);
        let list = |values: &[i64]| -> Vec<String> {
            values.iter().map(|value| integer(*value)).collect()
        };
        let y: Vec<i64> = x.iter().map(|x| table.at(*x)).collect();
        let Sweep { first, step, sums } = Sweep::of(table);
        let unsigned = c_type(table.bits, false);
        let first = integer(first);
        format!(
            "{}{}\nint main(void)\n{{\n    unsigned wrong = 0;\n    for (unsigned i = 0; i < {}; i++)\n        \
            wrong += {name}({name}_test_x[i]) != {name}_test_y[i];\n    \
            /* 65536 inputs, {}: two sums of their values, the second of which knows their order. */\n    \
            uint32_t sum = 0, sum_of_sums = 0;\n    {unsigned} x = ({unsigned}){first};\n    uint16_t n = 0;\n    do {{\n        \
            sum += ({unsigned}){name}(({of_x})x);\n        sum_of_sums += sum;\n        x = ({unsigned})(x + {step}u);\n        n++;\n    }} while (n != 0);\n    \
            printf(\"%u of {} values differ; the checksums %s\\n\", wrong,\n           \
            sum == 0x{:08x}u && sum_of_sums == 0x{:08x}u ? \"hold\" : \"differ\");\n    \
            return wrong == 0 && sum == 0x{:08x}u && sum_of_sums == 0x{:08x}u ? 0 : 1;\n}}\n",
            self.array(of_x, "test_x", &list(&x)),
            self.array(of_y, "test_y", &list(&y)),
            x.len(),
            if table.bits == 16 {
                "all there are"
            } else {
                "over the domain"
            },
            x.len(),
            sums[0],
            sums[1],
            sums[0],
            sums[1],
        )
    }
}
