//! `import kubernetes`: what is read of which kind, what is refused, and that nothing vanishes without a word.

use crate::importing;

use importing::{plain, problems, problems_with, read, read_with, refused};
use serde_json::json;
use tenantry::fleet::import::{Choice, Origin};

const CONTAINERS: &str = "containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}]";

fn deployment(spec: &str) -> String {
    format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {spec}\n")
}

fn object(version: &str, kind: &str, spec: &str) -> String {
    format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n")
}

fn template() -> String {
    format!("template: {{spec: {{{CONTAINERS}}}}}")
}

/// A container with these resources, in a Deployment.
fn with_resources(resources: &str) -> String {
    deployment(&format!("{{template: {{spec: {{containers: [{{name: c, resources: {resources}}}]}}}}}}"))
}

#[test]
fn every_object_that_is_not_used_is_counted_by_kind() {
    let ordinary = deployment(&format!("{{{}}}", template()));
    let others = [
        object("v1", "Service", "{ports: [{port: 80}]}"),
        object("v1", "Service", "{ports: [{port: 81}]}"),
        object("v1", "Secret", "{}"),
        object("monitoring.coreos.com/v1", "ServiceMonitor", "{endpoints: []}"),
        object("kafka.strimzi.io/v1beta2", "KafkaTopic", "{partitions: 3, replicas: 3}"),
        object("example.org/v1", "Gadget", "{replicas: 3}"),
        object("kyverno.io/v1", "ClusterPolicy", "{pattern: {spec: {containers: [{image: '*:*'}]}}}"),
        object("apps/v1", "ControllerRevision", "{}"),
        // nodes, and the bookkeeping of a queue
        object("machine.openshift.io/v1beta1", "MachineSet", "{replicas: 3, template: {spec: {}}}"),
        object("kueue.x-k8s.io/v1beta1", "Workload", &format!("{{podSets: [{{count: 3, {}}}]}}", template())),
    ];
    let found = read(&format!("{ordinary}{}", others.concat()));
    assert_eq!(found.names(), ["web"]);
    let counted = "read and not used: 1 ClusterPolicy (kyverno.io), 1 ControllerRevision, 1 KafkaTopic (kafka.strimzi.io), \
                   1 MachineSet (machine.openshift.io), 1 Secret, 2 Service, 1 ServiceMonitor (monitoring.coreos.com), \
                   1 Workload (kueue.x-k8s.io)";
    assert_eq!(found.warning("kind-not-read"), counted);
    let doubtful = found.warning("may-run-pods");
    assert!(doubtful.ends_with(": 1 Gadget (example.org), such as `x`"), "{doubtful}");
    for spec in ["{workers: 5}", "{nodeSets: [{count: 3}]}", "{shards: 2}"] {
        let found = read(&format!("{ordinary}{}", object("example.org/v1", "Lake", spec)));
        assert!(found.warning("may-run-pods").contains("1 Lake"), "{spec}");
    }
    let above = "---\napiVersion: example.org/v1\nkind: Model\nmetadata: {name: x}\nresources: {count: 2}\n";
    assert!(read(&format!("{ordinary}{above}")).warning("may-run-pods").contains("1 Model"), "beside the spec as well");
    let scaler = object("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "{targetRef: {kind: Deployment, name: web}}");
    let found = read(&format!("{ordinary}{scaler}"));
    let expected =
        "VerticalPodAutoscaler (autoscaling.k8s.io) is not read: its target may take more than is planned: web";
    assert_eq!(found.warning("autoscaler-not-read"), expected);
}

#[test]
fn kinds_that_run_pods_are_refused_until_they_are_left_out() {
    for (version, kind) in [
        ("postgresql.cnpg.io/v1", "Cluster"),
        ("kafka.strimzi.io/v1beta2", "KafkaConnect"),
        ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch"),
        ("kibana.k8s.elastic.co/v1", "Kibana"),
        ("ray.io/v1", "RayService"),
        ("batch.volcano.sh/v1alpha1", "Job"),
        ("argoproj.io/v1alpha1", "CronWorkflow"),
        ("kubeflow.org/v1", "TFJob"),
        ("kubeflow.org/v2beta1", "MPIJob"),
        ("sparkoperator.k8s.io/v1beta2", "SparkApplication"),
        ("keda.sh/v1alpha1", "ScaledJob"),
        ("serving.knative.dev/v1", "Service"),
        ("tekton.dev/v1", "PipelineRun"),
        ("opentelemetry.io/v1beta1", "OpenTelemetryCollector"),
        ("monitoring.coreos.com/v1", "ThanosRuler"),
        ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity"),
        ("redis.redis.opstreelabs.in/v1beta2", "RedisCluster"),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster"),
        ("kubevirt.io/v1", "VirtualMachine"),
        ("template.openshift.io/v1", "Template"),
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
        ("argoproj.io/v1alpha1", "Application"),
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        ("fluxcd.controlplane.io/v1", "ResourceSet"),
        ("kubernetes.m.crossplane.io/v1alpha1", "Object"),
    ] {
        let text = format!("{}{}", deployment(&format!("{{{}}}", template())), object(version, kind, "{}"));
        assert_eq!(refused(&text), format!("runs-pods a.yaml: {kind} x"), "{version}");
        let group = version.split_once('/').unwrap().0;
        let mut options = plain();
        options.ignore_kinds = vec![format!("{kind}.{group}")];
        let found = read_with(&text, &options);
        assert_eq!(found.names(), ["web"]);
        assert_eq!(found.warning("kind-ignored"), format!("left out as asked: 1 {kind} ({group})"));
    }
    // an advice that would leave out Kubernetes' own kind of the name as well names the group
    let volcano = problems(&object("batch.volcano.sh/v1alpha1", "Job", "{}"));
    assert!(volcano[0].expected.as_ref().unwrap().contains("`--ignore-kind Job.batch.volcano.sh`"), "{volcano:?}");
    // what has run takes nothing
    let done = format!("{}status: {{phase: Succeeded}}\n", object("argoproj.io/v1alpha1", "Workflow", "{}"));
    let beside = |text: &str| format!("{}{text}", deployment(&format!("{{{}}}", template())));
    assert!(read(&beside(&done)).warning("kind-not-read").contains("1 Workflow"));
    // what only defines, containers and all
    let shown = format!("{{resources: [{{base: {{kind: Deployment, spec: {{{CONTAINERS}}}}}}}]}}");
    for (version, kind) in [
        ("apiextensions.crossplane.io/v1", "Composition"),
        ("apiextensions.crossplane.io/v1", "CompositionRevision"),
        ("apiextensions.crossplane.io/v2", "CompositeResourceDefinition"),
        ("apiextensions.crossplane.io/v1beta1", "EnvironmentConfig"),
        ("kro.run/v1alpha1", "ResourceGraphDefinition"),
    ] {
        let found = read(&beside(&object(version, kind, &shown)));
        assert_eq!(found.names(), ["web"]);
        assert!(found.warning("kind-not-read").contains(&format!("1 {kind}")), "{kind}");
    }
    // what is made from a definition may well run pods
    assert_eq!(refused(&object("kro.run/v1alpha1", "WebApp", &shown)), "runs-pods a.yaml: WebApp x");
    // a kind nobody knows that shows containers
    let nested = object("example.org/v1", "Thing", &format!("{{podTemplate: {{spec: {{{CONTAINERS}}}}}}}"));
    assert_eq!(refused(&nested), "runs-pods a.yaml: Thing x");
    let mut options = plain();
    options.ignore_kinds = vec!["thing".to_owned(), "Think".to_owned()];
    assert_eq!(
        read_with(&beside(&nested), &options).warned("kind-ignored").len(),
        2,
        "a name that meets nothing is said"
    );
}

#[test]
fn an_operator_is_counted_by_the_pods_that_it_runs() {
    let kafka = "---\napiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: k, namespace: n}\n";
    let set = "---\napiVersion: core.strimzi.io/v1beta2\nkind: StrimziPodSet\nmetadata: {name: k-brokers, namespace: n, \
               ownerReferences: [{kind: Kafka, name: k, controller: true}]}\n";
    let pod = format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: k-brokers-0, namespace: n, ownerReferences: [{{kind: \
         StrimziPodSet, name: k-brokers, controller: true}}]}}\nspec: {{{CONTAINERS}}}\n"
    );
    let found = read(&format!("{kafka}{set}{pod}"));
    assert_eq!(found.workload("k-brokers"), (json!(1), json!({"cpu": "500m", "memory": "1Gi"})));
    assert_eq!(found.warned("counted-by-pods").len(), 2);
    assert_eq!(problems(&format!("{kafka}{set}")).len(), 2, "without its pods nothing stands for it");
    let other = pod.replace("name: k-brokers, c", "name: other, c");
    assert_eq!(problems(&format!("{kafka}{other}")).len(), 1, "nor do the pods of another");
    // the ReplicaSet between is not among the objects
    let gadget = "---\napiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: g, namespace: n}\nspec: {podTemplate: \
                  {spec: {containers: [{image: i}]}}}\n";
    let made = format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: n, ownerReferences: [{{kind: Gadget, \
         name: g, controller: true}}]}}\nspec: {{{}}}\n",
        template()
    );
    let pod = pod.replace("StrimziPodSet, name: k-brokers", "ReplicaSet, name: d-5d8f");
    assert_eq!(read(&format!("{gadget}{made}{pod}")).names(), ["d"]);
    assert_eq!(problems(&format!("{gadget}{made}")).len(), 1);
}

