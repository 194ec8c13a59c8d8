//! What one pod requests, by the rules of the Kubernetes scheduler.
//!
//! Containers run side by side, so their requests add up. Init containers run one after another before them, so the
//! largest counts; a sidecar (an init container with `restartPolicy: Always`) keeps running, so it counts beside the
//! containers and beside every later init container (Kubernetes enhancement 753, "Resources calculation for scheduling
//! and pod admission"). A request that the pod as a whole states takes the place of that figure (enhancement 2837).
//! The pod's overhead comes on top. Where only a limit is given, the request is the limit.

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::Nodes;
use crate::quantity::{self, QuantityError, Rounding, Unit};

/// Amounts by resource: CPU in milli, everything else in units, each rounded up.
pub(super) type Amounts = BTreeMap<String, u64>;

/// The resources that a pod as a whole may request; huge pages besides.
const POD_LEVEL: [&str; 2] = ["cpu", "memory"];

/// A container's resources, as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Container {
    pub name: String,
    /// `restartPolicy: Always`; means something only among init containers.
    pub sidecar: bool,
    pub requests: Amounts,
    pub limits: Amounts,
}

/// What a pod's specification says about resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PodShape {
    pub containers: Vec<Container>,
    /// In the order in which they start.
    pub init: Vec<Container>,
    pub overhead: Amounts,
    /// Of the pod as a whole.
    pub requests: Amounts,
    pub limits: Amounts,
    /// The RuntimeClass that it names, whose overhead comes on top.
    pub runtime_class: Option<String>,
    /// Whether it claims devices (dynamic resource allocation), which no request counts.
    pub claims: bool,
    /// What it asks of its node.
    pub nodes: Nodes,
    /// Whether it keeps data where it runs: a volume that is claimed, or a directory of the node.
    pub keeps_data: bool,
}

/// What a pod requests, and what it leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PodRequests {
    /// The resources that the pod requests.
    pub amounts: Amounts,
    /// For `cpu` and `memory`: the containers that leave it open although another part of the pod does not, so that
    /// Kubernetes counts 0 for them.
    pub open: Vec<(String, Vec<String>)>,
    /// For `cpu` and `memory` where nothing but the overhead is stated: the overhead.
    pub overhead: Amounts,
}

/// The sum does not fit 64 bits; names the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Overflow(pub String);

impl Container {
    /// The request, or the limit where only that is given.
    fn request(&self, resource: &str) -> Option<u64> {
        self.requests.get(resource).or_else(|| self.limits.get(resource)).copied()
    }

