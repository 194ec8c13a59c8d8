//! Who of a cluster can stay in it: as much as is worth most, without foes and within its sums.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::ground::{Ground, House};
use crate::budget::Budget;

/// More than any worth: of those who may be nowhere else.
const BOUND: u128 = 1 << 80;

/// The members that stay at a site if a cluster is there.
pub fn crew(ground: &Ground, site: usize, here: &[usize], budget: &Budget) -> House {
    let weight = |member: usize| match ground.bound_to(member) == Some(site) {
        true => BOUND,
        false => u128::from(ground.worth(member, site)),
    };
    let mut friends: Vec<usize> = here.iter().copied().filter(|&member| ground.is_open(site, member)).collect();
    peace(ground, &mut friends, weight);
    // who is worth most for the room that it takes comes first
    friends
        .sort_by_key(|&member| (Reverse(weight(member) * 1_000_000 / u128::from(share(ground, site, member))), member));
    let (mut house, mut out) = (ground.house(site), Vec::new());
    for member in friends {
        match ground.lets_in(&house, member, None) {
            true => ground.enter(&mut house, member),
            false => out.push(member),
        }
    }
    improve(ground, &mut house, out, weight);
    while !house.members.is_empty() && !(ground.closer)(site, &house.members, budget) {
        // a few at once where there are many: what finds no room on nodes is rarely more
        let mut order = house.members.clone();
        order.sort_by_key(|&member| (weight(member), Reverse(ground.members[member].share), member));
        let count = (order.len() / 50).max(1);
        order.into_iter().take(count).for_each(|member| ground.leave(&mut house, member));
    }
    house
}

/// The share of what is usable at a site, in millionths and at least 1.
fn share(ground: &Ground, site: usize, member: usize) -> u64 {
    let parts = ground.members[member].load.iter().zip(&ground.usable[site]);
    let part = |(&load, &usable): (&u64, &u64)| match usable {
        u64::MAX => 0,
        _ => u128::from(load) * 1_000_000 / u128::from(usable.max(1)),
    };
    parts.map(part).max().and_then(|most| u64::try_from(most).ok()).unwrap_or(u64::MAX).max(1)
}

/// Keeps of foes those that are worth more: whole kinds, and of a kind that is its own foe one member.
fn peace(ground: &Ground, friends: &mut Vec<usize>, weight: impl Fn(usize) -> u128) {
    let mut alone: BTreeMap<usize, usize> = BTreeMap::new();
    for &member in friends.iter() {
        let kind = ground.members[member].kind;
        if ground.foes[kind].contains(kind) {
            let best = alone.entry(kind).or_insert(member);
            if weight(member) > weight(*best) {
                *best = member;
            }
        }
    }
    friends.retain(|member| alone.get(&ground.members[*member].kind).is_none_or(|best| best == member));
    let mut kinds: BTreeMap<usize, u128> = BTreeMap::new();
    for &member in friends.iter() {
        *kinds.entry(ground.members[member].kind).or_insert(0) += weight(member);
    }
    let foes = |a: usize, b: usize| a != b && ground.foes[a].contains(b);
    // what is lost with a kind, against what it costs the others
    let mut left: Vec<(usize, u128)> = kinds.into_iter().collect();
    let all = left.clone();
    loop {
        let against =
            |kind: usize| left.iter().filter(|&&(other, _)| foes(kind, other)).map(|&(_, it)| it).sum::<u128>();
        let worst = left.iter().enumerate().filter_map(|(at, &(kind, own))| {
            let against = against(kind);
            (against > 0 || left.iter().any(|&(other, _)| foes(kind, other))).then_some((at, own, against))
        });
        // the highest ratio of the two
        let worst = worst.reduce(|best, next| {
            let (left, right) = (next.2.saturating_mul(best.1.max(1)), best.2.saturating_mul(next.1.max(1)));
            if left > right { next } else { best }
        });
        let Some((at, ..)) = worst else { break };
        left.remove(at);
    }
    let mut back: Vec<(usize, u128)> = all.into_iter().filter(|it| !left.contains(it)).collect();
    back.sort_by_key(|&(kind, own)| (Reverse(own), kind));
    for it in back {
        if !left.iter().any(|&(other, _)| foes(it.0, other)) {
            left.push(it);
        }
    }
    friends.retain(|&member| left.iter().any(|&(kind, _)| kind == ground.members[member].kind));
}

/// Lets those in who are worth more than who leaves for them.
fn improve(ground: &Ground, house: &mut House, mut out: Vec<usize>, weight: impl Fn(usize) -> u128) {
    out.sort_by_key(|&member| (Reverse(weight(member)), member));
    for member in out {
        if ground.lets_in(house, member, None) {
            ground.enter(house, member);
            continue;
        }
        let mut others = house.members.clone();
        others.retain(|&other| weight(other) < weight(member));
        others.sort_by_key(|&other| (weight(other), Reverse(ground.members[other].share), other));
        if let Some(other) = others.into_iter().find(|&other| ground.lets_in(house, member, Some(other))) {
            ground.leave(house, other);
            ground.enter(house, member);
        }
    }
}
