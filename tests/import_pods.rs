//! `import kubernetes`: how many pods run and what each takes, beyond what controllers say, and all of it once more by a
//! naive reading.

use crate::importing;

use std::collections::BTreeMap;

use importing::{plain, problems, problems_with, read, refused};
use serde_json::{Value, json};
use tenantry::fleet::import::{Choice, Origin};

fn requests(cpu: &str, memory: &str) -> Value {
    json!({"resources": {"requests": {"cpu": cpu, "memory": memory}}})
}

/// A container of that name and size.
fn container(name: &str, cpu: &str, memory: &str) -> Value {
    let mut container = requests(cpu, memory);
    container["name"] = name.into();
    container
}

fn controller(kind: &str, name: &str, replicas: u64, containers: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "n"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}}})
}

fn pod(name: &str, owner: Option<(&str, &str)>, containers: Value) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n"},
        "spec": {"containers": containers}, "status": {"phase": "Running"}});
    if let Some((kind, name)) = owner {
        pod["metadata"]["ownerReferences"] = json!([{"kind": kind, "name": name, "controller": true}]);
    }
    pod
}

fn owned(mut object: Value, kind: &str, name: &str) -> Value {
    object["metadata"]["ownerReferences"] = json!([{"kind": kind, "name": name, "controller": true}]);
    object
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn small() -> Value {
    json!([container("c", "100m", "64Mi")])
}

#[test]
fn pods_without_a_readable_owner_are_grouped_by_it() {
    let found = read(&list(&[
        // a dump of pods alone: their ReplicaSets and Jobs have names that tell what made them
        pod("web-5d8f-a", Some(("ReplicaSet", "web-5d8f")), small()),
        pod("web-5d8f-b", Some(("ReplicaSet", "web-5d8f")), json!([container("c", "300m", "16Mi")])),
        pod("web-77c9-a", Some(("ReplicaSet", "web-77c9")), small()),
        pod("lone-set-a", Some(("ReplicaSet", "lone-set")), small()),
        pod("nightly-28312-a", Some(("Job", "nightly-28312")), small()),
        pod("nightly-28313-a", Some(("Job", "nightly-28313")), small()),
        // an operator's pods are of several sorts
        pod("ray-head-x", Some(("RayCluster", "ray")), json!([container("c", "4", "16Gi")])),
        pod("ray-worker-x", Some(("RayCluster", "ray")), json!([container("c", "8", "32Gi")])),
        pod("ray-worker-y", Some(("RayCluster", "ray")), json!([container("c", "8", "32Gi")])),
        pod("pg-1", Some(("Cluster", "pg")), small()),
        pod("pg-2", Some(("Cluster", "pg")), small()),
        // executors, whose controller is the driver's pod
        pod("pi-driver", None, json!([container("driver", "1", "1408Mi")])),
        pod("pi-exec-1", Some(("Pod", "pi-driver")), json!([container("executor", "4", "9Gi")])),
        pod("pi-exec-2", Some(("Pod", "pi-driver")), json!([container("executor", "4", "9Gi")])),
        // static pods are called after their node
        pod("etcd-node-1", Some(("Node", "node-1")), small()),
        pod("etcd-node-2", Some(("Node", "node-2")), small()),
    ]));
    let size = |cpu: &str, memory: &str| json!({"cpu": cpu, "memory": memory});
    for (name, replicas, expected) in [
        ("web", 3, size("300m", "64Mi")),
        ("lone-set", 1, size("100m", "64Mi")),
        ("nightly", 2, size("100m", "64Mi")),
        ("ray-head-x", 1, size("4", "16Gi")),
        ("ray-worker", 2, size("8", "32Gi")),
        ("pg", 2, size("100m", "64Mi")),
        ("pi-driver", 1, size("1", "1408Mi")),
        ("pi-driver-pods", 2, size("4", "9Gi")),
        ("etcd", 2, size("100m", "64Mi")),
    ] {
        assert_eq!(found.workload(name), (json!(replicas), expected), "{name}");
    }
    assert_eq!(found.names().len(), 9);
    assert!(found.warning("grouped-by-owner").contains("RayCluster n/ray (ray-worker), 2 pods"));
}

#[test]
fn pods_of_a_group_must_agree_on_the_labels_that_matter() {
    let labelled = |name: &str, team: &str| {
        let mut pod = pod(name, Some(("StatefulSet", "db")), small());
        pod["metadata"]["labels"] = json!({"team": team, "pod-index": name});
        pod
    };
    let mut options = plain();
    options.tenant = Choice::From(Origin::Label("team".to_owned()));
    let found = problems_with(&list(&[labelled("db-0", "red"), labelled("db-1", "blue")]), &options);
    assert_eq!((found.len(), found[0].code), (1, "contradicting-labels"));
    // seen from their namespace it is the same
    let namespace = |team: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": {"team": team}}});
    options.tenant = Choice::From(Origin::NamespaceLabel("team".to_owned()));
    let both = |team: &str| list(&[namespace(team), labelled("db-0", "red"), labelled("db-1", "blue")]);
    assert_eq!(problems_with(&both("red"), &options)[0].code, "contradicting-labels");
    let one = list(&[namespace("red"), labelled("db-0", "red"), pod("db-1", Some(("StatefulSet", "db")), small())]);
    assert_eq!(importing::read_with(&one, &options).workload("db").0, 2);
    options.tenant = Choice::From(Origin::Label("team".to_owned()));
    let same = list(&[labelled("db-0", "red"), labelled("db-1", "red")]);
    assert_eq!(importing::read_with(&same, &options).workload("db").0, 2);
}

#[test]
fn running_pods_raise_their_template() {
    let web = controller("Deployment", "web", 2, small());
    let set = owned(controller("ReplicaSet", "web-5d8f", 2, small()), "Deployment", "web");
    let two = json!([container("c", "100m", "64Mi"), container("istio-proxy", "100m", "128Mi")]);
    let mut injected = pod("web-5d8f-a", Some(("ReplicaSet", "web-5d8f")), two);
    injected["spec"]["overhead"] = json!({"cpu": "250m", "memory": "160Mi"});
    let smaller = pod("web-5d8f-b", Some(("ReplicaSet", "web-5d8f")), json!([container("c", "10m", "8Mi")]));
    let found = read(&list(&[web.clone(), set, injected.clone(), smaller.clone()]));
    assert_eq!(found.workload("web"), (json!(2), json!({"cpu": "450m", "memory": "352Mi"})));
    let said = found.warning("pods-larger-than-template");
    assert!(said.contains("(cpu 450m instead of 100m, memory 352Mi instead of 64Mi)"), "{said}");
    // nothing to say where the template is the largest
    assert!(read(&list(&[web.clone(), smaller])).warned("pods-larger-than-template").is_empty());
    // a pod that has ended raises nothing
    injected["status"]["phase"] = "Succeeded".into();
    assert_eq!(read(&list(&[web, injected])).workload("web").1["cpu"], "100m");
}

#[test]
fn what_running_pods_request_is_no_longer_open() {
    let open = json!([{"name": "c"}]);
    let web = controller("Deployment", "web", 1, open.clone());
    let mut options = plain();
    options.missing_requests = "error".parse().unwrap();
    assert_eq!(problems_with(&list(std::slice::from_ref(&web)), &options).len(), 2);
    let running = pod("web-5d8f-a", Some(("ReplicaSet", "web-5d8f")), small());
    let found = importing::read_with(&list(&[web, running]), &options);
    assert_eq!(found.workload("web").1, json!({"cpu": "100m", "memory": "64Mi"}));
}

#[test]
fn more_pods_than_replicas_count() {
    let pods: Vec<Value> = ["a", "b", "c"]
        .iter()
        .map(|it| pod(&format!("web-5d8f-{it}"), Some(("ReplicaSet", "web-5d8f")), small()))
        .collect();
    let with = |replicas: u64| {
        let mut items = vec![controller("Deployment", "web", replicas, small())];
        items.extend(pods.clone());
        items
    };
    let found = read(&list(&with(0)));
    assert_eq!(found.workload("web").0, 3);
    assert!(found.warning("more-pods-than-replicas").contains("Deployment n/web (3 instead of 0)"));
    assert!(found.warned("scaled-to-zero").is_empty());
    assert_eq!(read(&list(&with(3))).workload("web").0, 3);
    assert_eq!(read(&list(&with(5))).workload("web").0, 5);
    // one that is being deleted makes room for its successor
    let mut leaving = with(2);
    leaving[1]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    assert!(read(&list(&leaving)).warned("more-pods-than-replicas").is_empty());
    // runs of a CronJob that overlap, and a ReplicaSet whose pods are not among the objects
    let template = json!({"spec": {"containers": small()}});
    let nightly = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c", "namespace": "n"},
        "spec": {"jobTemplate": {"spec": {"template": template}}}});
    let run = |name: &str| {
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "n"},
            "spec": {"parallelism": 2, "template": template}});
        owned(job, "CronJob", "c")
    };
    assert_eq!(read(&list(&[nightly, run("c-1"), run("c-2")])).workload("c").0, 4);
    let kept = owned(controller("ReplicaSet", "web-5d8f", 4, json!([container("c", "2", "1Gi")])), "Deployment", "web");
    let found = read(&list(&[controller("Deployment", "web", 0, small()), kept]));
    assert_eq!(found.workload("web"), (json!(4), json!({"cpu": "2", "memory": "1Gi"})));
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h",
        "namespace": "n"}, "spec": {"maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    let mut scaled = with(1);
    scaled.push(scaler);
    assert_eq!(read(&list(&scaled)).workload("web").0, json!({"min": 1, "max": 3}));
}