#[test]
fn replicas_of_a_pod_template_are_read_whatever_they_are_called() {
    let shape = format!("{{replicas: 3, {}}}", template());
    for (version, kind) in [
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("apps.kruise.io/v1beta1", "StatefulSet"),
    ] {
        let found = read(&object(version, kind, &shape));
        assert_eq!(found.workload("x"), (json!(3), json!({"cpu": "500m", "memory": "1Gi"})), "{kind}");
        assert!(found.warned("read-by-shape").is_empty());
    }
    let unknown = object("example.org/v1", "Gadget", &shape);
    let found = read(&unknown);
    assert_eq!(found.workload("x").0, 3);
    assert!(found.warning("read-by-shape").ends_with("a.yaml: Gadget x"));
    let typo = object("example.org/v1", "Gadget", &shape.replace("replicas", "replicaz"));
    assert_eq!(refused(&typo), "unknown-key a.yaml: spec.replicaz: replicas");
    // it owns a controller that is among the objects, so that one counts
    let owned = format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: y, ownerReferences: [{{kind: Gadget, name: x, \
         controller: true}}]}}\nspec: {shape}\n"
    );
    assert_eq!(read(&format!("{unknown}{owned}")).names(), ["y"]);
    // one that runs less is something else
    assert_eq!(read(&format!("{unknown}{}", owned.replace("500m", "400m"))).names(), ["x", "y"]);
}

