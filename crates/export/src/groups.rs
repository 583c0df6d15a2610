//! The networks of many groups of rows, each fitted to its own, in one file.

use std::{collections::HashMap, path::Path};

use shallow_analytic::ReluWeights;
use shallow_splines::Variance;

use crate::{
    error::ExportError,
    fitted::{Fitted, Function},
    tensors::{self, Metadata, Tensor},
};

/// The model of a file of groups, in its text.
const MODEL: &str = "relu by groups";

/// Networks by the name that their rows have in a column.
#[derive(Debug, Clone)]
pub struct Groups {
    /// The column.
    pub column: String,
    names: Vec<String>,
    fits: Vec<Fitted>,
    places: HashMap<String, usize>,
}

/// What a run's folder holds.
#[derive(Debug, Clone)]
pub enum Model {
    /// One network.
    One(Box<Fitted>),
    /// One for each group.
    Groups(Groups),
}

impl Groups {
    /// Of networks with their groups' names, all different.
    ///
    /// # Panics
    ///
    /// Without groups.
    pub fn new(column: String, groups: Vec<(String, Fitted)>) -> Self {
        assert!(!groups.is_empty(), "there is a group");
        let (names, fits): (Vec<String>, Vec<Fitted>) = groups.into_iter().unzip();
        let places = names.iter().cloned().zip(0..).collect();
        Self {
            column,
            names,
            fits,
            places,
        }
    }

    /// The groups' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The networks, in the order of the names.
    pub fn fits(&self) -> &[Fitted] {
        &self.fits
    }

    /// The number of a group, from 0.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// A group's network.
    pub fn get(&self, name: &str) -> Option<&Fitted> {
        self.places.get(name).map(|at| &self.fits[*at])
    }

    /// The networks as one safetensors file, f64: of `g` groups with `u` units together `units [g]`, `hidden.weight [u, 1]`,
    /// `hidden.bias [u]`, `output.weight [1, u]`, `output.bias [g]`, `x.shift [g]`, `domain [g, 2]`; and where noise is known
    /// `variance.pieces [g]`, `variance.knots`, `variance.values [m, 3]` and `variance.noise [g, 2]`. Names are in the metadata.
    ///
    /// # Panics
    ///
    /// Where one of them is no ReLU network.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ExportError> {
        let [x, y] = &self.fits[0].names;
        let metadata = Metadata::from([
            ("model".into(), MODEL.into()),
            ("x".into(), x.clone()),
            ("y".into(), y.clone()),
            ("by".into(), self.column.clone()),
            ("groups".into(), serde_json::to_string(&self.names)?),
        ]);
        let mut of: [Vec<f64>; 7] = Default::default();
        for fit in &self.fits {
            let Function::Relu { weights, x_shift } = &fit.function else {
                panic!("a group has a ReLU network");
            };
            of[0].push(weights.n_hidden() as f64);
            of[1].extend(&weights.w1);
            of[2].extend(&weights.b1);
            of[3].extend(&weights.w2);
            of[4].extend(&weights.b2);
            of[5].push(*x_shift);
            of[6].extend([fit.domain.0, fit.domain.1]);
        }
        let (g, u) = (self.fits.len(), of[1].len());
        let mut tensors = vec![
            Tensor("units".into(), vec![g], &of[0]),
            Tensor("hidden.weight".into(), vec![u, 1], &of[1]),
            Tensor("hidden.bias".into(), vec![u], &of[2]),
            Tensor("output.weight".into(), vec![1, u], &of[3]),
            Tensor("output.bias".into(), vec![g], &of[4]),
            Tensor("x.shift".into(), vec![g], &of[5]),
            Tensor("domain".into(), vec![g, 2], &of[6]),
        ];
        let mut noise: [Vec<f64>; 4] = Default::default();
        if self.fits.iter().any(|fit| fit.variance.is_some()) {
            for fit in &self.fits {
                let Some(variance) = &fit.variance else {
                    noise[0].push(0.0);
                    noise[3].extend([0.0, 0.0]);
                    continue;
                };
                noise[0].push(variance.values.len() as f64);
                noise[1].extend(&variance.knots);
                noise[2].extend(variance.values.iter().flatten());
                noise[3].extend([variance.noise, variance.degrees_left]);
            }
            let [knots, values] = [1, 2].map(|at| noise[at].len());
            tensors.extend([
                Tensor("variance.pieces".into(), vec![g], &noise[0]),
                Tensor("variance.knots".into(), vec![knots], &noise[1]),
                Tensor("variance.values".into(), vec![values / 3, 3], &noise[2]),
                Tensor("variance.noise".into(), vec![g, 2], &noise[3]),
            ]);
        }
        tensors::write(&tensors, &metadata)
    }

    fn from_tensors(
        metadata: &Metadata,
        tensors: &HashMap<String, Vec<f64>>,
    ) -> Result<Self, ExportError> {
        let text = |key: &str| {
            let text = metadata.get(key).cloned();
            text.ok_or_else(|| ExportError::content(format!("it has no `{key}`")))
        };
        let of = |name: &str| -> Result<Parts, ExportError> {
            let values = tensors.get(name);
            let values =
                values.ok_or_else(|| ExportError::content(format!("it has no tensor `{name}`")))?;
            Ok(Parts(values))
        };
        if !tensors.values().flatten().all(|value| value.is_finite()) {
            return Err(ExportError::content(
                "it has a value that is no finite number",
            ));
        }
        let names: Vec<String> = serde_json::from_str(&text("groups")?)?;
        let axes = [text("x")?, text("y")?];
        let [mut units, mut w1, mut b1, mut w2] = [
            of("units")?,
            of("hidden.weight")?,
            of("hidden.bias")?,
            of("output.weight")?,
        ];
        let [mut b2, mut shift, mut domain] = [of("output.bias")?, of("x.shift")?, of("domain")?];
        let mut noise = match tensors.contains_key("variance.pieces") {
            false => None,
            true => Some([
                of("variance.pieces")?,
                of("variance.knots")?,
                of("variance.values")?,
                of("variance.noise")?,
            ]),
        };
        let mut groups = Vec::new();
        for name in &names {
            let h = units.number()? as usize;
            if h == 0 {
                return Err(uneven());
            }
            let weights = ReluWeights {
                w1: w1.take(h)?,
                b1: b1.take(h)?,
                w2: w2.take(h)?,
                b2: b2.take(1)?,
            };
            let variance = match &mut noise {
                None => None,
                Some(parts) => variance(parts)?,
            };
            let fitted = Fitted {
                function: Function::Relu {
                    weights,
                    x_shift: shift.number()?,
                },
                domain: (domain.number()?, domain.number()?),
                inputs: Vec::new(),
                names: axes.clone(),
                variance,
                max_error: None,
            };
            groups.push((name.clone(), fitted));
        }
        let groups = match groups.is_empty() {
            true => return Err(ExportError::content("it has no groups")),
            false => Self::new(text("by")?, groups),
        };
        let rest = [units, w1, b1, w2, b2, shift, domain];
        let is_whole = rest.iter().all(|part| part.0.is_empty());
        match is_whole && groups.places.len() == groups.names.len() {
            true => Ok(groups),
            false => Err(uneven()),
        }
    }
}