#[test]
fn a_rollout_its_replica_sets_and_its_pods_are_one_workload() {
    let mut rollout = controller("Rollout", "web", 5, small());
    rollout["apiVersion"] = "argoproj.io/v1alpha1".into();
    let new = owned(controller("ReplicaSet", "web-6bb67887d6", 5, small()), "Rollout", "web");
    let old = owned(controller("ReplicaSet", "web-77f9", 0, small()), "Rollout", "web");
    let running = pod("web-6bb67887d6-x", Some(("ReplicaSet", "web-6bb67887d6")), small());
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h",
        "namespace": "n"}, "spec": {"minReplicas": 5, "maxReplicas": 40, "scaleTargetRef": {"kind": "Rollout", "name": "web"}}});
    for items in [
        vec![rollout.clone(), new.clone(), old.clone(), running.clone(), scaler.clone()],
        // the same where the Rollout itself was not dumped
        vec![new, old, running, scaler],
    ] {
        let found = read(&list(&items));
        assert_eq!(found.names(), ["web"]);
        assert_eq!(found.workload("web").0, json!({"min": 5, "max": 40}));
        assert!(found.warned("autoscaler-without-target").is_empty());
    }
}

#[test]
fn a_rollout_may_run_a_deployments_template() {
    let rollout = |scale_down: &str| {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "namespace": "n"},
            "spec": {"replicas": 4, "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
            "scaleDown": scale_down}}})
    };
    let set = |hash: &str| owned(controller("ReplicaSet", &format!("web-{hash}"), 4, small()), "Rollout", "web");
    let at_zero = read(&list(&[controller("Deployment", "web", 0, small()), rollout("never"), set("5d8f")]));
    assert_eq!(at_zero.names(), ["web"]);
    assert_eq!(at_zero.workload("web"), (json!(4), json!({"cpu": "100m", "memory": "64Mi"})));
    let replaced = read(&list(&[controller("Deployment", "web", 6, small()), rollout("onsuccess")]));
    assert_eq!(replaced.workload("web").0, 6);
    // both run until somebody scales the Deployment down
    let both = read(&list(&[controller("Deployment", "web", 6, small()), rollout("never")]));
    assert_eq!(both.names(), ["web-deployment", "web-rollout"]);
    assert_eq!(refused(&list(&[rollout("never")])), "missing-template a.json: Rollout n/web");
}