#[test]
fn a_job_set_is_the_pods_of_its_jobs() {
    let job = |parallelism: u32| format!("{{spec: {{parallelism: {parallelism}, completions: 6, {}}}}}", template());
    let spec = format!(
        "{{replicatedJobs: [{{name: head, template: {}}}, {{name: work, replicas: 4, template: {}}}]}}",
        job(1),
        job(8)
    );
    let text = object("jobset.x-k8s.io/v1alpha2", "JobSet", &spec);
    let found = read(&text);
    assert_eq!(found.workload("x-head").0, 1);
    assert_eq!(found.workload("x-work").0, 4 * 6);
    // its Jobs and their pods are within
    let children = format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: x-work-0, ownerReferences: [{{kind: JobSet, name: x, \
         controller: true}}]}}\nspec: {{parallelism: 6, {}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: x-work-0-0, \
         ownerReferences: [{{kind: Job, name: x-work-0, controller: true}}]}}\nspec: {}\n",
        template(),
        CONTAINERS.replace("500m", "700m").replacen("containers", "{containers", 1) + "}"
    );
    let found = read(&format!("{text}{children}"));
    assert_eq!(found.names(), ["x-head", "x-work"]);
    assert_eq!(found.workload("x-head").1["cpu"], "500m");
    assert_eq!(found.workload("x-work").1["cpu"], "700m", "the larger pod is that job's own");
    let done = format!("{text}status: {{conditions: [{{type: Completed, status: 'True'}}]}}\n");
    assert_eq!(problems(&done)[0].code, "no-workloads");
}

