//! The one binary: the command line of a node, of its officers and of its administrators.

mod bell;
mod card;
mod cli;
mod client;
mod deaf;
mod exit;
mod fallback;
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
    let cli = cli::Cli::parse();
    let options = cli.options.clone();
    match cli.run() {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            report(&options, &failure);
            failure.exit.into()
        }
    }
}

/// Says why it was not done. Where no node answers, this desk is deaf, and that is said first.
fn report(options: &Options, failure: &Failure) {
    let kept = || {
        options
            .address()
            .ok()
            .and_then(|address| fallback::kept(&address))
    };
    let deaf = failure.banner == Banner::Deaf;
    if options.json {
        let telephone = deaf.then(|| kept().map(|kept| kept.lines)).flatten();
        let said = json!({"exit": failure.exit as u8, "text": failure.text, "deaf": deaf, "telephone": telephone});
        output::say(&said.to_string());
        return;
    }
    match failure.banner {
        Banner::Deaf => output::say(deaf::banner(kept().as_ref(), None).trim_end()),
        Banner::CannotSend => output::say(deaf::cannot_send(kept().as_ref(), None).trim_end()),
        Banner::NotSent => output::say(deaf::not_sent(kept().as_ref()).trim_end()),
        Banner::None => {}
    }
    output::say(&format!("standclear: {}", failure.text));
}
