//! Cost against size, as a chart: both axes logarithmic.

use std::fmt::Write as _;

/// One line of the chart: what it is, and for each size in volumes the nanoseconds.
pub struct Line {
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

const WIDE: f64 = 640.0;
const HIGH: f64 = 360.0;
const LEFT: f64 = 70.0;
const LOW: f64 = 40.0;
/// Told apart by brightness too, and each line is named where it ends.
const COLOURS: [&str; 4] = ["#0b5394", "#6fa8dc", "#990000", "#e69138"];

/// An SVG of the lines; none without points.
pub fn svg(title: &str, lines: &[Line]) -> Option<String> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let logs = all().map(of).map(f64::log10);
        let (low, high) = logs.fold((f64::MAX, f64::MIN), |(low, high), at| {
            (low.min(at), high.max(at))
        });
        (low.floor(), high.ceil().max(low.floor() + 1.0))
    };
    all().next()?;
    let (sizes, costs) = (range(|point| point.0), range(|point| point.1));
    let part = |value: f64, (low, high): (f64, f64)| (value.log10() - low) / (high - low);
    let x = |size: f64| LEFT + part(size, sizes) * (WIDE - LEFT - 170.0);
    let y = |cost: f64| HIGH - LOW - part(cost, costs) * (HIGH - LOW - 40.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {HIGH}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDE}\" height=\"{HIGH}\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"18\" font-size=\"13\">{title}</text>\n"
    );
    for power in sizes.0 as i32..=sizes.1 as i32 {
        let at = x(10f64.powi(power));
        let _ = writeln!(
            svg,
            "<text x=\"{at:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            HIGH - 18.0,
            counted(power)
        );
    }
    for power in costs.0 as i32..=costs.1 as i32 {
        let at = y(10f64.powi(power));
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{:.0}\" y1=\"{at:.0}\" y2=\"{at:.0}\" stroke=\"#ddd\"/>",
            WIDE - 170.0
        );
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            lasting(power)
        );
    }
    for (line, colour) in lines.iter().zip(COLOURS.into_iter().cycle()) {
        let points: Vec<String> = line
            .points
            .iter()
            .map(|(size, cost)| format!("{:.1},{:.1}", x(*size), y(*cost)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        if let Some((size, cost)) = line.points.last() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.0}\" y=\"{:.0}\" fill=\"{colour}\">{}</text>",
                x(*size) + 8.0,
                y(*cost) + 4.0,
                line.name
            );
        }
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn counted(power: i32) -> String {
    match power {
        power if power < 3 => 10i64.pow(power.max(0) as u32).to_string(),
        power if power < 6 => format!("{}k", 10i64.pow((power - 3) as u32)),
        power => format!("{}M", 10i64.pow((power - 6) as u32)),
    }
}

fn lasting(power: i32) -> String {
    match power {
        power if power < 3 => format!("{} ns", 10i64.pow(power.max(0) as u32)),
        power if power < 6 => format!("{} µs", 10i64.pow((power - 3) as u32)),
        power => format!("{} ms", 10i64.pow((power - 6) as u32)),
    }
}
