//! Plays a day at the desks of three parties, each with a real node of its own on this machine, and shows the desks side
//! by side in a browser, so that whoever looks on can act at any of them: the parties that they do not play are played.
//!
//! Without a terminal, or with `CI=true`, it plays the day once, straight through. Ends with 0 if all of it came out as it
//! should, 1 if not, 2 if the timeline or the command line is not understood; Ctrl-C ends all that it started.

use clap::Parser;
use scenarios::arguments::Setting;
use scenarios::crew::{self, Crew};
use scenarios::day::board::Board;
use scenarios::day::page::{Desk, Links, Page};
use scenarios::day::timeline::Timeline;
use scenarios::day::{Day, Pace, played};
use scenarios::failed::{Failed, chain};
use scenarios::screen::Screen;
use scenarios::stage::Stage;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked whether the page was opened.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Play a day at three desks on this machine, and show them in a browser
#[derive(Debug, Parser)]
#[command(name = "demo", max_term_width = 100)]
struct Arguments {
    /// The timeline's file
    timeline: PathBuf,
    /// Go on until Ctrl-C, with pauses, also without a terminal
    #[arg(long, conflicts_with = "once")]
    stay: bool,
    /// Play it once, straight through, also in a terminal
    #[arg(long)]
    once: bool,
    /// The party that you play at first [the first of the timeline]
    #[arg(long, value_name = "PARTY")]
    play: Option<String>,
    /// How long the others take for each step, in milliseconds
    #[arg(long, value_name = "MS", default_value = "5000", value_parser = clap::value_parser!(u64).range(20..=600_000))]
    pause_ms: u64,
    #[command(flatten)]
    setting: Setting,
}

impl Arguments {
    /// Whether somebody is there who can act.
    fn stays(&self) -> bool {
        let is_automatic = std::env::var_os("CI").is_some_and(|value| value == "true");
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        self.stay || (!self.once && !is_automatic && is_terminal)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let timeline = match Timeline::read(&arguments.timeline) {
        Ok(timeline) => timeline,
        Err(refused) => {
            eprintln!("demo: {}", chain(&refused));
            return ExitCode::from(2);
        }
    };
    if let Some(party) = &arguments.play
        && timeline.party(party).is_none()
    {
        let known: Vec<&str> = timeline
            .party
            .iter()
            .map(|party| party.name.as_str())
            .collect();
        eprintln!(
            "demo: nobody can play `{party}`: choose one of {}",
            known.join(", ")
        );
        return ExitCode::from(2);
    }
    match demonstrate(&timeline, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err((during, failed)) => {
            crew::wait_if_interrupted();
            Screen::new(0).failed(&format!("FAILED {during}: {}", chain(&failed)));
            ExitCode::from(1)
        }
    }
}

/// What was being done, and why it failed.
type Ended = (String, Failed);

fn demonstrate(timeline: &Timeline, arguments: &Arguments) -> Result<(), Ended> {
    let setting_up = |failed| ("setting up".to_owned(), failed);
    let began = Instant::now();
    let screen = Screen::new(timeline.step.len());
    screen.heading(&timeline.title.en);
    screen.text(&timeline.about.en);
    let crew = Crew::new()
        .map_err(Failed::system("hear signals"))
        .map_err(setting_up)?;
    let page = Page::listen().map_err(setting_up)?;
    let cast = timeline.cast(Some(page.address()));
    let stage =
        Stage::set_up_for(crew, &cast, &arguments.setting.places(), &screen).map_err(setting_up)?;
    let desks = desks(timeline, &stage).map_err(setting_up)?;
    let mut stays = arguments.stays();
    if !arguments.stay && stays && !stage.has_consoles().map_err(setting_up)? {
        screen.heading("There is no console in this program, so there are no desks to open");
        screen.text(
            "`make console` builds it and says what it lacks (Node.js 20.19 or newer, with npm); then `make demo` again. \
             Until then the day is played here, once.",
        );
        stays = false;
    }
    let pause = Duration::from_millis(arguments.pause_ms);
    let first = timeline.party.first().map(|party| party.name.clone());
    let you = arguments.play.clone().or(first).filter(|_| stays);
    let board = Arc::new(Board::new(timeline.step.len(), you));
    let pace = if stays {
        Pace::Human(pause)
    } else {
        Pace::Straight
    };
    if stays {
        open(timeline, &stage, page, desks, &board, &screen).map_err(setting_up)?;
        played::begin(timeline, &stage, &board, pause).map_err(setting_up)?;
    }
    screen.heading("The day");
    let mut day = Day::new(timeline, stage, screen, board, pace);
    day.play()
        .map_err(|(step, failed)| (format!("in step `{step}`"), failed))?;
    day.screen.heading("What this showed, and what it did not");
    day.screen.print(&day.ledger.text());
    for text in &timeline.not_shown {
        day.screen.point(text);
    }
    let took = began.elapsed().as_secs_f64();
    if !stays {
        day.screen
            .print(&format!("\nEvery step did what it should, in {took:.0} s."));
        return Ok(());
    }
    day.screen.heading("The day is over, and the desks are open: whom you do not play goes on answering. Ctrl-C ends it.");
    loop {
        day.stage.forget_what_was_told();
        thread::sleep(pause);
    }
}

fn desks(timeline: &Timeline, stage: &Stage) -> Result<Vec<Desk>, Failed> {
    let desk = |party: &scenarios::day::timeline::Party| {
        Ok(Desk {
            party: party.name.clone(),
            called: party.called.clone(),
            language: party.language,
            origin: format!("http://{}", stage.seat(&party.seat)?.address()),
        })
    };
    timeline.party.iter().map(desk).collect()
}

/// Serves the page, and waits until somebody has opened it.
fn open(
    timeline: &Timeline,
    stage: &Stage,
    page: Page,
    desks: Vec<Desk>,
    board: &Arc<Board>,
    screen: &Screen,
) -> Result<(), Failed> {
    let makers = timeline
        .party
        .iter()
        .map(|party| stage.signs_in(&party.seat));
    let makers = makers.collect::<Result<Vec<_>, Failed>>()?;
    let links: Links = Box::new(move || makers.iter().map(|make| make()).collect());
    let link = page.link();
    page.serve(
        timeline.title.clone(),
        timeline.about.clone(),
        desks,
        links,
        board.clone(),
    )?;
    screen.heading("Open this in a browser on this machine; it shows the desks side by side:");
    screen.print(&format!("\n  {link}\n"));
    screen.text("It signs in to every desk: keep it to yourself. The day begins when it is open. Ctrl-C ends everything.");
    while !board.is_open() {
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
