//! Plots as SVG: bars, and lines through points.

use std::fmt::Write as _;

use super::summary::{Summary, count};
use super::table::figure;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 48.0;
const TOP: f64 = 40.0;
/// Told apart by people who do not see all colours.
const COLOURS: [&str; 4] = ["#666666", "#0072b2", "#e69f00", "#cc79a7"];

/// Every plot that there are values for, by the name of its file.
pub(super) fn all(of: &Summary<'_>) -> Vec<(&'static str, String)> {
    [("ready.svg", ready(of)), ("memory.svg", memory(of))]
        .into_iter()
        .filter_map(|(name, plot)| Some((name, plot?)))
        .collect()
}

/// Groups of bars: seconds until all are Ready, by the number of objects, each per thousand of them.
fn ready(of: &Summary<'_>) -> Option<String> {
    let (sizes, everybody) = (of.sizes("life"), of.everybody("life"));
    let value = |who: &str, size: usize| {
        let spread = of.spread("life", who, size, "ready s")?;
        let each = |seconds: f64| seconds / count(size) * 1000.0;
        Some((each(spread.middle), each(spread.least), each(spread.most)))
    };
    let all = || sizes.iter().flat_map(|size| everybody.iter().filter_map(|who| value(who, *size)));
    let most = all().map(|(.., most)| most).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let mut body = legend(&everybody) + &axis(most, "seconds until all are Ready, per 1,000 objects");
    let group = (WIDTH - LEFT) / count(sizes.len());
    let bar = group * 0.8 / count(everybody.len());
    for (number, size) in sizes.iter().enumerate() {
        let start = LEFT + group * (count(number) + 0.1);
        for (place, who) in everybody.iter().enumerate() {
            let Some((middle, least, highest)) = value(who, *size) else { continue };
            let (x, y) = (start + bar * count(place), height(middle, most));
            let _ = writeln!(
                body,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" fill="{}"><title>{who}, {size}: {} s</title></rect>"#,
                bar * 0.9,
                HEIGHT - BOTTOM - y,
                COLOURS[place % COLOURS.len()],
                figure(middle),
            );
            let centre = x + bar * 0.45;
            let _ = writeln!(
                body,
                r#"<line x1="{centre:.1}" x2="{centre:.1}" y1="{:.1}" y2="{:.1}" stroke="black"/>"#,
                height(least, most),
                height(highest, most),
            );
        }
        body += &text(start + group * 0.4, HEIGHT - BOTTOM + 18.0, "middle", &format!("{size} objects"));
    }
    Some(framed(&body))
}

/// Megabytes settled against the number of objects, with the line that fits.
fn memory(of: &Summary<'_>) -> Option<String> {
    let (sizes, everybody) = (of.sizes("memory"), of.everybody("memory"));
    let value = |who: &str, size: usize| Some(of.spread("memory", who, size, "memory settled MB")?.middle);
    let widest = count(*sizes.last()?);
    let all = || sizes.iter().flat_map(|size| everybody.iter().filter_map(|who| value(who, *size)));
    let most = all().fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let across = |objects: f64| LEFT + (WIDTH - LEFT - 24.0) * objects / widest;
    let label = |who: &&str| match of.line("memory", who, "memory settled MB") {
        Some((each, base)) => format!("{who}: {} MB + {} kB an object", figure(base), figure(each * 1000.0)),
        None => (*who).to_owned(),
    };
    let labels: Vec<String> = everybody.iter().map(label).collect();
    let mut body =
        legend(&labels.iter().map(String::as_str).collect::<Vec<_>>()) + &axis(most, "megabytes settled");
    for (place, who) in everybody.iter().enumerate() {
        // The colours of the other plot, whose first is the bound's.
        let colour = COLOURS[place % COLOURS.len()];
        let points: Vec<(f64, f64)> = sizes
            .iter()
            .filter_map(|size| Some((across(count(*size)), height(value(who, *size)?, most))))
            .collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            body,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            path.join(" ")
        );
        for (x, y) in points {
            let _ = writeln!(body, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="{colour}"/>"#);
        }
    }
    for size in &sizes {
        body += &text(across(count(*size)), HEIGHT - BOTTOM + 18.0, "middle", &size.to_string());
    }
    body += &text(WIDTH / 2.0, HEIGHT - 10.0, "middle", "objects");
    Some(framed(&body))
}

fn height(value: f64, most: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / most
}

fn axis(most: f64, says: &str) -> String {
    let mut axis = text(LEFT, TOP - 26.0, "start", says);
    for part in 0..=4 {
        let value = most * f64::from(part) / 4.0;
        let y = height(value, most);
        let _ =
            writeln!(axis, r##"<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}" stroke="#dddddd"/>"##);
        axis += &text(LEFT - 6.0, y + 4.0, "end", &figure(value));
    }
    axis
}

fn legend(names: &[&str]) -> String {
    let mut legend = String::new();
    for (place, name) in names.iter().enumerate() {
        let x = LEFT + (WIDTH - LEFT) / count(names.len()) * count(place);
        let colour = COLOURS[place % COLOURS.len()];
        let _ = writeln!(
            legend,
            r#"<rect x="{x:.1}" y="{:.1}" width="10" height="10" fill="{colour}"/>"#,
            TOP - 20.0
        );
        legend += &text(x + 15.0, TOP - 11.0, "start", name);
    }
    legend
}

fn text(x: f64, y: f64, anchor: &str, says: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{says}</text>\n")
}

fn framed(body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n{body}</svg>\n"
    )
}
