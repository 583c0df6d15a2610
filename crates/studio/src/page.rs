//! What the program carries: the page, and the course that its views lead to.

use axum::{
    extract::Path,
    http::{Uri, header},
    response::{Html, IntoResponse, Response},
};
use pulldown_cmark::{Event, Options, Parser, Tag, html};

use crate::error::StudioError;

/// A file of the page and its kind.
type Asset = (&'static str, &'static str, &'static str);

macro_rules! assets {
    ($($name:literal: $kind:literal),* $(,)?) => {
        [$(($name, $kind, include_str!(concat!("../page/", $name)))),*]
    };
}

const ASSETS: [Asset; 14] = assets![
    "api.js": "text/javascript",
    "app.js": "text/javascript",
    "chart.js": "text/javascript",
    "elements.js": "text/javascript",
    "network.js": "text/javascript",
    "problem.js": "text/javascript",
    "views/fit.js": "text/javascript",
    "views/gradients.js": "text/javascript",
    "views/neuron.js": "text/javascript",
    "views/ship.js": "text/javascript",
    "views/train.js": "text/javascript",
    "history.js": "text/javascript",
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
];

macro_rules! course {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../docs/", $name, ".md")))),*]
    };
}

const COURSE: [(&str, &str); 15] = course![
    "1-fit",
    "2-neuron",
    "3-devices",
    "4-exact-engine",
    "5-best-network",
    "6-shipping",
    "7-proof",
    "8-benchmarks",
    "9-promises",
    "10-at-most",
    "11-noise",
    "12-python",
    "13-studio",
    "14-moments",
    "15-microcontrollers",
];

macro_rules! pictures {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../docs/pictures/", $name)))),*]
    };
}

const PICTURES: [(&str, &[u8]); 21] = pictures![
    "1-descent.png",
    "1-loss.png",
    "2-neuron.png",
    "2-saturated.png",
    "3-single.png",
    "4-second-order.png",
    "5-best.png",
    "5-pieces.png",
    "5-widths.png",
    "6-wind.png",
    "7-golden.png",
    "8-million.png",
    "9-soak.png",
    "10-corridor.png",
    "11-chosen.png",
    "11-closest.png",
    "11-rising.png",
    "12-python.png",
    "13-studio.png",
    "14-moments.png",
    "15-microcontrollers.png",
];

pub(crate) async fn index() -> Html<&'static str> {
    Html(include_str!("../page/index.html"))
}

/// A file of the page.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, StudioError> {
    let known = ASSETS.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = known.ok_or_else(|| not_here(&name))?;
    let kind = format!("{kind}; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], *text).into_response())
}

/// A page of the course.
pub(crate) async fn course(Path(name): Path<String>) -> Result<Html<String>, StudioError> {
    let name = name.trim_end_matches(".md");
    let known = COURSE.iter().find(|(known, _)| *known == name);
    let (_, text) = known.ok_or_else(|| not_here(name))?;
    Ok(Html(rendered(text)))
}

/// A picture of the course.
pub(crate) async fn picture(Path(name): Path<String>) -> Result<Response, StudioError> {
    let known = PICTURES.iter().find(|(known, _)| *known == name);
    let (_, bytes) = known.ok_or_else(|| not_here(&name))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], *bytes).into_response())
}

/// For a request that no page sends.
pub(crate) async fn no_such(uri: Uri) -> StudioError {
    not_here(uri.path().rsplit('/').next().unwrap_or_default())
}

fn not_here(name: &str) -> StudioError {
    StudioError::NotHere(format!("there is no {name} here"))
}

/// A course page; its links to the sources lead nowhere here, and are text.
fn rendered(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_MATH;
    let is_here = |link: &str| {
        let name = link
            .split('#')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".md");
        name.is_empty() || COURSE.iter().any(|(known, _)| *known == name)
    };
    let mut left = Vec::new();
    let events = Parser::new_ext(markdown, options).filter(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            left.push(!is_here(dest_url));
            left.last() == Some(&false)
        }
        Event::End(pulldown_cmark::TagEnd::Link) => left.pop() == Some(false),
        // Nothing but our own markup is let through.
        Event::Html(_) | Event::InlineHtml(_) => false,
        _ => true,
    });
    let mut body = String::new();
    html::push_html(&mut body, events);
    let title = markdown
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches(['#', ' ']);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · shallow</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"../page/style.css\">\
         <link rel=\"icon\" href=\"../page/icon.svg\"></head>\
         <body class=\"course\"><main><p><a href=\"../\">shallow studio</a></p>{body}</main></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn the_whole_course_is_here() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let names = |folder: &Path, ending: &str| -> Vec<String> {
            let files = fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().path());
            let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
            files
                .map(|path| path.file_stem().unwrap().to_string_lossy().into())
                .collect()
        };
        for name in names(&docs, "md") {
            assert!(COURSE.iter().any(|(known, _)| *known == name), "{name}");
        }
        for (name, text) in COURSE {
            let page = rendered(text);
            assert!(page.contains("<h1>"), "{name}");
            // Each picture of a page is carried, too.
            for (_, after) in page
                .match_indices("src=\"pictures/")
                .map(|(at, what)| page.split_at(at + what.len()))
            {
                let picture = after.split('"').next().unwrap();
                assert!(
                    PICTURES.iter().any(|(known, _)| *known == picture),
                    "{name}: {picture}"
                );
            }
        }
    }

    #[test]
    fn links_to_the_sources_are_text() {
        let page = rendered("# A\n[here](2-neuron.md#x) [there](../examples/a.rs) [this](#y)");
        assert!(
            page.contains("href=\"2-neuron.md#x\"") && page.contains("href=\"#y\""),
            "{page}"
        );
        assert!(
            page.contains(" there ") && !page.contains("examples"),
            "{page}"
        );
    }
}
