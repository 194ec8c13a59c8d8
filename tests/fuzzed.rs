//! The targets of the fuzzer, on their seeds and on seeds that were spoilt a little: so that they hold before anybody fuzzes.

#[path = "fuzz/targets.rs"]
mod targets;

use std::fs;

use tenantry::engine::random::Random;

use targets::TARGETS;
use targets::seeds::{seeds, write_seeds};

/// Spoilt seeds of a target.
const SPOILT: u64 = 150;

/// Some bytes gone, doubled, or others.
fn spoilt(seed: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            break;
        }
        let from = random.index(bytes.len());
        let to = (from + 1 + random.index(12)).min(bytes.len());
        match random.below(4) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let part = bytes[from..to].to_vec();
                bytes.splice(from..from, part);
            }
            2 => bytes[from] = random.below(256) as u8,
            _ => {
                const WORDS: [&str; 8] = ["-1", "9223372036854775808", "\"", "}", "null", "[", "\u{202e}", "1e400"];
                let word = WORDS[random.index(WORDS.len())];
                bytes.splice(from..to, word.bytes());
            }
        }
    }
    bytes
}

#[test]
fn every_target_stands_its_seeds_and_what_is_nearly_one() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name}");
        seeds.iter().for_each(|seed| target(seed.as_bytes()));
        let mut random = Random::new(7);
        for _ in 0..SPOILT {
            let seed = &seeds[random.index(seeds.len())];
            target(&spoilt(seed, &mut random));
        }
    }
}

/// What the fuzzer begins with.
#[test]
fn seeds_are_written() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    TARGETS.iter().for_each(|(name, _)| write_seeds(name, &folder.join(name)));
    let count = |name: &str| fs::read_dir(folder.join(name)).unwrap().count();
    assert!(count("fleet_yaml") > 50 && count("fleet_json") > 30 && count("job") > 1);
    for (name, reads) in [("plan", reads_plan as fn(&str) -> bool), ("certificate", reads_certificate)] {
        assert!(reads(&fs::read_to_string(folder.join(name).join("0")).unwrap()), "{name}");
    }
}

fn reads_plan(text: &str) -> bool {
    tenantry::Plan::from_json(text).is_ok()
}

fn reads_certificate(text: &str) -> bool {
    tenantry::certificate::read(text.as_bytes()).is_ok()
}