    /// Requests these amounts of what it leaves open, as a LimitRange's defaults do.
    pub fn fill(&mut self, defaults: &Amounts) {
        for (resource, &amount) in defaults {
            if self.request(resource).is_none() {
                self.requests.insert(resource.clone(), amount);
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.requests.keys().chain(self.limits.keys())
    }
}

impl PodShape {
    /// What one pod requests.
    ///
    /// # Errors
    /// [`Overflow`] if a sum does not fit.
    pub fn total(&self) -> Result<PodRequests, Overflow> {
        let everyone = || self.containers.iter().chain(&self.init);
        let mut resources: BTreeSet<&String> = everyone().flat_map(Container::names).collect();
        resources.extend(self.overhead.keys().chain(self.requests.keys()).chain(self.limits.keys()));
        let mut result = PodRequests::default();
        for resource in resources {
            let overflow = || Overflow(resource.clone());
            let stated = everyone().any(|container| container.request(resource).is_some());
            let parts = self.parts(resource).ok_or_else(overflow)?;
            let whole = self.whole(resource, stated);
            let overhead = self.overhead.get(resource).copied().unwrap_or(0);
            let counted = POD_LEVEL.contains(&resource.as_str());
            if whole.is_none() && !stated && counted {
                // the overhead alone says nothing about the containers: the request stays open
                result.overhead.insert(resource.clone(), overhead);
                continue;
            }
            let amount = whole.unwrap_or(parts).checked_add(overhead).ok_or_else(overflow)?;
            if whole.is_none() && counted {
                // init containers take turns; of them only sidecars keep running
                let open: Vec<String> = (self.init.iter().filter(|it| it.sidecar))
                    .chain(&self.containers)
                    .filter(|container| container.request(resource).is_none())
                    .map(|container| container.name.clone())
                    .collect();
                if !open.is_empty() {
                    result.open.push((resource.clone(), open));
                }
            }
            result.amounts.insert(resource.clone(), amount);
        }
        Ok(result)
    }

    /// The containers' figure.
    fn parts(&self, resource: &str) -> Option<u64> {
        let of = |container: &Container| container.request(resource).unwrap_or(0);
        let mut sidecars = 0_u64;
        let mut starting = 0_u64;
        for init in &self.init {
            if init.sidecar {
                sidecars = sidecars.checked_add(of(init))?;
                starting = starting.max(sidecars);
            } else {
                starting = starting.max(sidecars.checked_add(of(init))?);
            }
        }
        let running = self.containers.iter().try_fold(sidecars, |sum, container| sum.checked_add(of(container)))?;
        Some(running.max(starting))
    }

    /// The figure of the pod as a whole, if it states one: its request; or its limit where neither it nor a container
    /// states a request.
    fn whole(&self, resource: &str, stated: bool) -> Option<u64> {
        if !POD_LEVEL.contains(&resource) && !resource.starts_with("hugepages-") {
            return None;
        }
        let limit = self.limits.get(resource).filter(|_| !stated);
        self.requests.get(resource).or(limit).copied()
    }
}

/// A pod's amount of `resource`, rounded up.
///
/// # Errors
/// Why the text is no such amount.
pub(super) fn parse_amount(resource: &str, text: &str) -> Result<u64, QuantityError> {
    quantity::parse(text, Unit::of(resource), Rounding::Up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(cpu: u64) -> Amounts {
        Amounts::from([("cpu".to_owned(), cpu)])
    }

    fn container(cpu: u64) -> Container {
        Container { name: format!("c{cpu}"), requests: amounts(cpu), ..Container::default() }
    }

    fn sidecar(cpu: u64) -> Container {
        Container { sidecar: true, ..container(cpu) }
    }

    fn cpu(shape: &PodShape) -> Option<u64> {
        shape.total().unwrap().amounts.get("cpu").copied()
    }

    fn shape(init: Vec<Container>, containers: Vec<Container>) -> PodShape {
        PodShape { init, containers, ..PodShape::default() }
    }

    #[test]
    fn containers_add_up_and_init_containers_take_turns() {
        assert_eq!(cpu(&shape(vec![], vec![container(100), container(50)])), Some(150));
        assert_eq!(cpu(&shape(vec![container(120), container(400)], vec![container(100), container(50)])), Some(400));
        assert_eq!(cpu(&shape(vec![container(120)], vec![container(100), container(50)])), Some(150));
    }

    #[test]
    fn sidecars_run_beside_containers_and_later_init_containers() {
        // the sidecar starts after the first init container, so only the second runs beside it
        let both = |first, second| shape(vec![container(first), sidecar(30), container(second)], vec![container(100)]);
        assert_eq!(cpu(&both(140, 90)), Some(140));
        assert_eq!(cpu(&both(110, 110)), Some(140));
        assert_eq!(cpu(&both(110, 95)), Some(130));
        assert_eq!(cpu(&shape(vec![sidecar(30), sidecar(20)], vec![container(1)])), Some(51));
    }

    /// The rule once more, moment by moment: everything that runs at the same time, at its most.
    #[test]
    fn equals_a_simulation_of_the_start() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..2_000 {
            let init: Vec<Container> =
                (0..next(5)).map(|_| if next(2) == 0 { sidecar(next(50)) } else { container(next(50)) }).collect();
            let containers: Vec<Container> = (0..1 + next(3)).map(|_| container(next(50))).collect();
            let amount = |container: &Container| container.requests["cpu"];
            let mut running: Vec<u64> = Vec::new();
            let mut most = 0;
            for it in &init {
                most = most.max(running.iter().sum::<u64>() + amount(it));
                if it.sidecar {
                    running.push(amount(it));
                }
            }
            running.extend(containers.iter().map(amount));
            most = most.max(running.iter().sum());
            assert_eq!(cpu(&shape(init, containers)), Some(most));
        }
    }

    #[test]
    fn a_limit_alone_is_the_request_but_never_above_a_request() {
        let limited = Container { limits: amounts(200), ..Container::default() };
        assert_eq!(cpu(&shape(vec![], vec![limited.clone()])), Some(200));
        let both = Container { requests: amounts(100), ..limited };
        assert_eq!(cpu(&shape(vec![], vec![both])), Some(100));
    }

    #[test]
    fn the_pod_as_a_whole_and_its_overhead() {
        let mut pod = shape(vec![container(900)], vec![container(100)]);
        pod.limits = amounts(2_000);
        assert_eq!(cpu(&pod), Some(900), "a limit of the pod is no request where a container states one");
        pod.requests = amounts(1_000);
        pod.overhead = amounts(25);
        assert_eq!(cpu(&pod), Some(1_025));
        let mut pod = shape(vec![], vec![Container::default()]);
        pod.limits = amounts(2_000);
        assert_eq!(cpu(&pod), Some(2_000));
        let mut pod = shape(vec![], vec![Container::default()]);
        pod.requests.insert("example.org/card".to_owned(), 3);
        assert_eq!(pod.total().unwrap().amounts.get("example.org/card"), Some(&0), "not a pod-level resource");
    }

    #[test]
    fn what_is_open_is_said() {
        let mut pod = shape(vec![], vec![container(100), Container { name: "b".to_owned(), ..Container::default() }]);
        pod.overhead =
            Amounts::from([("cpu".to_owned(), 5), ("memory".to_owned(), 7), ("hugepages-2Mi".to_owned(), 9)]);
        let total = pod.total().unwrap();
        assert_eq!(total.amounts, Amounts::from([("cpu".to_owned(), 105), ("hugepages-2Mi".to_owned(), 9)]));
        assert_eq!(total.open, [("cpu".to_owned(), vec!["b".to_owned()])]);
        assert_eq!(total.overhead, Amounts::from([("memory".to_owned(), 7)]));
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        let pod = shape(vec![], vec![container(u64::MAX), container(1)]);
        assert_eq!(pod.total(), Err(Overflow("cpu".to_owned())));
    }
}