#[test]
fn autoscalers_of_keda() {
    let worker = |replicas| controller("Deployment", "worker", replicas, small());
    let scaled = |spec: Value| {
        json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "s", "namespace": "n"},
            "spec": spec})
    };
    let made = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "keda-hpa-s",
        "namespace": "n", "ownerReferences": [{"kind": "ScaledObject", "name": "s", "controller": true}]},
        "spec": {"minReplicas": 1, "maxReplicas": 50, "scaleTargetRef": {"kind": "Deployment", "name": "worker"}}});
    let bounds = |items: &[Value]| read(&list(items)).workload("worker").0;
    let target = json!({"name": "worker"});
    let plain = scaled(json!({"scaleTargetRef": target, "triggers": []}));
    assert_eq!(bounds(&[worker(0), plain.clone(), made.clone()]), json!({"min": 0, "max": 100}));
    let bounded = scaled(json!({"scaleTargetRef": target, "minReplicaCount": 3, "maxReplicaCount": 50}));
    assert_eq!(bounds(&[worker(7), bounded, made.clone()]), json!({"min": 3, "max": 50}));
    let idle =
        scaled(json!({"scaleTargetRef": target, "idleReplicaCount": 0, "minReplicaCount": 3, "maxReplicaCount": 9}));
    assert_eq!(bounds(&[worker(7), idle]), json!({"min": 0, "max": 9}));
    // its autoscaler alone: KEDA itself goes from 0 to 1
    assert_eq!(bounds(&[worker(0), made]), json!({"min": 0, "max": 50}));
    let wrong = scaled(json!({"scaleTargetRef": target, "minReplicaCount": 9, "maxReplicaCount": 5}));
    assert_eq!(problems(&list(&[worker(1), wrong]))[0].code, "bad-bounds");
    let typo = scaled(json!({"scaleTargetRef": {"name": "worke"}}));
    assert!(read(&list(&[worker(1), typo])).warning("autoscaler-without-target").contains("did you mean `worker`?"));
    let typo = scaled(json!({"scaleTargetRef": {"kind": "deployment", "name": "worker"}}));
    assert_eq!(
        refused(&list(&[worker(1), typo])),
        "unknown-kind a.json: items[1] (ScaledObject n/s).spec.scaleTargetRef.kind: Deployment"
    );
}

