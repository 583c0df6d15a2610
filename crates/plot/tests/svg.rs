//! What the pictures show, read from their SVG text.

use std::fs;

use shallow_plot::{Figure, Layout, Line, Mark, Panel};

/// Pixels to the unit of the picture's size.
const SCALE: f64 = 3.0;

/// A picture's texts and drawn coordinates.
struct Svg(String);

/// A text, where it stands, and its anchor: `start`, `middle` or `end`.
#[derive(Debug, Clone)]
struct Text {
    text: String,
    at: (f64, f64),
    anchor: String,
}

/// A line's colour, width and points.
type Stroke = (String, f64, Vec<(f64, f64)>);

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let start = format!(" {name}=\"");
    let rest = tag.split_once(&start).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap()
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().unwrap()
}

impl Svg {
    fn of(figure: &Figure) -> Self {
        let folder = tempfile::tempdir().unwrap();
        figure.save(folder.path().join("picture.svg")).unwrap();
        Self(fs::read_to_string(folder.path().join("picture.svg")).unwrap())
    }

    fn tags(&self, kind: &str) -> impl Iterator<Item = &str> {
        let start = format!("<{kind} ");
        self.0
            .split('\n')
            .filter(move |tag| tag.starts_with(&start))
    }

    fn texts(&self) -> Vec<Text> {
        let parts = self.0.split("<text ").skip(1);
        let texts = parts.map(|part| {
            let (tag, rest) = part.split_once(">\n").unwrap();
            let tag = format!(" {tag}");
            Text {
                text: rest.split('\n').next().unwrap().into(),
                at: (number(&tag, "x"), number(&tag, "y")),
                anchor: attribute(&tag, "text-anchor").into(),
            }
        });
        texts.collect()
    }

    /// The labels that are numbers, along x or along y, in the order of drawing.
    fn labels(&self, anchor: &str) -> Vec<Text> {
        let mut texts = self.texts();
        texts.retain(|text| text.anchor == anchor && text.text.parse::<f64>().is_ok());
        texts
    }

    /// Strokes and their colours and widths.
    fn strokes(&self) -> Vec<Stroke> {
        let stroke = |tag: &str| {
            let points = attribute(tag, "points").split_whitespace().map(|point| {
                let (x, y) = point.split_once(',').unwrap();
                (x.parse().unwrap(), y.parse().unwrap())
            });
            let colour = attribute(tag, "stroke").into();
            (colour, number(tag, "stroke-width"), points.collect())
        };
        self.tags("polyline").map(stroke).collect()
    }

    fn dots(&self) -> Vec<(f64, f64)> {
        let dot = |tag: &str| (number(tag, "cx"), number(tag, "cy"));
        self.tags("circle").map(dot).collect()
    }
}

fn line<'a>(name: &str, x: &'a [f64], y: &'a [f64], mark: Mark) -> Line<'a> {
    Line {
        name: name.into(),
        x: Some(x),
        y,
        mark,
    }
}

fn panel(lines: Vec<Line>) -> Panel {
    Panel {
        title: "A title",
        x_label: "what x is",
        y_label: "what y is",
        lines,
        ..Panel::default()
    }
}

fn stacked(panels: Vec<Panel>) -> Figure {
    Figure {
        panels,
        layout: Layout::Stacked,
    }
}

fn spread(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = (high - low) / (n - 1) as f64;
    (0..n).map(|i| low + step * i as f64).collect()
}

fn names(labels: &[Text]) -> Vec<&str> {
    labels.iter().map(|label| &label.text[..]).collect()
}

#[test]
fn labels_of_an_axis_have_the_same_decimals_and_none_ends_in_a_point() {
    let x = spread(0.0, 1.0, 100);
    for (low, high) in [
        (0.0, 1.0),
        (-0.03, 1.07),
        (3.0, 8.0),
        (-40.0, 125.0),
        (0.0, 1000.0),
        (1e6, 1e6 + 1.0),
        (1e-9, 4e-9),
        (-2e12, 3e12),
    ] {
        let y = spread(low, high, 100);
        let svg = Svg::of(&stacked(vec![panel(vec![line("a", &x, &y, Mark::Line)])]));
        for anchor in ["middle", "end"] {
            let labels = svg.labels(anchor);
            assert!(labels.len() >= 3, "{labels:?}");
            let shape = |label: &&str| {
                let (mantissa, exponent) = label.split_once('e').unwrap_or((label, ""));
                let decimals = mantissa
                    .split_once('.')
                    .map_or(0, |(_, digits)| digits.len());
                (decimals, exponent.to_string())
            };
            let mut shapes: Vec<_> = names(&labels)
                .iter()
                .filter(|label| **label != "0")
                .map(shape)
                .collect();
            shapes.dedup();
            assert_eq!(shapes.len(), 1, "{:?}", names(&labels));
            assert!(labels.iter().all(|label| !label.text.ends_with('.')));
        }
    }
}

