//! One program for all targets, for each would take its time to be compiled and linked: `TARGET` in the environment says which.
#![no_main]

#[path = "targets.rs"]
mod targets;

use std::path::Path;
use std::sync::LazyLock;
use std::{env, process};

use targets::{TARGETS, Target, seeds};

static TARGET: LazyLock<(&str, Target)> = LazyLock::new(|| {
    let name = env::var("TARGET").unwrap_or_default();
    TARGETS.into_iter().find(|known| known.0 == name).unwrap_or_else(|| {
        eprintln!("TARGET is one of {}", TARGETS.map(|known| known.0).join(", "));
        process::exit(2);
    })
});

libfuzzer_sys::fuzz_target!(
    // before it reads them
    init: {
        if let Some(folder) = env::var_os("SEEDS") {
            seeds::write_seeds(TARGET.0, Path::new(&folder));
        }
    },
    |data: &[u8]| (TARGET.1)(data)
);