#[test]
fn runtime_classes_add_their_overhead() {
    let class = json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "kata"},
        "handler": "kata", "overhead": {"podFixed": {"cpu": "250m", "memory": "160Mi"}}});
    let mut web = controller("Deployment", "web", 10, small());
    web["spec"]["template"]["spec"]["runtimeClassName"] = "kata".into();
    let found = read(&list(&[class.clone(), web.clone()]));
    assert_eq!(found.workload("web").1, json!({"cpu": "350m", "memory": "224Mi"}));
    assert!(read(&list(&[web.clone()])).warning("runtime-class-not-read").contains("`kata`"));
    web["spec"]["template"]["spec"]["overhead"] = json!({"cpu": "1m"});
    assert_eq!(read(&list(&[class, web])).workload("web").1, json!({"cpu": "101m", "memory": "64Mi"}));
}

#[test]
fn limit_ranges_fill_in_what_is_open() {
    let range = |limits: Value| json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "d", "namespace": "n"}, "spec": {"limits": limits}});
    let with = |item: Value, containers: Value| {
        read(&list(&[range(json!([item])), controller("Deployment", "web", 1, containers)])).workload("web").1
    };
    let open = || json!([{"name": "c"}]);
    let partly = json!([container("c", "1", "1Gi"), {"name": "d"}]);
    let requests = json!({"type": "Container", "defaultRequest": {"cpu": "250m", "memory": "256Mi"}});
    assert_eq!(with(requests.clone(), partly), json!({"cpu": "1250m", "memory": "1280Mi"}));
    assert_eq!(with(requests.clone(), open()), json!({"cpu": "250m", "memory": "256Mi"}));
    let limited = json!([{"name": "c", "resources": {"limits": {"cpu": "2"}}}]);
    assert_eq!(with(requests, limited), json!({"cpu": "2", "memory": "256Mi"}), "a limit alone is a request first");
    // a default limit is a default request, a largest limit a default limit, and the least comes last
    let order = json!({"type": "Container", "default": {"cpu": "3"}, "max": {"cpu": "9", "memory": "1Gi"},
        "min": {"cpu": "1m", "memory": "1Mi", "ephemeral-storage": "1Gi"}});
    assert_eq!(with(order, open()), json!({"cpu": "3", "memory": "1Gi", "ephemeral-storage": "1Gi"}));
    assert_eq!(with(json!({"type": "Pod", "max": {"cpu": "9"}}), open()), Value::Null);
    let elsewhere = {
        let mut range = range(json!([{"type": "Container", "default": {"cpu": "3"}}]));
        range["metadata"]["namespace"] = "other".into();
        list(&[range, controller("Deployment", "web", 1, open())])
    };
    assert_eq!(read(&elsewhere).workload("web").1, Value::Null);
    let wrong = list(&[range(json!([{"type": "container"}]))]);
    assert_eq!(refused(&wrong), "unknown-value a.json: items[0] (LimitRange n/d).spec.limits[0].type");
}

