//! Bounds hold at every input, and tables go one way where their networks do: on random networks.

use proptest::prelude::*;
use shallow_analytic::{PiecewiseLinear, ReluWeights};

use super::{FixedTable, FloatTable, Lines, Norms, Table};
use crate::options::{Counts, Direction, Dtype, SourceOptions};

/// A network whose kinks are at some places of a domain, with slopes of many sizes; monotone or not.
#[derive(Debug, Clone)]
struct Drawn {
    weights: ReluWeights,
    shift: f64,
    domain: (f64, f64),
}

fn drawn(is_monotone: bool) -> impl Strategy<Value = Drawn> {
    let unit = (
        -0.2_f64..1.2,
        prop_oneof![3 => -3.0_f64..3.0, 1 => -1e-4_f64..1e-4, 1 => -200.0_f64..200.0, 1 => Just(0.0)],
    );
    let domain = prop_oneof![
        Just((0.0, 1.0)),
        Just((-1.0, 1.0)),
        Just((1.7e9, 1.7e9 + 86400.0)),
        Just((-3e-7, 2e-6)),
        (-1e4_f64..1e4, 0.01_f64..1e3).prop_map(|(low, width)| (low, low + width)),
    ];
    let scale = prop_oneof![Just(1.0), Just(1e-6), Just(1e9)];
    let parts = (
        prop::collection::vec(unit, 1..40),
        domain,
        scale,
        -5.0_f64..5.0,
    );
    parts.prop_map(move |(units, domain, scale, level)| {
        let (low, high) = domain;
        let shift = f64::midpoint(low, high);
        let width = high - low;
        let mut slope = 0.0;
        let mut weights = ReluWeights {
            w1: vec![1.0],
            b1: vec![width],
            w2: Vec::new(),
            b2: vec![level * scale],
        };
        let first = if is_monotone {
            units[0].1.abs()
        } else {
            units[0].1
        };
        weights.w2.push(first * scale / width);
        slope += first;
        let mut units = units;
        units.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (place, value) in units {
            let change = match is_monotone {
                true => value.abs() - slope,
                false => value,
            };
            slope += change;
            weights.w1.push(1.0);
            weights.b1.push(-(low + place * width - shift));
            weights.w2.push(change * scale / width);
        }
        Drawn {
            weights,
            shift,
            domain,
        }
    })
}

impl Drawn {
    fn lines(&self) -> Lines {
        Lines::new(
            &PiecewiseLinear::new(&self.weights),
            self.shift,
            self.domain,
        )
    }

    /// The network itself, and how far its own sum may be off.
    fn at(&self, x: f64) -> (f64, f64) {
        let u = x - self.shift;
        let ReluWeights { w1, b1, w2, b2 } = &self.weights;
        let terms = (0..w1.len()).map(|j| (w1[j] * u + b1[j]).max(0.0) * w2[j]);
        let sizes: f64 = (0..w1.len())
            .map(|j| ((w1[j] * u).abs() + b1[j].abs()) * w2[j].abs())
            .sum();
        (terms.sum::<f64>() + b2[0], 1e-14 * (sizes + b2[0].abs()))
    }

    fn table(&self, dtype: Dtype, options: &SourceOptions) -> Option<Table> {
        Table::new(&self.lines(), dtype, options).ok()
    }
}

fn float(table: Table) -> FloatTable {
    match table {
        Table::Float(table) => table,
        Table::Fixed(_) => panic!("not of floats"),
    }
}

fn fixed(table: Table) -> FixedTable {
    match table {
        Table::Fixed(table) => table,
        Table::Float(_) => panic!("not of counts"),
    }
}

