//! Which colour each line has: by its name, over a whole figure.

use plotters::style::{BLACK, RGBColor};

use crate::line::{Line, Mark};

/// Told apart by every eye: six of Okabe and Ito's colours, two dark ones of Tol's, and black.
///
/// Under simulated red, green and blue blindness any two keep a CIE Lab distance of at least 16.
const PALETTE: [RGBColor; 9] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(136, 34, 85),
    RGBColor(51, 34, 136),
    BLACK,
];

/// The first name that only points have: there may be many points, and lines must show above them.
const DOTS: RGBColor = RGBColor(140, 140, 140);

/// The colour of every name in a figure.
pub(crate) struct Colours(Vec<(String, RGBColor)>);

impl Colours {
    /// One colour for each name, none twice as long as the palette lasts. Then names share colours, but not within a
    /// panel if it can be helped.
    pub(crate) fn new(panels: &[&[Line]]) -> Self {
        let shows = |lines: &[Line], name: &str| lines.iter().any(|line| line.name == name);
        let all = || panels.iter().flat_map(|lines| lines.iter());
        let mut given: Vec<(String, RGBColor)> = Vec::new();
        for line in all() {
            let name = &line.name;
            if given.iter().any(|(other, _)| other == name) {
                continue;
            }
            let is_dots = all().all(|other| other.name != *name || other.mark == Mark::Points);
            let colour = if is_dots && given.iter().all(|(_, colour)| *colour != DOTS) {
                Some(DOTS)
            } else {
                PALETTE.into_iter().min_by_key(|colour| {
                    let users = || given.iter().filter(|(_, used)| used == colour);
                    let meets = |other: &str| {
                        let mut lines = panels.iter();
                        lines.any(|lines| shows(lines, name) && shows(lines, other))
                    };
                    let beside = users().filter(|(other, _)| meets(other)).count();
                    (beside, users().count())
                })
            };
            given.push((name.clone(), colour.unwrap_or(BLACK)));
        }
        Self(given)
    }

    /// The colour of a name.
    pub(crate) fn of(&self, name: &str) -> RGBColor {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map_or(BLACK, |(_, colour)| *colour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines<'a>(names: &[&str], mark: Mark) -> Vec<Line<'a>> {
        let line = |name: &&str| Line {
            name: (*name).into(),
            x: None,
            y: &[1.0],
            mark,
        };
        names.iter().map(line).collect()
    }

    #[test]
    fn a_name_has_one_colour_in_all_panels_and_two_names_have_two() {
        let first = lines(&["target", "a", "b", "c"], Mark::Line);
        let second = lines(&["c", "rms", "b", "d", "e", "f", "target"], Mark::Reference);
        let colours = Colours::new(&[&first, &second]);
        assert_eq!(colours.0.len(), 8, "one for each name");
        for (at, (name, colour)) in colours.0.iter().enumerate() {
            assert_eq!(colours.of(name), *colour);
            assert!(
                colours.0[..at].iter().all(|(_, other)| other != colour),
                "{name}"
            );
        }
    }

    #[test]
    fn the_first_points_are_grey_and_other_points_are_not() {
        let [above, below] = ["samples", "residual"].map(|name| lines(&[name], Mark::Points));
        let colours = Colours::new(&[&above, &below]);
        assert_eq!(colours.of("samples"), DOTS);
        assert_ne!(colours.of("residual"), DOTS);
    }

    #[test]
    fn names_beyond_the_palette_share_colours_with_other_panels_only() {
        let first = lines(&["a", "b", "c", "d", "e", "f"], Mark::Line);
        let second = lines(&["cos x", "g", "h", "i", "j"], Mark::Line);
        let colours = Colours::new(&[&first, &second]);
        for panel in [first, second] {
            let mut seen: Vec<_> = panel.iter().map(|line| colours.of(&line.name)).collect();
            seen.sort_by_key(|colour| (colour.0, colour.1, colour.2));
            seen.dedup();
            assert_eq!(seen.len(), panel.len());
        }
    }
}