#[test]
fn daemon_sets_count_with_the_pods_that_they_want() {
    let mut agent = controller("DaemonSet", "agent", 1, small());
    agent["spec"].as_object_mut().unwrap().remove("replicas");
    assert!(read(&list(&[agent.clone()])).warning("daemon-set-as-replica").ends_with("DaemonSet n/agent"));
    let pods: Vec<Value> =
        (0..4).map(|it| pod(&format!("agent-{it}"), Some(("DaemonSet", "agent")), small())).collect();
    let mut items = vec![agent.clone()];
    items.extend(pods);
    assert_eq!(read(&list(&items)).workload("agent").0, 4);
    agent["status"] = json!({"desiredNumberScheduled": 37});
    let found = read(&list(&[agent]));
    assert_eq!(found.workload("agent").0, 37);
    assert_eq!(found.warned("daemon-set-as-replicas").len(), 1);
}

#[test]
fn what_does_not_run_now_is_said() {
    let job = |spec: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec});
    let template = json!({"spec": {"containers": small()}});
    let found = read(&list(&[
        controller("Deployment", "web", 0, small()),
        job(json!({"suspend": true, "parallelism": 5, "template": template})),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"}, "spec": {"suspend": true,
            "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": {"template": template}}}}),
    ]));
    assert_eq!([found.workload("web").0, found.workload("j").0, found.workload("c").0], [json!(0), json!(5), json!(1)]);
    assert!(found.warning("scaled-to-zero").ends_with("Deployment n/web"));
    let suspended = found.warning("suspended");
    assert!(suspended.contains("Job j") && suspended.contains("CronJob c"), "{suspended}");
}

#[test]
fn a_resize_that_is_not_done_takes_the_larger() {
    let mut bare = pod("p", None, json!([container("a", "1", "1Gi"), container("b", "100m", "64Mi")]));
    bare["status"]["containerStatuses"] = json!([
        {"name": "a", "allocatedResources": {"cpu": "2", "memory": "512Mi"}, "resources": {"requests": {"memory": "2Gi"}}},
    ]);
    assert_eq!(read(&list(&[bare])).workload("p").1, json!({"cpu": "2100m", "memory": "2112Mi"}));
}

#[test]
fn sidecars_without_a_request_and_claims_are_said() {
    let mut web = controller("Deployment", "web", 1, small());
    web["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "proxy", "restartPolicy": "Always"}, {"name": "i"}]);
    web["spec"]["template"]["spec"]["resourceClaims"] = json!([{"name": "gpu", "resourceClaimTemplateName": "gpu"}]);
    let found = read(&list(&[web]));
    assert_eq!(found.warned("requests-partly-missing").len(), 2);
    assert!(found.warning("claims-not-counted").ends_with("Deployment n/web"));
}

/// Everything that a dump of random Deployments, LimitRanges and running pods takes, by the shortest reading of the rules.
#[test]
fn equals_a_naive_reading() {
    let mut state = 11_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for round in 0..150 {
        let default = next(3) * 7;
        let mut items = Vec::new();
        if default > 0 {
            items.push(json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "d", "namespace": "n"},
                "spec": {"limits": [{"type": "Container", "defaultRequest": {"cpu": format!("{default}m")}}]}}));
        }
        let mut random = |sidecars: bool| {
            let count = next(3) + u64::from(!sidecars);
            let list: Vec<Value> = (0..count)
                .map(|number| {
                    let mut it = json!({"name": format!("c{number}"), "resources": {}});
                    match next(4) {
                        0 => {}
                        1 => it["resources"]["limits"] = json!({"cpu": format!("{}m", next(900))}),
                        _ => it["resources"]["requests"] = json!({"cpu": format!("{}m", next(900))}),
                    }
                    if sidecars && next(2) == 0 {
                        it["restartPolicy"] = "Always".into();
                    }
                    it
                })
                .collect();
            json!(list)
        };
        let mut expected: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for number in 0..4 {
            let name = format!("w{number}");
            let mut web = controller("Deployment", &name, 2, random(false));
            web["spec"]["template"]["spec"]["initContainers"] = random(true);
            let template = web["spec"]["template"]["spec"].clone();
            items.push(web);
            let mut most = naive(&template, default);
            for running in 0..number {
                let mut it = pod(
                    &format!("{name}-5d8f-{running}"),
                    Some(("ReplicaSet", &format!("{name}-5d8f"))),
                    random(false),
                );
                it["spec"]["initContainers"] = random(true);
                it["spec"]["overhead"] = json!({"cpu": "3m"});
                most = most.max(naive(&it["spec"], default));
                items.push(it);
            }
            expected.insert(name, (2.max(number), most));
        }
        let found = read(&list(&items));
        for (name, (replicas, cpu)) in expected {
            let (ours, requests) = found.workload(&name);
            let text = requests["cpu"].as_str().map_or(0, milli);
            assert_eq!((ours, text), (json!(replicas), cpu), "round {round}, {name}: {}", list(&items));
        }
    }
}