/// A group's, from where the ones before have ended.
fn variance(parts: &mut [Parts; 4]) -> Result<Option<Variance>, ExportError> {
    let m = parts[0].number()? as usize;
    let (noise, degrees_left) = (parts[3].number()?, parts[3].number()?);
    if m == 0 {
        return Ok(None);
    }
    let knots = parts[1].take(m.saturating_add(1))?;
    let values = parts[2].take(m.saturating_mul(3))?;
    let values: Vec<[f64; 3]> = values
        .chunks_exact(3)
        .map(|of| [of[0], of[1], of[2]])
        .collect();
    let is_sound = knots.is_sorted_by(|a, b| a < b)
        && values.iter().flatten().all(|value| *value >= 0.0)
        && noise >= 0.0
        && degrees_left > 0.0;
    match is_sound {
        false => Err(ExportError::content("its variance is none")),
        true => Ok(Some(Variance {
            knots,
            values,
            noise,
            degrees_left,
        })),
    }
}

fn uneven() -> ExportError {
    ExportError::content("the sizes of its tensors are not those of its groups")
}

/// What is left of a tensor.
struct Parts<'a>(&'a [f64]);

impl Parts<'_> {
    fn take(&mut self, n: usize) -> Result<Vec<f64>, ExportError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or_else(uneven)?;
        self.0 = rest;
        Ok(taken.to_vec())
    }

    fn number(&mut self) -> Result<f64, ExportError> {
        Ok(self.take(1)?[0])
    }
}