#[test]
fn x_labels_stand_right_under_the_lower_edge_and_apart() {
    for (low, high) in [
        (0.0, 1000.0),
        (-40.0, 125.0),
        (1e6, 1e6 + 1.0),
        (1e-7, 3e-7),
        (-2e7, 3e7),
    ] {
        let x = spread(low, high, 100);
        for y in [spread(3.0, 8.0, 100), spread(-1.0, 2.0, 100)] {
            let panel = || panel(vec![line("a", &x, &y, Mark::Line)]);
            let svg = Svg::of(&stacked(vec![panel(), panel()]));
            // The grid and the axes; labels stand under the lowest, which is the axis.
            let level = |(_, _, at): &Stroke| {
                at.len() == 2 && at[0].1 == at[1].1 && at[1].0 - at[0].0 > 500.0 * SCALE
            };
            let edges: Vec<f64> = svg
                .strokes()
                .into_iter()
                .filter(level)
                .map(|s| s.2[0].1)
                .collect();
            let labels = svg.labels("middle");
            let names = svg
                .texts()
                .iter()
                .filter(|text| text.text == "what x is")
                .map(|text| text.at.1)
                .collect::<Vec<_>>();
            assert_eq!(names.len(), 2);
            for label in &labels {
                let under = edges
                    .iter()
                    .map(|edge| label.at.1 - edge)
                    .filter(|under| *under > 0.0);
                let under = under.fold(f64::MAX, f64::min);
                assert!(under < 12.0 * SCALE, "{label:?} is {under} under an edge");
                let name = names
                    .iter()
                    .map(|name| name - label.at.1)
                    .filter(|below| *below > 0.0);
                let name = name.fold(f64::MAX, f64::min);
                assert!((18.0 * SCALE..30.0 * SCALE).contains(&name), "{name}");
            }
            for pair in labels
                .windows(2)
                .filter(|pair| pair[0].at.1 == pair[1].at.1)
            {
                // A digit is about 8 units wide.
                let wide = 8.0 * SCALE * (pair[0].text.len() + pair[1].text.len()) as f64 / 2.0;
                assert!(pair[1].at.0 - pair[0].at.0 > wide, "{pair:?}");
            }
        }
    }
}

#[test]
fn a_legend_lies_above_every_point() {
    let x = spread(-1.0, 1.0, 200);
    let high = vec![1.0; 200];
    for names in [
        &["samples", "target"][..],
        &[
            "one",
            "another with a long name",
            "a third with a long name",
            "a fourth with a long name",
            "a fifth",
            "a sixth",
        ],
    ] {
        let lines: Vec<Line> = names
            .iter()
            .map(|name| line(name, &x, &high, Mark::Line))
            .chain([line("dots", &x, &x, Mark::Points)])
            .collect();
        for layout in [Layout::Stacked, Layout::SideBySide] {
            let svg = Svg::of(&Figure {
                panels: vec![panel(lines.clone())],
                layout,
            });
            let texts = svg.texts();
            let entries: Vec<&Text> = texts.iter().filter(|text| text.anchor == "start").collect();
            assert_eq!(entries.len(), lines.len());
            let lowest = entries
                .iter()
                .map(|text| text.at.1 + 10.0 * SCALE)
                .fold(0.0, f64::max);
            let long = svg
                .strokes()
                .into_iter()
                .filter(|stroke| stroke.2.len() > 2);
            let mut data: Vec<(f64, f64)> = long.flat_map(|stroke| stroke.2).collect();
            // The legend has a dot, too: the first one.
            data.extend(svg.dots().into_iter().skip(1));
            assert!(data.len() > 300);
            assert!(data.iter().all(|at| at.1 > lowest), "{lowest}");
        }
    }
}

#[test]
fn whole_numbers_have_whole_ticks() {
    let hidden = [1.0, 2.0, 3.0];
    let widths = Svg::of(&stacked(vec![panel(vec![line(
        "a",
        &hidden,
        &[0.3, 0.2, 0.1],
        Mark::Line,
    )])]));
    assert_eq!(names(&widths.labels("middle")), ["1", "2", "3"]);
    let losses = Line {
        x: None,
        ..line("loss", &[], &[0.5, 0.25], Mark::Line)
    };
    let epochs = Svg::of(&stacked(vec![panel(vec![losses])]));
    assert_eq!(names(&epochs.labels("middle")), ["0", "1"]);
    let steps = Svg::of(&stacked(vec![panel(vec![line(
        "a",
        &[0.1, 0.2],
        &[0.0, 1.0],
        Mark::Line,
    )])]));
    assert_eq!(names(&steps.labels("end")), ["0", "1"]);
}