#[test]
fn kinds_in_a_wrong_version_are_refused_with_the_right_one() {
    for (version, kind, near) in [
        ("app/v1", "Deployment", "apps/v1"),
        ("v1", "StatefulSet", "apps/v1"),
        ("apps/v1", "Pod", "v1"),
        ("batch/v2", "CronJob", "batch/v1"),
        ("kafka.strimzy.io/v1beta2", "Kafka", "kafka.strimzi.io"),
    ] {
        assert_eq!(refused(&object(version, kind, "{}")), format!("unknown-version a.yaml: apiVersion: {near}"));
    }
    assert_eq!(refused(&object("apps/v1", "Deploy", "{}")), "unknown-kind a.yaml: kind");
}

#[test]
fn keys_that_kubernetes_does_not_know_are_refused_with_the_nearest() {
    let good = deployment(&format!("{{replicas: 2, {}}}", template()));
    assert_eq!(read(&good).workload("web").0, 2);
    for (from, to, expected) in [
        ("replicas", "replcas", "spec.replcas: replicas"),
        ("replicas", "Replicas", "spec.Replicas: replicas"),
        ("replicas", "replicaCount", "spec.replicaCount"),
        ("replicas: 2", "paralellism: 2", "spec.paralellism"),
        ("requests", "requsts", "spec.template.spec.containers[0].resources.requsts: requests"),
        ("resources", "resource", "spec.template.spec.containers[0].resource: resources"),
        ("containers:", "initContaners: [], containers:", "spec.template.spec.initContaners: initContainers"),
        ("{spec: {c", "{metdata: {}, spec: {c", "spec.template.metdata: metadata"),
        ("{name: web}", "{name: web, lables: {a: b}}", "metadata.lables: labels"),
        ("kind:", "sepc: {}\nkind:", "sepc: spec"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        assert_eq!(refused(&text), format!("unknown-key a.yaml: {expected}"), "{to}");
    }
    let high = deployment("{template: {spec: {containers: [{name: c, requests: {cpu: 1}}]}}}");
    assert_eq!(problems(&high)[0].expected.as_deref(), Some("it within `resources`"));
    let scaler = "{maxReplica: 3, maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}}";
    let text = format!("{good}{}", object("autoscaling/v2", "HorizontalPodAutoscaler", scaler));
    assert_eq!(refused(&text), "unknown-key a.yaml: spec.maxReplica: maxReplicas");
    let cron = format!("{{jobTemplate: {{spec: {{paralelism: 9, {}}}}}}}", template());
    let expected = "unknown-key a.yaml: spec.jobTemplate.spec.paralelism: parallelism";
    assert_eq!(refused(&object("batch/v1", "CronJob", &cron)), expected);
    // legal keys that are not read, of every level
    let legal = "{strategy: {type: Recreate}, minReadySeconds: 1, selector: {}, template: {metadata: {annotations: {a: b}}, \
                 spec: {hostUsers: false, os: {name: linux}, schedulingGates: [], containers: [{name: c, image: i, \
                 restartPolicyRules: [], resizePolicy: [], resources: {claims: [{name: g, request: r}], limits: {cpu: 1}}}]}}}";
    assert_eq!(read(&deployment(legal)).workload("web").1, json!({"cpu": "1"}));
    // an API server has dropped every slip: what it kept is newer than the lists
    let served = good.replace("{name: web}", "{name: web, uid: u, resourceVersion: '1'}");
    let newer = served.replace("replicas: 2", "replicas: 2, quantumLeap: true");
    assert!(read(&newer).warning("key-not-known").contains("quantumLeap"));
    assert_eq!(refused(&served.replace("replicas", "replcas")), "unknown-key a.yaml: spec.replcas: replicas");
    let near = served.replace("replicas: 2", "replicas: 2, replicasets: 1, selectors: {}");
    assert_eq!(read(&near).warned("key-not-known").len(), 2, "what looks like a key that is there");
    let rollout = object("argoproj.io/v1alpha1", "Rollout", &format!("{{replicas: 2, newThing: 1, {}}}", template()));
    assert_eq!(read(&rollout).warned("key-not-known").len(), 1, "other projects move on");
    let typo = rollout.replace("replicas", "replcas");
    assert_eq!(refused(&typo), "unknown-key a.yaml: spec.replcas: replicas");
}

#[test]
fn counts_are_read_as_kubectl_reads_them() {
    for (text, count) in [("3", 3), ("3.0", 3), ("3e0", 3), ("0", 0)] {
        let found = read(&deployment(&format!("{{replicas: {text}, {}}}", template())));
        assert_eq!(found.workload("web").0, count, "{text}");
    }
    for text in ["3.5", "-1", "'3'", "010", "0x10", "1_000", "3e9", "3k", "many"] {
        let expected = "wrong-type a.yaml: spec.replicas";
        assert_eq!(refused(&deployment(&format!("{{replicas: {text}, {}}}", template()))), expected, "{text}");
    }
}

#[test]
fn resources_follow_the_rules_of_the_api_server() {
    for (resources, expected) in [
        ("{requests: {gpu: 1}}", "bad-resource requests.gpu"),
        ("{requests: {cpus: 1}}", "bad-resource requests.cpus: cpu"),
        ("{requests: {memroy: 1Gi}}", "bad-resource requests.memroy: memory"),
        ("{requests: {pods: 1}}", "bad-resource requests.pods"),
        ("{limits: {hugepages-2MB: 4Mi}}", "bad-resource limits.hugepages-2MB"),
        ("{limits: {hugepages-2Mi: 3Mi}}", "bad-quantity limits.hugepages-2Mi"),
        ("{limits: {nvidia.com/gpu: 500m}}", "bad-quantity limits.nvidia.com/gpu"),
        ("{requests: {nvidia.com/gpu: 1}}", "request-above-limit requests.nvidia.com/gpu"),
        ("{requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}", "request-above-limit requests.nvidia.com/gpu"),
        ("{requests: {cpu: 2}, limits: {cpu: 1}}", "request-above-limit requests.cpu"),
        ("{requests: {cpu: -1}}", "bad-quantity requests.cpu"),
        ("{requests: {memory: 1GB}}", "bad-quantity requests.memory"),
        ("{requests: {cpu: 010}}", "wrong-type requests.cpu"),
    ] {
        let (code, place) = expected.split_once(' ').unwrap();
        let place = format!("{code} a.yaml: spec.template.spec.containers[0].resources.{place}");
        assert_eq!(refused(&with_resources(resources)), place, "{resources}");
    }
    for (resources, said) in [
        ("{requests: {memory: 100m}}", "100m of memory is a fraction of a byte, counted as 1 (did you mean 100Mi?)"),
        ("{limits: {ephemeral-storage: 1.5}}", "1.5 of ephemeral-storage is a fraction of a byte, counted as 2"),
        ("{requests: {memory: 512}}", "512 of memory is 512 bytes"),
        ("{requests: {cpu: 4Gi}}", "4Gi of cpu is 4294967296 cores"),
    ] {
        let found = read(&with_resources(resources)).warning("suspicious-quantity");
        assert!(found.starts_with(said), "{found}");
    }
    let good = "{requests: {cpu: 0.5, memory: 1.5Gi}, limits: {nvidia.com/gpu: 2, hugepages-2Mi: 4Mi}}";
    let found = read(&with_resources(good));
    assert!(found.warned("suspicious-quantity").is_empty());
    assert_eq!(found.workload("web").1["nvidia.com/gpu"], "2");
    let restarts =
        format!("{{template: {{spec: {{initContainers: [{{name: i, restartPolicy: always}}], {CONTAINERS}}}}}}}");
    let expected = "unknown-value a.yaml: spec.template.spec.initContainers[0].restartPolicy";
    assert_eq!(refused(&deployment(&restarts)), expected, "a sidecar that is none would count less");
}

#[test]
fn what_helm_says_of_a_release_is_no_manifest() {
    let head = "NAME: web\nLAST DEPLOYED: today\nNAMESPACE: default\nSTATUS: deployed\nREVISION: 1\n";
    let found =
        problems(&format!("{head}{}NOTES:\n1. Open the page.\n", deployment("{}").replacen("apiV", "---\napiV", 1)));
    assert_eq!(found[0].code, "not-an-object");
    assert!(found[0].expected.as_deref().is_some_and(|it| it.contains("helm get manifest")), "{found:?}");
}

#[test]
fn one_problem_met_often_is_one_line() {
    let many: Vec<String> =
        (0..40).map(|i| format!("---\n{}", with_resources("{}").replace("web", &format!("w{i}")))).collect();
    let mut options = plain();
    options.missing_requests = "cpu=1".parse().unwrap();
    let found = problems_with(&many.concat(), &options);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, "a.yaml: Deployment w0");
    let expected = "no memory request (40 times, such as a.yaml: Deployment w1, a.yaml: Deployment w2)";
    assert_eq!(found[0].message, expected);
    assert_eq!(problems_with(&many[..3].concat(), &options).len(), 3, "a few are told each");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: yes}}\nspec: {containers: [{name: c}]}\n";
    assert_eq!(refused(pod), "wrong-type a.yaml: metadata.labels.a", "a pod's labels are its template's: told once");
}