impl Model {
    /// Reads what [`Fitted::to_safetensors`] or [`Groups::to_safetensors`] wrote.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, ExportError> {
        let (metadata, tensors) = tensors::read(bytes)?;
        match metadata.get("model").map(String::as_str) {
            Some(MODEL) => Groups::from_tensors(&metadata, &tensors).map(Self::Groups),
            _ => Fitted::from_tensors(&metadata, &tensors).map(|fitted| Self::One(fitted.into())),
        }
    }

    /// What a run's folder holds.
    ///
    /// # Errors
    ///
    /// [`ExportError::NoFolder`], [`ExportError::Unfinished`], [`ExportError::Read`] and [`ExportError::Model`].
    pub fn load(dir: &Path) -> Result<Self, ExportError> {
        let path = dir.join("model.safetensors");
        if !dir.is_dir() {
            return Err(ExportError::NoFolder { path: dir.into() });
        }
        if !path.exists() {
            return Err(ExportError::Unfinished { path: dir.into() });
        }
        let bytes = std::fs::read(&path).map_err(|source| ExportError::Read {
            path: path.clone(),
            source,
        })?;
        Self::from_safetensors(&bytes).map_err(|error| ExportError::Model {
            path,
            reason: error.to_string(),
        })
    }

    /// The one network, or that of a group.
    ///
    /// # Errors
    ///
    /// [`ExportError::Options`] where a group is named and there are none, [`ExportError::Group`] where none is named and there are some,
    /// or none has that name.
    pub fn one(self, group: Option<&str>) -> Result<Fitted, ExportError> {
        match (self, group) {
            (Self::One(fitted), None) => Ok(*fitted),
            (Self::One(_), Some(_)) => Err(ExportError::Options(
                "the run has one network and no groups; leave the group out".into(),
            )),
            (Self::Groups(groups), None) => Err(ExportError::Group(format!(
                "the run has {} groups by {}; choose one, such as `{}`",
                groups.names.len(),
                groups.column,
                groups.names[0]
            ))),
            (Self::Groups(mut groups), Some(name)) => match groups.places.get(name) {
                Some(at) => Ok(groups.fits.swap_remove(*at)),
                None => Err(groups.unknown(name)),
            },
        }
    }
}

impl Groups {
    /// What to say of a name that no group has.
    pub fn unknown(&self, name: &str) -> ExportError {
        ExportError::Group(format!(
            "no group of column {} is called `{name}`; the first of {} is `{}`",
            self.column,
            self.names.len(),
            self.names[0]
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(has_noise: bool) -> Groups {
        let fit = |at: usize| {
            let weights = ReluWeights {
                w1: vec![1.0; at + 1],
                b1: (0..=at).map(|i| i as f64).collect(),
                w2: vec![0.5 * at as f64; at + 1],
                b2: vec![at as f64],
            };
            Fitted {
                function: Function::Relu {
                    weights,
                    x_shift: at as f64,
                },
                domain: (0.0, 1.0 + at as f64),
                inputs: Vec::new(),
                names: ["x".into(), "y".into()],
                variance: (has_noise && at != 1).then(|| Variance {
                    knots: vec![0.0, 1.0, 2.0][..2 + at % 2].to_vec(),
                    values: vec![[1.0, 2.0, 3.0]; 1 + at % 2],
                    noise: 0.5,
                    degrees_left: 7.0,
                }),
                max_error: None,
            }
        };
        let named = (0..4).map(|at| (format!("g {at}"), fit(at)));
        Groups::new("sensor".into(), named.collect())
    }

    #[test]
    fn what_is_written_is_read_back_and_every_byte_less_is_an_error() {
        for has_noise in [false, true] {
            let groups = groups(has_noise);
            let bytes = groups.to_safetensors().unwrap();
            let Ok(Model::Groups(back)) = Model::from_safetensors(&bytes) else {
                panic!("it is read");
            };
            assert_eq!(back.fits, groups.fits);
            assert_eq!(back.names, groups.names);
            assert_eq!(back.get("g 2"), Some(&groups.fits[2]));
            for n in 0..bytes.len() {
                assert!(Model::from_safetensors(&bytes[..n]).is_err(), "{n}");
            }
        }
    }

    #[test]
    fn one_is_asked_for_by_name() {
        let model = || Model::Groups(groups(false));
        assert_eq!(model().one(Some("g 1")).unwrap(), groups(false).fits[1]);
        let error = model().one(None).unwrap_err().to_string();
        assert_eq!(
            error,
            "the run has 4 groups by sensor; choose one, such as `g 0`"
        );
        let error = model().one(Some("z")).unwrap_err().to_string();
        assert_eq!(
            error,
            "no group of column sensor is called `z`; the first of 4 is `g 0`"
        );
    }
}
