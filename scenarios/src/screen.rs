//! What a replay prints: short lines, for a reader who knows the desk and not the program.

use crate::ledger::figure;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

/// Columns that a line takes at most.
const WIDTH: usize = 110;

#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Faint,
    Good,
    Bad,
}

/// Prints to standard output, in colour only on a terminal that wants it.
pub struct Screen {
    colour: bool,
    quiet: bool,
    steps: usize,
    done: usize,
}

impl Screen {
    pub fn new(steps: usize) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            quiet: false,
            colour: wanted && std::io::stdout().is_terminal(),
            steps,
            done: 0,
        }
    }

    /// For those who want what is done and not what is told: failures alone are printed.
    pub fn quiet() -> Self {
        Self {
            quiet: true,
            ..Self::new(0)
        }
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Good => "32",
            Ink::Bad => "1;31",
        };
        match self.colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    pub fn heading(&self, text: &str) {
        self.print(&format!("\n{}", self.ink(Ink::Bold, text)));
    }

    /// Running text.
    pub fn text(&self, text: &str) {
        for line in wrap(text, WIDTH) {
            self.print(&line);
        }
    }

    /// One of several points.
    pub fn point(&self, text: &str) {
        for (index, line) in wrap(text, WIDTH - 2).iter().enumerate() {
            let mark = if index == 0 { "-" } else { " " };
            self.print(&format!("{mark} {line}"));
        }
    }

    /// A new step, when it happened in history, and its title.
    pub fn step(&mut self, at: Option<&str>, title: &str) {
        self.done += 1;
        let when = at.unwrap_or("added");
        self.heading(&format!(
            "[{:>2}/{}]  {when}  |  {title}",
            self.done, self.steps
        ));
    }

    /// What is publicly known, and from where.
    pub fn fact(&self, at: &str, what: &str, source: &str) {
        self.lines(
            "history, ",
            &format!("{at}: {what} [{source}]"),
            Some(Ink::Faint),
        );
    }

    pub fn say(&self, text: &str) {
        self.lines("", text, None);
    }

    /// What someone does.
    pub fn act(&self, text: &str) {
        self.lines("> ", text, None);
    }

    /// What a node answered.
    pub fn answer(&self, node: &str, text: &str) {
        self.lines(&format!("{node}: "), text, None);
    }

    pub fn measured(&self, what: &str, took: Duration) {
        self.lines(&format!("{:>9}  ", figure(took)), what, None);
    }

    pub fn assumed(&self, seconds: u32, because: &str) {
        self.lines(
            &format!("{:>9}  ", format!("{seconds} s")),
            &format!("assumed, not waited for: {because}"),
            Some(Ink::Faint),
        );
    }

    /// What was checked and held.
    pub fn held(&self, what: &str) {
        self.lines("ok: ", what, Some(Ink::Good));
    }

    pub fn failed(&self, what: &str) {
        self.print(&format!("\n{}", self.ink(Ink::Bad, what)));
    }

    /// As it stands, a table for instance.
    pub fn print(&self, text: &str) {
        if !self.quiet {
            // A reader that has gone is no failure of the replay.
            let _ = writeln!(io::stdout(), "{text}");
        }
    }

    /// `text` after `label`, wrapped under itself.
    fn lines(&self, label: &str, text: &str, ink: Option<Ink>) {
        let indent = 9;
        let room = WIDTH - indent - label.chars().count();
        for (number, line) in wrap(text, room).iter().enumerate() {
            let label = match number {
                0 => label.to_owned(),
                _ => " ".repeat(label.chars().count()),
            };
            let line = format!("{label}{line}");
            let line = ink.map_or(line.clone(), |ink| self.ink(ink, &line));
            self.print(&format!("{}{line}", " ".repeat(indent)));
        }
    }
}

/// Lines of at most `width` characters, broken between words; a longer word stays whole. An empty line begins a paragraph.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, paragraph) in text.trim().split("\n\n").enumerate() {
        if number > 0 {
            lines.push(String::new());
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_a_long_word_stays_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a very-long-word b", 6), ["a", "very-long-word", "b"]);
        assert_eq!(wrap("one\ntwo\n\nthree\n", 80), ["one two", "", "three"]);
    }
}
