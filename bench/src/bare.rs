//! The peer that runs beside the stop calls: the same exchange by bare programs, which is what this machine can do at best.
//!
//! Two processes, a TCP connection on loopback, and the three synced appends that a receipt stands on: the caller's, the
//! called one's, the caller's again. No signatures, no encryption, no database, no screens.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of an entry with its record, about as a stop call's.
const ENTRY: usize = 1_024;
/// Blocks that the file has from the beginning, as a prepared write-ahead log.
const PREPARED: u64 = 8 << 20;
const PAUSE: Duration = Duration::from_millis(30);

struct Log {
    file: File,
    at: u64,
}

impl Log {
    fn new(folder: &Path) -> std::io::Result<Self> {
        let mut file = tempfile::tempfile_in(folder)?;
        std::io::copy(&mut std::io::repeat(0).take(PREPARED), &mut file)?;
        file.sync_all()?;
        Ok(Self { file, at: 0 })
    }

    fn append(&mut self, entry: &[u8]) -> std::io::Result<()> {
        self.file
            .seek(SeekFrom::Start(self.at % (PREPARED - ENTRY as u64)))?;
        self.file.write_all(entry)?;
        self.at += ENTRY as u64;
        self.file.sync_data()
    }
}

/// The called one: says that an entry came, appends it, says that it is held.
pub fn called(folder: &Path) -> ExitCode {
    let run = || -> std::io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        println!("{}", listener.local_addr()?);
        let mut log = Log::new(folder)?;
        let (mut caller, _) = listener.accept()?;
        caller.set_nodelay(true)?;
        let mut entry = [0; ENTRY];
        while caller.read_exact(&mut entry).is_ok() {
            caller.write_all(b"a")?;
            log.append(&entry)?;
            caller.write_all(b"r")?;
        }
        Ok(())
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("bench: the called bare program: {failed}");
            ExitCode::from(1)
        }
    }
}

/// Times of `count` exchanges: to the word that it came, and to the receipt in the caller's file.
///
/// # Errors
/// Whatever the system refuses.
pub fn exchanges(
    folder: &Path,
    count: usize,
) -> Result<(Vec<Duration>, Vec<Duration>), Box<dyn Error>> {
    let mut peer = Peer(
        Command::new(std::env::current_exe()?)
            .arg("--called")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let says = peer
        .0
        .stdout
        .take()
        .ok_or("the bare program says nothing")?;
    let mut address = String::new();
    BufReader::new(says).read_line(&mut address)?;
    let mut called = TcpStream::connect(address.trim())?;
    called.set_nodelay(true)?;
    let mut log = Log::new(folder)?;
    let (mut alarms, mut receipts) = (Vec::new(), Vec::new());
    let entry = [0x5a; ENTRY];
    for _ in 0..count {
        let began = Instant::now();
        log.append(&entry)?;
        called.write_all(&entry)?;
        let mut word = [0];
        called.read_exact(&mut word)?;
        alarms.push(began.elapsed());
        called.read_exact(&mut word)?;
        log.append(&entry)?;
        receipts.push(began.elapsed());
        thread::sleep(PAUSE);
    }
    Ok((alarms, receipts))
}

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        // Either fails only where it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
