//! What can be asked of an export.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use shallow_moments::Dialect;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For PyTorch and anything that reads safetensors.
    Safetensors,
    /// For ONNX runtimes.
    Onnx,
    /// Rust source, no_std, without dependencies.
    Rust,
    /// C99 source, without dependencies.
    C,
    /// Parameters and straight pieces as text.
    Json,
    /// An SQL expression of a column.
    Sql,
}

/// How source computes the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The network: every unit, O(h).
    Net,
    /// Its straight pieces: O(log h), or O(1).
    Table,
}

/// The type of the numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// Floats of 32 bits.
    F32,
    /// Floats of 64 bits.
    #[default]
    F64,
    /// Counts of 16 bits, each of which stands for a value.
    Q15,
    /// Counts of 32 bits.
    Q31,
}

impl Dtype {
    /// All of them, the usual one first.
    pub const ALL: [Self; 4] = [Self::F64, Self::F32, Self::Q15, Self::Q31];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Q15 => "q15",
            Self::Q31 => "q31",
        }
    }

    /// Whether it is counts.
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::Q15 | Self::Q31)
    }
}

/// What the counts of a fixed-point number stand for: `value = offset + scale count`. As text `scale`, or `scale:offset`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Counts {
    /// The value of a count, above 0.
    pub scale: f64,
    /// The value of count 0.
    pub offset: f64,
}

impl Counts {
    /// The value that a count stands for.
    pub fn value(self, count: i64) -> f64 {
        self.scale.mul_add(count as f64, self.offset)
    }
}

impl TryFrom<String> for Counts {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Counts> for String {
    fn from(Counts { scale, offset }: Counts) -> Self {
        format!("{scale:?}:{offset:?}")
    }
}

impl std::str::FromStr for Counts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scale, offset) = text.split_once(':').unwrap_or((text, "0"));
        let number = |text: &str| {
            text.trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
        };
        let numbers = number(scale)
            .filter(|scale| *scale > 0.0 && scale.is_normal())
            .zip(number(offset));
        let (scale, offset) = numbers.ok_or_else(|| {
            "it must be a scale above 0, such as 0.01, or a scale and an offset, such as 0.01:25".to_string()
        })?;
        Ok(Self { scale, offset })
    }
}

/// How the row of an input is found in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lookup {
    /// By binary search, without branches.
    #[default]
    Search,
    /// By equal cells, in constant time.
    Uniform,
}

/// A way that values go as x grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up, or level.
    Increasing,
    /// Down, or level.
    Decreasing,
}

impl Direction {
    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
        }
    }

    pub(crate) fn sign(self) -> f64 {
        match self {
            Self::Increasing => 1.0,
            Self::Decreasing => -1.0,
        }
    }

    /// The one of two values that may come later.
    pub(crate) fn later<T: Ord>(self, a: T, b: T) -> T {
        match self {
            Self::Increasing => a.max(b),
            Self::Decreasing => a.min(b),
        }
    }
}

/// In what files C source comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// One source file, which declares the function itself.
    #[default]
    One,
    /// A header and a source file.
    Pair,
    /// A header that holds the function itself.
    Header,
}

/// What can be asked of source, C or Rust.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceOptions {
    /// How a table's row is found.
    pub lookup: Option<Lookup>,
    /// Whether inputs beyond the domain have the value of its end.
    pub clamp: bool,
    /// What counts of x stand for; spread over the domain, if not given.
    #[serde(rename = "x_scale")]
    pub x_counts: Option<Counts>,
    /// What counts of y stand for; spread over the values, if not given.
    #[serde(rename = "y_scale")]
    pub y_counts: Option<Counts>,
    /// The way that the table must go, in its own arithmetic.
    pub monotone: Option<Direction>,
    /// Of C: the files.
    #[serde(skip)]
    pub layout: Layout,
    /// Of C: declare that the function has no effects and depends on its input alone.
    #[serde(rename = "const")]
    pub is_const: bool,
    /// Of C: tables stay in the flash of an AVR.
    pub progmem: bool,
}

/// What to export, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The kind of file.
    pub format: Format,
    /// How source and JSON hold the function; a table where it has one, if not given.
    pub form: Option<Form>,
    /// The type of the values.
    #[serde(default)]
    pub dtype: Dtype,
    /// What the file will be called: the function's name in source.
    pub name: String,
    /// Of SQL: the engine's.
    #[serde(default, deserialize_with = "dialect")]
    pub dialect: Option<Dialect>,
    /// Of SQL: the column of inputs; called as x is, if not given.
    pub column: Option<String>,
    /// Of C and Rust.
    #[serde(default)]
    pub source: SourceOptions,
}

/// An engine by its name.
fn dialect<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Dialect>, D::Error> {
    let Some(name) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    let known = Dialect::ALL.into_iter().find(|known| known.name() == name);
    known.map(Some).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::name).join(", ");
        D::Error::custom(format!("dialect must be one of {names}, got {name}"))
    })
}
