//! The one binary: the command line of a node, of its officers and of its administrators.

mod begun;
mod bell;
mod card;
mod cli;
mod client;
mod deaf;
mod exit;
mod fallback;
mod notes;
mod options;
mod output;
mod phrases;
mod record;

use clap::Parser as _;
use exit::{Banner, Exit, Failure};
use options::Options;
use serde_json::json;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    let options = cli.options.clone();
    match cli.run() {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            report(&options, &failure);
            failure.exit.into()
        }
    }
}

/// What cannot be parsed. If it was to be a stop call, it was not made, and that is said as for any other reason.
fn not_understood(error: &clap::Error) -> ExitCode {
    let typed: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let options = Options::told(&typed);
    let asked_for_help = !error.use_stderr();
    if asked_for_help || !options.json {
        // Where neither output takes anything there is nowhere left to say it.
        let _ = error.print();
    }
    if asked_for_help {
        return Exit::Done.into();
    }
    let is_stop = cli::is_new_stop_call(&typed);
    let failure = match options.json {
        true => Failure::usage(in_one_line(&error.to_string())),
        false => Failure::usage("what was typed was not understood: standclear stop --desk air"),
    };
    let failure = match is_stop {
        true => cli::not_made(failure),
        false => failure,
    };
    if is_stop || options.json {
        report(&options, &failure);
    }
    failure.exit.into()
}

/// What the parser says of a command line, without its heading and the empty lines between.
fn in_one_line(said: &str) -> String {
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

/// Says why it was not done. Where no node answers, this desk is deaf, and that is said first.
fn report(options: &Options, failure: &Failure) {
    // Another node's numbers are no help, but where nothing says which node it would have been.
    let kept = || match options.meant() {
        Some(address) => fallback::kept(&address),
        None => (options.address().ok())
            .and_then(|address| fallback::kept(&address))
            .or_else(fallback::any),
    };
    let deaf = matches!(failure.banner, Banner::Deaf | Banner::DeafNotSent);
    if options.json {
        let asked = failure.banner != Banner::None || failure.exit == Exit::Telephone;
        let telephone = asked.then(|| kept().map(|kept| kept.lines)).flatten();
        let said = json!({"exit": failure.exit as u8, "text": failure.text, "deaf": deaf, "telephone": telephone});
        output::say(&said.to_string());
        return;
    }
    match failure.banner {
        Banner::Deaf => output::say(deaf::banner(kept().as_ref(), None).trim_end()),
        Banner::CannotSend => output::say(deaf::cannot_send(kept().as_ref(), None).trim_end()),
        Banner::NotSent => output::say(deaf::not_sent(kept().as_ref()).trim_end()),
        Banner::DeafNotSent => output::say(deaf::deaf_not_sent(kept().as_ref()).trim_end()),
        Banner::None => {}
    }
    output::say(&format!("standclear: {}", failure.text));
}
