//! What the parts of a C file share: names, types, numbers, and what a caller reads of it.

use crate::{
    error::ExportError,
    fitted::Function,
    job::{Export, literals_as, one_line},
    options::{Counts, Dtype, Layout},
    target::{Axis, Table},
};

/// A function's source.
pub(super) struct Source<'a> {
    pub(super) export: &'a Export<'a>,
}

impl Source<'_> {
    pub(super) fn name(&self) -> &str {
        &self.export.name
    }

    /// The beginning of its macros' names.
    pub(super) fn upper(&self) -> String {
        self.name().to_uppercase()
    }

    /// The file's name without its ending, fit for an `#include`.
    pub(super) fn stem(&self) -> Result<&str, ExportError> {
        let stem = &self.export.stem;
        match stem.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
            true => Err(ExportError::Options(
                "C cannot include a header whose name has quotes, backslashes or control characters; choose another name".into(),
            )),
            false => Ok(stem),
        }
    }

    /// What C calls the type of x and of y.
    pub(super) fn real(&self) -> &'static str {
        match self.export.dtype {
            Dtype::F64 => "double",
            Dtype::F32 => "float",
            Dtype::Q15 => "int16_t",
            Dtype::Q31 => "int32_t",
        }
    }

    /// The shortest text that reads back as the same number of the type.
    pub(super) fn number(&self, value: f64) -> String {
        match self.export.dtype {
            Dtype::F32 => format!("{:?}f", value as f32),
            _ => format!("{value:?}"),
        }
    }

    pub(super) fn literal(&self, value: f64) -> String {
        match value < 0.0 {
            true => format!("({})", self.number(value)),
            false => self.number(value),
        }
    }

    /// An array with internal linkage, whose name begins with the function's, so that the two never clash.
    pub(super) fn array(&self, of: &str, name: &str, numbers: &[String]) -> String {
        let flash = if self.export.source.progmem && !name.starts_with("test_") {
            format!("{}_FLASH ", self.upper())
        } else {
            String::new()
        };
        format!(
            "static const {of} {}_{name}[{}] {flash}= {{\n{}}};\n",
            self.name(),
            numbers.len(),
            literals_as(numbers, String::clone)
        )
    }

    pub(super) fn numbers(&self, values: &[f64]) -> Vec<String> {
        values.iter().map(|value| self.number(*value)).collect()
    }

    /// The comment that every file begins with.
    pub(super) fn opening(&self) -> String {
        let fitted = self.export.fitted;
        let [x, y] = fitted.names.each_ref().map(|name| one_line(name));
        let (low, high) = fitted.domain;
        let model = fitted.function.describe();
        let version = env!("CARGO_PKG_VERSION");
        format!(
            "/* {y} from {x} on [{low:?}, {high:?}], by shallow {version}: a network ({model}){} */\n",
            self.in_pieces()
        )
    }

    /// As what it is here.
    fn in_pieces(&self) -> String {
        match &self.export.lines {
            Some(lines) => format!(
                ", as its {} straight piece{}.",
                lines.len(),
                if lines.len() == 1 { "" } else { "s" }
            ),
            None => ".".into(),
        }
    }

    /// What a caller needs: the declaration, and what numbers mean.
    pub(super) fn interface(&self) -> String {
        let export = self.export;
        let [x, y] = export.fitted.names.each_ref().map(|name| one_line(name));
        let mut text = String::new();
        if export.dtype.is_fixed() {
            text += "#include <stdint.h>\n\n";
        }
        if let Some(Table::Fixed(table)) = &export.made {
            let upper = self.upper();
            text += &format!(
                "/* A count X stands for {x} = {upper}_X_OFFSET + {upper}_X_SCALE X, from X = {} to {}; its value Y for\n   \
                {y} = {upper}_Y_OFFSET + {upper}_Y_SCALE Y. */\n",
                table.ends()[0],
                table.ends()[1]
            );
            for (axis, of) in [("X", table.x), ("Y", table.y)] {
                let Counts { scale, offset } = of.counts;
                text += &format!(
                    "#define {upper}_{axis}_SCALE {scale:?}\n#define {upper}_{axis}_OFFSET ({offset:?})\n"
                );
            }
            for (what, count) in ["MIN", "MAX"].into_iter().zip(table.ends()) {
                text += &format!("#define {upper}_X_{what} {}\n", integer(count));
            }
            text += "\n";
        }
        text += &format!(
            "/* {y} at {x}{};\n   {}. */\n",
            export.promise(),
            export.beyond()
        );
        let attribute = match export.source.is_const {
            true => "#ifdef __GNUC__\n__attribute__((const))\n#endif\n",
            false => "",
        };
        let declaration = format!("{attribute}{}{}\n", self.signature(), ";");
        text += &match export.source.layout {
            Layout::Header => declaration,
            _ => format!(
                "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n{declaration}#ifdef __cplusplus\n}}\n#endif\n"
            ),
        };
        text
    }

    pub(super) fn signature(&self) -> String {
        let linkage = match self.export.source.layout {
            Layout::Header => "static inline ",
            _ => "",
        };
        let [of_x, of_y] = self.types();
        format!("{linkage}{of_y} {}({of_x} x)", self.name())
    }

    /// What the caller's x and y are in C.
    pub(super) fn types(&self) -> [&'static str; 2] {
        match &self.export.made {
            Some(Table::Fixed(table)) => {
                [table.x, table.y].map(|axis: Axis| c_type(table.bits, axis.has_sign()))
            }
            _ => [self.real(); 2],
        }
    }

    /// The definition, with its tables.
    pub(super) fn body(&self) -> String {
        match (&self.export.made, &self.export.fitted.function) {
            (Some(Table::Float(rows)), _) => self.float_table(rows),
            (Some(Table::Fixed(rows)), _) => self.fixed_table(rows),
            (None, Function::Relu { weights, x_shift }) => self.net(weights, *x_shift),
            (None, Function::Perceptron { neuron, x, y }) => self.perceptron(neuron, *x, *y),
        }
    }

    /// What the formulas call the input, and the lines that move one beyond the domain to its ends.
    pub(super) fn held(&self, low: f64, high: f64) -> (&'static str, String) {
        match self.export.source.clamp {
            true => (
                "at",
                format!("    {} at = x;\n", self.real())
                    + &self.no_less("at", &self.literal(low))
                    + &self.no_more("at", &self.literal(high)),
            ),
            false => ("x", String::new()),
        }
    }

    pub(super) fn no_less(&self, name: &str, least: &str) -> String {
        format!("    if ({name} < {least}) {{\n        {name} = {least};\n    }}\n")
    }

    pub(super) fn no_more(&self, name: &str, most: &str) -> String {
        format!("    if ({name} > {most}) {{\n        {name} = {most};\n    }}\n")
    }
}

/// An integer type.
pub(super) fn c_type(bits: u32, has_sign: bool) -> &'static str {
    match (bits, has_sign) {
        (16, true) => "int16_t",
        (16, false) => "uint16_t",
        (_, true) => "int32_t",
        (_, false) => "uint32_t",
    }
}

/// A count as a literal.
pub(super) fn integer(value: i64) -> String {
    match value {
        -0x8000_0000 => "(-2147483647 - 1)".into(),
        0x8000_0000.. => format!("{value}u"),
        value => value.to_string(),
    }
}

/// A count as an unsigned literal of the type, modulo its range.
pub(super) fn unsigned(value: i64, bits: u32) -> String {
    match bits {
        16 => format!("{}u", value as u16),
        _ => format!("{}u", value as u32),
    }
}