#[test]
fn names_and_namespaces() {
    let dotted = deployment(&format!("{{{}}}", template())).replace("web", "my.app.v1");
    let found = read(&dotted);
    assert_eq!(found.names(), ["my.app.v1"]);
    assert!(found.warning("namespace-made").contains("a.yaml: Deployment my.app.v1 in `acme-my-app-v1-"));
    let mut options = plain();
    options.tenant = Choice::From(Origin::Label("team".to_owned()));
    let of = |name: &str, team: &str| {
        let meta = format!("{{name: {name}, namespace: shared, labels: {{team: {team}}}}}");
        format!("---\n{}", deployment(&format!("{{{}}}", template())).replace("{name: web}", &meta))
    };
    let found = problems_with(&format!("{}{}{}", of("a", "red"), of("b", "blue"), of("c", "red")), &options);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].path.as_str()), ("namespace-of-two-tenants", "a.yaml: Deployment shared/b"));
    assert!(found[0].message.contains("`red` for a.yaml: Deployment shared/a"), "{}", found[0].message);
    assert!(found[0].expected.as_ref().unwrap().contains("--tenant-from namespace"));
}

#[test]
fn a_brace_in_a_manifest_makes_no_chart() {
    let braces = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, annotations: {a: '{{ $value }}'}}\nspec: {a: b: c}\n";
    assert_eq!(problems(braces)[0].expected, None);
    let chart = "apiVersion: v1\nkind: Pod\n{{- if .Values.on }}\nmetadata: {name: {{ .Values.name }}}\n{{- end }}\n";
    assert!(problems(chart)[0].expected.as_ref().is_some_and(|it| it.contains("helm template")));
}