/// Whatever owns them, and whatever of that is among the objects: all pods that run are in the figures.
#[test]
fn no_running_pod_vanishes() {
    let mut state = 23_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let kinds =
        ["Deployment", "ReplicaSet", "StatefulSet", "Job", "CronJob", "Rollout", "Widget", "Pod", "Node", "JobSet"];
    let names = ["a", "a-5d8f", "a-12", "b", "b-77c9", "a-x-1"];
    for round in 0..400 {
        let mut pick = |list: &[&'static str]| list[next(list.len() as u64) as usize];
        let mut items: BTreeMap<(&str, String), Value> = BTreeMap::new();
        let mut owners: Vec<(&str, &str)> = Vec::new();
        for _ in 0..12 {
            owners.push((pick(&kinds), pick(&names)));
        }
        let (mut cpu, mut pods) = (0, 0);
        for number in 0..8 + next(8) {
            let (kind, name) = owners[next(12) as usize];
            let size = 1 + next(50);
            let it =
                pod(&format!("p{number}"), Some((kind, name)), json!([container("c", &format!("{size}m"), "1Mi")]));
            items.insert(("Pod", format!("p{number}")), it);
            (cpu, pods) = (cpu + size, pods + 1);
        }
        for _ in 0..next(6) {
            let (kind, name) = owners[next(12) as usize];
            let replicas = next(3);
            let mut it = controller(kind, name, replicas, small());
            match kind {
                "Job" => {
                    let template = it["spec"]["template"].clone();
                    it = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "n"},
                        "spec": {"parallelism": replicas, "template": template}});
                }
                "Rollout" => it["apiVersion"] = "argoproj.io/v1alpha1".into(),
                "Widget" => it["apiVersion"] = "example.org/v1".into(),
                "Deployment" | "ReplicaSet" | "StatefulSet" => {}
                _ => continue,
            }
            if next(3) == 0 {
                let (kind, name) = owners[next(12) as usize];
                it = owned(it, kind, name);
            }
            items.insert((kind, name.to_owned()), it);
        }
        let text = list(&items.into_values().collect::<Vec<_>>());
        let found = read(&text);
        let (mut planned, mut planned_cpu) = (0, 0);
        for name in found.names() {
            let (replicas, requests) = found.workload(name);
            let replicas = replicas.as_u64().unwrap();
            planned += replicas;
            planned_cpu += replicas * requests["cpu"].as_str().map_or(0, milli);
        }
        assert!(
            planned >= pods && planned_cpu >= cpu,
            "round {round}: {planned} of {pods} pods, {planned_cpu} of {cpu}: {text}"
        );
    }
}

fn milli(text: &str) -> u64 {
    text.strip_suffix('m').map_or_else(|| text.parse::<u64>().unwrap() * 1000, |digits| digits.parse().unwrap())
}

/// CPU of a pod in milli: the most that runs at a time.
fn naive(spec: &Value, default: u64) -> u64 {
    let of = |container: &Value| {
        let resources = &container["resources"];
        let stated = resources["requests"]["cpu"].as_str().or(resources["limits"]["cpu"].as_str());
        stated.map_or(default, milli)
    };
    let init = spec["initContainers"].as_array().unwrap();
    let is_sidecar = |it: &&Value| it["restartPolicy"] == "Always";
    let all_sidecars: u64 = init.iter().filter(is_sidecar).map(of).sum();
    let mut most = all_sidecars + spec["containers"].as_array().unwrap().iter().map(of).sum::<u64>();
    for (place, it) in init.iter().enumerate() {
        let before: u64 = init[..place].iter().filter(is_sidecar).map(of).sum();
        most = most.max(before + of(it));
    }
    let overhead = spec["overhead"]["cpu"].as_str().map_or(0, milli);
    most + overhead
}
