//! Replays a scenario between two real nodes, which it starts as processes of their own and drives from outside as their
//! users do: the command line for setting up, HTTP and WebSocket for officers, `kill -9` for what goes wrong.
//!
//! Ends with 0 if every step did what it should, 1 if one did not, 2 if the scenario or the command line is not understood.

use clap::Parser;
use scenarios::arguments::Setting;
use scenarios::crew::{self, Crew};
use scenarios::failed::{Failed, chain};
use scenarios::play::Play;
use scenarios::scenario::Scenario;
use scenarios::screen::Screen;
use scenarios::stage::Stage;
use scenarios::written;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Replay a scenario between two real nodes on this machine
#[derive(Debug, Parser)]
#[command(name = "replay", max_term_width = 100)]
struct Arguments {
    /// The scenario's file
    scenario: PathBuf,
    /// Also write the tables as Markdown: into a new file, or between the marks of one that is there
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    setting: Setting,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let scenario = match Scenario::read(&arguments.scenario) {
        Ok(scenario) => scenario,
        Err(refused) => {
            eprintln!("replay: {}", chain(&refused));
            return ExitCode::from(2);
        }
    };
    match replay(&scenario, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err((during, failed)) => {
            crew::wait_if_interrupted();
            let screen = Screen::new(0);
            screen.failed(&format!("FAILED {during}: {}", chain(&failed)));
            ExitCode::from(1)
        }
    }
}

/// What was being done, and why it failed.
type Ended = (String, Failed);

fn replay(scenario: &Scenario, arguments: &Arguments) -> Result<(), Ended> {
    let setting_up = |failed| ("setting up".to_owned(), failed);
    let began = Instant::now();
    let screen = Screen::new(scenario.step.len());
    screen.heading(&scenario.title);
    screen.text(&scenario.about);
    let crew = Crew::new()
        .map_err(Failed::system("hear signals"))
        .map_err(setting_up)?;
    let stage =
        Stage::set_up(crew, scenario, &arguments.setting.places(), &screen).map_err(setting_up)?;
    screen.heading("The replay");
    screen.text(&scenario.times);
    let mut play = Play::new(scenario, stage, screen);
    play.all()
        .map_err(|(step, failed)| (format!("in step `{step}`"), failed))?;
    play.screen.heading("What this shows, and what it does not");
    play.screen.print(&play.ledger.text());
    for text in &scenario.not_shown {
        play.screen.point(text);
    }
    let took = began.elapsed().as_secs_f64();
    play.screen
        .print(&format!("\nEvery step did what it should, in {took:.0} s."));
    match &arguments.record {
        Some(file) => written::write(file, &play.ledger.markdown())
            .map_err(|failed| ("writing the record".to_owned(), failed)),
        None => Ok(()),
    }
}