/// Numbers of the type to look at: around every knot, and between.
fn places(table: &FloatTable, dtype: Dtype, more: &[f64]) -> Vec<f64> {
    let (low, high) = (table.knots[0], table.high);
    let around = table.knots.iter().flat_map(|knot| match dtype {
        Dtype::F32 => [
            (*knot as f32).next_down(),
            *knot as f32,
            (*knot as f32).next_up(),
        ]
        .map(f64::from),
        _ => [knot.next_down(), *knot, knot.next_up()],
    });
    let more = more
        .iter()
        .map(|share| dtype.round(low + share * (high - low)));
    let mut all: Vec<f64> = around
        .chain(more)
        .chain([high])
        .filter(|x| (low..=high).contains(x))
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

fn is_sorted(way: Direction, values: &[f64]) -> bool {
    values
        .windows(2)
        .all(|pair| way.sign() * (pair[1] - pair[0]) >= 0.0)
}

proptest! {
    #[test]
    fn floats_are_within_their_bounds(
        network in drawn(false),
        more in prop::collection::vec(0.0_f64..1.0, 100),
        is_single in any::<bool>(),
    ) {
        let dtype = if is_single { Dtype::F32 } else { Dtype::F64 };
        let table = float(network.table(dtype, &SourceOptions::default()).unwrap());
        for x in places(&table, dtype, &more) {
            let (wanted, room) = network.at(x);
            let row = table.knots.partition_point(|knot| *knot <= x) - 1;
            for y in dtype.line(table.knots[row], table.values[row], table.slopes[row], x) {
                let error = (y - wanted).abs();
                prop_assert!(error <= table.bounds.from_network + room, "{error:e} at {x:e}, not {:e}", table.bounds.from_network);
            }
        }
    }

    #[test]
    fn counts_of_16_bits_are_within_their_bounds(
        network in drawn(false),
        share in prop_oneof![Just(None), (1e-4_f64..0.5).prop_map(Some)],
    ) {
        let (least, most) = network.lines().range();
        let y_counts = share.filter(|_| most > least).map(|share| Counts {
            scale: share * (most - least),
            offset: f64::midpoint(least, most),
        });
        let options = SourceOptions { y_counts, ..SourceOptions::default() };
        let table = fixed(network.table(Dtype::Q15, &options).unwrap());
        // Rounding alone: of the value, the slope and the result.
        prop_assert!(table.bounds.from_network <= 1.6 * table.y.counts.scale + 1e-9 * table.y.counts.offset.abs());
        for x in table.knots[0]..=table.high {
            let (wanted, room) = network.at(table.x.counts.value(x));
            let y = table.at(x);
            prop_assert!((-0x8000..0x8000).contains(&y));
            // As the source computes it, in 32 bits.
            let row = table.knots.partition_point(|knot| *knot <= x) - 1;
            let norm = match &table.norms {
                Norms::Common(norm) => *norm,
                Norms::Each(norms) => norms[row],
            };
            let product = (table.slopes[row] as i32).checked_mul(((x - table.knots[row]) << norm) as i32).unwrap();
            let sum = ((table.values[row] as u32) << 16).wrapping_add(product as u32);
            let below = 16 + table.fraction;
            let counted = (sum.wrapping_add(0x8000_0000 + (1 << (below - 1))) >> below) as i64 - (1 << (31 - below));
            prop_assert_eq!(counted, y);
            let steep = 1e-15 * table.x.counts.value(x).abs() * table.bounds.slope;
            prop_assert!((table.y.counts.value(y) - wanted).abs() <= table.bounds.from_network + room + steep);
        }
    }

    #[test]
    fn counts_of_32_bits_are_within_their_bounds(
        network in drawn(false),
        more in prop::collection::vec(0.0_f64..1.0, 100),
    ) {
        let table = fixed(network.table(Dtype::Q31, &SourceOptions::default()).unwrap());
        let (low, high) = (table.knots[0], table.high);
        let more = more.iter().map(|share| low + (share * (high - low) as f64) as i64);
        let around = table.knots.iter().flat_map(|knot| [knot - 1, *knot, knot + 1]);
        for x in more.chain(around).filter(|x| (low..=high).contains(x)) {
            let (wanted, room) = network.at(table.x.counts.value(x));
            let y = table.at(x);
            prop_assert!(i32::try_from(y).is_ok());
            let steep = 1e-15 * table.x.counts.value(x).abs() * table.bounds.slope;
            prop_assert!((table.y.counts.value(y) - wanted).abs() <= table.bounds.from_network + room + steep);
        }
    }

    #[test]
    fn tables_go_the_way_of_their_networks(
        network in drawn(true),
        more in prop::collection::vec(0.0_f64..1.0, 300),
        scale in prop_oneof![Just(None), (1e-3_f64..0.3).prop_map(Some)],
    ) {
        let asked = Direction::Increasing;
        let mut options = SourceOptions {
            monotone: Some(asked),
            ..SourceOptions::default()
        };
        for dtype in [Dtype::F64, Dtype::F32] {
            let table = network.table(dtype, &options).unwrap();
            prop_assert_eq!(table.direction(), Some(asked));
            let table = float(table);
            let rows = places(&table, dtype, &more);
            let at = |way: usize| -> Vec<f64> {
                let on = |x: &f64| {
                    let row = table.knots.partition_point(|knot| knot <= x) - 1;
                    dtype.line(table.knots[row], table.values[row], table.slopes[row], *x)[way]
                };
                rows.iter().map(on).collect()
            };
            prop_assert!(is_sorted(asked, &at(0)) && is_sorted(asked, &at(1)));
        }
        let (least, most) = network.lines().range();
        options.y_counts = scale.filter(|_| most > least).map(|share| Counts {
            scale: share * (most - least),
            offset: f64::midpoint(least, most),
        });
        for dtype in [Dtype::Q15, Dtype::Q31] {
            let table = network.table(dtype, &options).unwrap();
            prop_assert_eq!(table.direction(), Some(asked));
            let table = fixed(table);
            let step = ((table.high - table.knots[0]) / 65_536).max(1) as usize;
            let mut before = i64::MIN;
            for x in (table.knots[0]..=table.high).step_by(step) {
                prop_assert!(table.at(x) >= before);
                before = table.at(x);
            }
        }
    }
}

#[test]
fn a_network_that_turns_is_no_monotone_table() {
    let network = Drawn {
        weights: ReluWeights {
            w1: vec![1.0, 1.0],
            b1: vec![0.0, -0.5],
            w2: vec![1.0, -1.5],
            b2: vec![0.0],
        },
        shift: 0.0,
        domain: (0.0, 1.0),
    };
    let options = SourceOptions {
        monotone: Some(Direction::Increasing),
        ..SourceOptions::default()
    };
    let error = Table::new(&network.lines(), Dtype::Q15, &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the table is not increasing: the network falls by 0.25 from 0.5 to 1; fit it to be increasing"
    );
    let table = network
        .table(Dtype::Q15, &SourceOptions::default())
        .unwrap();
    assert_eq!(table.direction(), None);
}

/// Q15 as signal processors have it: 1 is a count too many, and the last count stands for it.
#[test]
fn scales_are_taken_as_they_are_given() {
    let network = Drawn {
        weights: ReluWeights {
            w1: vec![1.0],
            b1: vec![1.0],
            w2: vec![0.9],
            b2: vec![-0.9],
        },
        shift: 0.0,
        domain: (-1.0, 1.0),
    };
    let q15 = Counts {
        scale: 1.0 / 32_768.0,
        offset: 0.0,
    };
    let options = SourceOptions {
        x_counts: Some(q15),
        y_counts: Some(q15),
        ..SourceOptions::default()
    };
    let table = fixed(network.table(Dtype::Q15, &options).unwrap());
    assert_eq!((table.knots[0], table.high), (-0x8000, 0x7fff));
    assert!((table.at(16_384) - 14_746).abs() <= 1);
    for (scale, part) in [
        (
            Counts {
                scale: 1e-5,
                offset: 0.0,
            },
            "x goes to -1, which is count -100000 at a scale of 1e-5",
        ),
        (
            Counts {
                scale: 4.0,
                offset: 0.0,
            },
            "has fewer than two numbers of q15",
        ),
        (
            Counts {
                scale: 0.1,
                offset: 1e9,
            },
            "x goes to",
        ),
    ] {
        let options = SourceOptions {
            x_counts: Some(scale),
            ..options.clone()
        };
        let error = Table::new(&network.lines(), Dtype::Q15, &options)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    }
}