#[test]
fn a_name_has_its_colour_in_every_panel_and_a_reference_is_broad() {
    let x = spread(0.0, 1.0, 50);
    let figure = stacked(vec![
        panel(vec![
            line("target", &x, &x, Mark::Reference),
            line("prediction", &x, &x, Mark::Line),
        ]),
        panel(vec![
            line("limit", &x, &x, Mark::Reference),
            line("residual", &x, &x, Mark::Line),
            line("prediction", &x, &x, Mark::Line),
        ]),
    ]);
    let strokes: Vec<_> = Svg::of(&figure)
        .strokes()
        .into_iter()
        .filter(|stroke| stroke.2.len() > 2)
        .collect();
    let colours: Vec<&str> = strokes.iter().map(|stroke| &stroke.0[..]).collect();
    let [target, prediction, limit, residual, again] = colours[..] else {
        panic!("{colours:?}")
    };
    assert_eq!(prediction, again);
    let mut distinct = vec![target, prediction, limit, residual];
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
    let broad: Vec<bool> = strokes
        .iter()
        .map(|stroke| stroke.1 > 2.0 * SCALE)
        .collect();
    assert_eq!(broad, [true, false, true, false, false]);
}

#[test]
fn a_million_points_make_a_small_picture_that_shows_the_spike() {
    let x = spread(0.0, 1.0, 1_000_000);
    let mut y: Vec<f64> = (0..x.len())
        .map(|i| (i * 7919 % 1009) as f64 / 1009.0)
        .collect();
    y[654_321] = 50.0;
    let figure = stacked(vec![panel(vec![
        line("samples", &x, &y, Mark::Points),
        line("line", &x, &y, Mark::Line),
    ])]);
    let svg = Svg::of(&figure);
    assert!(svg.0.len() < 800_000, "{} bytes", svg.0.len());
    let long = svg
        .strokes()
        .into_iter()
        .find(|stroke| stroke.2.len() > 2)
        .unwrap()
        .2;
    let top = |points: &[(f64, f64)]| points.iter().map(|at| at.1).fold(f64::MAX, f64::min);
    let dots = &svg.dots()[1..];
    assert_eq!(top(&long), top(dots), "both show the spike");
}

#[test]
fn whatever_is_finite_is_drawn_and_nothing_panics() {
    let x = [0.0, 1.0, 2.0, 3.0];
    let folder = tempfile::tempdir().unwrap();
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    for y in [
        &[1.0, nan, inf, 2.0][..],
        &[-inf, 1.0, 2.0, 3.0],
        &[3.0; 4],
        &[0.0; 4],
        &[1.0],
        &[1e300, 1e-300, 0.0, -1e300],
        &[f64::MAX, f64::MIN, 5e-324, 0.0],
        &[1e-300, 2e-300, 3e-300, 4e-300],
    ] {
        for log_y in [false, true] {
            for mark in [Mark::Line, Mark::Reference, Mark::Points] {
                let lines = vec![
                    line("a", &x, y, mark),
                    line("empty", &[], &[], mark),
                    line("y as x", y, &x, mark),
                ];
                let figure = stacked(vec![
                    Panel {
                        log_y,
                        ..panel(lines)
                    },
                    panel(vec![]),
                ]);
                assert!(!Svg::of(&figure).labels("end").is_empty());
                if mark == Mark::Line {
                    figure.save(folder.path().join("picture.png")).unwrap();
                }
            }
        }
    }
    for layout in [Layout::Stacked, Layout::SideBySide] {
        Svg::of(&Figure {
            panels: vec![],
            layout,
        });
    }
}

#[test]
fn a_gap_parts_a_line() {
    let x = spread(0.0, 6.0, 7);
    let y = [1.0, 2.0, 3.0, f64::NAN, 3.0, 2.0, 1.0];
    let svg = Svg::of(&stacked(vec![panel(vec![line("a", &x, &y, Mark::Line)])]));
    let long = svg
        .strokes()
        .into_iter()
        .filter(|stroke| stroke.2.len() > 2);
    assert_eq!(
        long.map(|stroke| stroke.2.len()).collect::<Vec<_>>(),
        [3, 3]
    );
}
