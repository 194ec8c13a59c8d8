//! Kinds of other projects that run pods, or stand for manifests that do, and that cannot be read: how many pods they
//! make, and of which size, is known to their operators alone.
//!
//! A table as data. Each row names the project that defines the kinds; its API reference says what they run.

/// Kinds of one API group.
pub(super) struct Operator {
    /// The API group; one that begins with a dot stands for every group that ends so.
    pub group: &'static str,
    /// Its kinds that run pods; none: every kind of the group does.
    pub kinds: &'static [&'static str],
    /// What they are.
    pub does: Does,
    /// The project that defines them, on GitHub.
    pub source: &'static str,
}

/// What an object that cannot be read stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Its operator runs pods for it.
    Pods,
    /// It runs pods until it has ended; then it takes nothing.
    Once,
    /// Other manifests; the text says how to get them.
    Manifests(&'static str),
}

const PODS: Does = Does::Pods;
const ONCE: Does = Does::Once;
const CHART: Does = Does::Manifests("render its chart (`helm template`) and import that");
const KUSTOMIZE: Does = Does::Manifests("build it (`kubectl kustomize`) and import that");
const RENDERED: Does = Does::Manifests("build it (`flux-operator build rset -f FILE`) and import that");
const SYNCED: Does = Does::Manifests("import the manifests that it syncs");
const TEMPLATE: Does = Does::Manifests("process it (`oc process -f FILE -o yaml`) and import that");
const MANIFEST: Does = Does::Manifests("import the manifest that it holds");
const PACKAGE: Does = Does::Manifests("import the Deployments that it installs");

const fn row(group: &'static str, kinds: &'static [&'static str], does: Does, source: &'static str) -> Operator {
    Operator { group, kinds, does, source }
}

/// The kinds, by what they are for.
pub(super) const OPERATORS: &[Operator] = &[
    // databases
    row("postgresql.cnpg.io", &["Cluster", "Pooler"], PODS, "cloudnative-pg/cloudnative-pg"),
    row("acid.zalan.do", &["postgresql"], PODS, "zalando/postgres-operator"),
    row("postgres-operator.crunchydata.com", &["PostgresCluster", "PGAdmin"], PODS, "CrunchyData/postgres-operator"),
    row("stackgres.io", &["SGCluster", "SGShardedCluster", "SGDistributedLogs"], PODS, "ongres/stackgres"),
    row("pgv2.percona.com", &["PerconaPGCluster"], PODS, "percona/percona-postgresql-operator"),
    row("pxc.percona.com", &["PerconaXtraDBCluster"], PODS, "percona/percona-xtradb-cluster-operator"),
    row("ps.percona.com", &["PerconaServerMySQL"], PODS, "percona/percona-server-mysql-operator"),
    row("psmdb.percona.com", &["PerconaServerMongoDB"], PODS, "percona/percona-server-mongodb-operator"),
    row("mysql.oracle.com", &["InnoDBCluster"], PODS, "mysql/mysql-operator"),
    row("mysql.presslabs.org", &["MysqlCluster"], PODS, "bitpoke/mysql-operator"),
    row("moco.cybozu.com", &["MySQLCluster"], PODS, "cybozu-go/moco"),
    row("k8s.mariadb.com", &["MariaDB", "MaxScale"], PODS, "mariadb-operator/mariadb-operator"),
    row("planetscale.com", &["VitessCluster"], PODS, "planetscale/vitess-operator"),
    row("mongodbcommunity.mongodb.com", &["MongoDBCommunity"], PODS, "mongodb/mongodb-kubernetes-operator"),
    row(
        "mongodb.com",
        &["MongoDB", "MongoDBMultiCluster", "MongoDBOpsManager", "MongoDBSearch"],
        PODS,
        "mongodb/mongodb-kubernetes",
    ),
    row(
        "redis.redis.opstreelabs.in",
        &["Redis", "RedisCluster", "RedisReplication", "RedisSentinel"],
        PODS,
        "OT-CONTAINER-KIT/redis-operator",
    ),
    row("databases.spotahome.com", &["RedisFailover"], PODS, "spotahome/redis-operator"),
    row("app.redislabs.com", &["RedisEnterpriseCluster"], PODS, "RedisLabs/redis-enterprise-k8s-docs"),
    row("dragonflydb.io", &["Dragonfly"], PODS, "dragonflydb/dragonfly-operator"),
    row("cassandra.datastax.com", &["CassandraDatacenter"], PODS, "k8ssandra/cass-operator"),
    row("k8ssandra.io", &["K8ssandraCluster"], PODS, "k8ssandra/k8ssandra-operator"),
    row(
        "scylla.scylladb.com",
        &["ScyllaCluster", "ScyllaDBCluster", "ScyllaDBDatacenter"],
        PODS,
        "scylladb/scylla-operator",
    ),
    row("crdb.cockroachlabs.com", &["CrdbCluster"], PODS, "cockroachdb/cockroach-operator"),
    row(
        "pingcap.com",
        &["TidbCluster", "TidbMonitor", "TidbDashboard", "TidbNGMonitoring"],
        PODS,
        "pingcap/tidb-operator",
    ),
    row("core.pingcap.com", &["PDGroup", "TiDBGroup", "TiKVGroup", "TiFlashGroup"], PODS, "pingcap/tidb-operator"),
    row("clickhouse.altinity.com", &["ClickHouseInstallation"], PODS, "Altinity/clickhouse-operator"),
    row("clickhouse-keeper.altinity.com", &["ClickHouseKeeperInstallation"], PODS, "Altinity/clickhouse-operator"),
    row("database.arangodb.com", &["ArangoDeployment"], PODS, "arangodb/kube-arangodb"),
    row("couchbase.com", &["CouchbaseCluster"], PODS, "couchbase/docs-operator"),
    row("etcd.database.coreos.com", &["EtcdCluster"], PODS, "coreos/etcd-operator"),
    row("druid.apache.org", &["Druid"], PODS, "apache/druid-operator"),
    row("starrocks.com", &["StarRocksCluster", "StarRocksWarehouse"], PODS, "StarRocks/starrocks-kubernetes-operator"),
    row("doris.selectdb.com", &["DorisCluster"], PODS, "apache/doris-operator"),
    row("milvus.io", &["Milvus", "MilvusCluster"], PODS, "zilliztech/milvus-operator"),
    row("infinispan.org", &["Infinispan"], PODS, "infinispan/infinispan-operator"),
    row("hazelcast.com", &["Hazelcast", "ManagementCenter"], PODS, "hazelcast/hazelcast-platform-operator"),
    row("solr.apache.org", &["SolrCloud", "SolrPrometheusExporter"], PODS, "apache/solr-operator"),
    row("vault.banzaicloud.com", &["Vault"], PODS, "bank-vaults/vault-operator"),
    row("kubedb.com", &[], PODS, "kubedb/apimachinery"),
    row(".stackable.tech", &[], PODS, "stackabletech/operator-rs"),
    // queues and streams
    row(
        "kafka.strimzi.io",
        &["Kafka", "KafkaConnect", "KafkaMirrorMaker", "KafkaMirrorMaker2", "KafkaBridge", "KafkaNodePool"],
        PODS,
        "strimzi/strimzi-kafka-operator",
    ),
    row("nifi.konpyutaika.com", &["NifiCluster"], PODS, "konpyutaika/nifikop"),
    row("core.strimzi.io", &["StrimziPodSet"], PODS, "strimzi/strimzi-kafka-operator"),
    row(
        "platform.confluent.io",
        &[
            "Kafka",
            "Zookeeper",
            "KRaftController",
            "Connect",
            "KsqlDB",
            "SchemaRegistry",
            "ControlCenter",
            "KafkaRestProxy",
            "FlinkEnvironment",
        ],
        PODS,
        "confluentinc/confluent-kubernetes-examples",
    ),
    row("cluster.redpanda.com", &["Redpanda", "Console", "NodePool"], PODS, "redpanda-data/redpanda-operator"),
    row("rabbitmq.com", &["RabbitmqCluster"], PODS, "rabbitmq/cluster-operator"),
    row("nats.io", &["NatsCluster"], PODS, "nats-io/nats-operator"),
    row("zookeeper.pravega.io", &["ZookeeperCluster"], PODS, "pravega/zookeeper-operator"),
    row("apps.emqx.io", &["EMQX", "EmqxBroker", "EmqxEnterprise"], PODS, "emqx/emqx-operator"),
    row("flink.apache.org", &["FlinkDeployment"], PODS, "apache/flink-kubernetes-operator"),
    row(
        "numaflow.numaproj.io",
        &["Pipeline", "MonoVertex", "Vertex", "InterStepBufferService"],
        PODS,
        "numaproj/numaflow",
    ),
    row("camel.apache.org", &["Integration", "Pipe", "KameletBinding", "Build"], PODS, "apache/camel-k"),
    // search and observation
    row("elasticsearch.k8s.elastic.co", &["Elasticsearch"], PODS, "elastic/cloud-on-k8s"),
    row("kibana.k8s.elastic.co", &["Kibana"], PODS, "elastic/cloud-on-k8s"),
    row("apm.k8s.elastic.co", &["ApmServer"], PODS, "elastic/cloud-on-k8s"),
    row("beat.k8s.elastic.co", &["Beat"], PODS, "elastic/cloud-on-k8s"),
    row("agent.k8s.elastic.co", &["Agent"], PODS, "elastic/cloud-on-k8s"),
    row("enterprisesearch.k8s.elastic.co", &["EnterpriseSearch"], PODS, "elastic/cloud-on-k8s"),
    row("logstash.k8s.elastic.co", &["Logstash"], PODS, "elastic/cloud-on-k8s"),
    row("maps.k8s.elastic.co", &["ElasticMapsServer"], PODS, "elastic/cloud-on-k8s"),
    row("opensearch.opster.io", &["OpenSearchCluster"], PODS, "opensearch-project/opensearch-k8s-operator"),
    row("opensearch.org", &["OpenSearchCluster"], PODS, "opensearch-project/opensearch-k8s-operator"),
    row(
        "monitoring.coreos.com",
        &["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"],
        PODS,
        "prometheus-operator/prometheus-operator",
    ),
    row(
        "operator.victoriametrics.com",
        &[
            "VMCluster",
            "VMSingle",
            "VMAgent",
            "VMAlert",
            "VMAlertmanager",
            "VMAuth",
            "VMAnomaly",
            "VLogs",
            "VLSingle",
            "VLCluster",
            "VLAgent",
            "VTSingle",
            "VTCluster",
            "VMDistributed",
        ],
        PODS,
        "VictoriaMetrics/operator",
    ),
    row(
        "opentelemetry.io",
        &["OpenTelemetryCollector", "TargetAllocator", "OpAMPBridge"],
        PODS,
        "open-telemetry/opentelemetry-operator",
    ),
    row("jaegertracing.io", &["Jaeger"], PODS, "jaegertracing/jaeger-operator"),
    row("grafana.integreatly.org", &["Grafana"], PODS, "grafana/grafana-operator"),
    row("integreatly.org", &["Grafana"], PODS, "grafana/grafana-operator"),
    row("loki.grafana.com", &["LokiStack"], PODS, "grafana/loki"),
    row("tempo.grafana.com", &["TempoStack", "TempoMonolithic"], PODS, "grafana/tempo-operator"),
    row("monitoring.grafana.com", &["GrafanaAgent"], PODS, "grafana/agent"),
    row("datadoghq.com", &["DatadogAgent"], PODS, "DataDog/datadog-operator"),
    row("dynatrace.com", &["DynaKube"], PODS, "Dynatrace/dynatrace-operator"),
    row("logging.banzaicloud.io", &["Logging", "FluentbitAgent", "NodeAgent"], PODS, "kube-logging/logging-operator"),
    row("fluentbit.fluent.io", &["FluentBit", "Collector"], PODS, "fluent/fluent-operator"),
    row("fluentd.fluent.io", &["Fluentd"], PODS, "fluent/fluent-operator"),
    row("logging.openshift.io", &["ClusterLogging", "ClusterLogForwarder"], PODS, "openshift/cluster-logging-operator"),
    row("observability.openshift.io", &["ClusterLogForwarder"], PODS, "openshift/cluster-logging-operator"),
    row("core.humio.com", &["HumioCluster"], PODS, "humio/humio-operator"),
    row(
        "enterprise.splunk.com",
        &["Standalone", "IndexerCluster", "SearchHeadCluster", "ClusterManager", "LicenseManager", "MonitoringConsole"],
        PODS,
        "splunk/splunk-operator",
    ),
    // jobs, learning, serving
    row("ray.io", &["RayCluster", "RayService"], PODS, "ray-project/kuberay"),
    row("ray.io", &["RayJob", "RayCronJob"], ONCE, "ray-project/kuberay"),
    row("batch.volcano.sh", &["Job"], ONCE, "volcano-sh/volcano"),
    row("batch.volcano.sh", &["CronJob"], PODS, "volcano-sh/volcano"),
    row("flow.volcano.sh", &["JobFlow"], ONCE, "volcano-sh/volcano"),
    row("argoproj.io", &["Workflow"], ONCE, "argoproj/argo-workflows"),
    row("argoproj.io", &["CronWorkflow"], PODS, "argoproj/argo-workflows"),
    row("argoproj.io", &["AnalysisRun", "Experiment"], ONCE, "argoproj/argo-rollouts"),
    row("argoproj.io", &["EventSource", "EventBus", "Sensor"], PODS, "argoproj/argo-events"),
    row("argoproj.io", &["ArgoCD"], PODS, "argoproj-labs/argocd-operator"),
    row(
        "kubeflow.org",
        &["PyTorchJob", "TFJob", "MPIJob", "XGBoostJob", "MXJob", "PaddleJob", "JAXJob"],
        ONCE,
        "kubeflow/trainer",
    ),
    row("kubeflow.org", &["Experiment", "Trial", "Suggestion"], ONCE, "kubeflow/katib"),
    row("kubeflow.org", &["Notebook"], PODS, "kubeflow/notebooks"),
    row("trainer.kubeflow.org", &["TrainJob"], ONCE, "kubeflow/trainer"),
    row("tensorboard.kubeflow.org", &["Tensorboard"], PODS, "kubeflow/dashboard"),
    row("sparkoperator.k8s.io", &["SparkApplication", "SparkConnect"], ONCE, "kubeflow/spark-operator"),
    row("sparkoperator.k8s.io", &["ScheduledSparkApplication"], PODS, "kubeflow/spark-operator"),
    row("spark.apache.org", &["SparkApplication", "SparkCluster"], ONCE, "apache/spark-kubernetes-operator"),
    row("kubernetes.dask.org", &["DaskCluster", "DaskJob", "DaskWorkerGroup"], PODS, "dask/dask-kubernetes"),
    row("keda.sh", &["ScaledJob"], PODS, "kedacore/keda"),
    row("leaderworkerset.x-k8s.io", &["LeaderWorkerSet"], PODS, "kubernetes-sigs/lws"),
    row(
        "workload.codeflare.dev",
        &["AppWrapper"],
        Does::Manifests("import its components"),
        "project-codeflare/appwrapper",
    ),
    row("tekton.dev", &["TaskRun", "PipelineRun", "CustomRun"], ONCE, "tektoncd/pipeline"),
    row("triggers.tekton.dev", &["EventListener"], PODS, "tektoncd/triggers"),
    row("operator.tekton.dev", &[], PODS, "tektoncd/operator"),
    row("serving.kserve.io", &["InferenceService", "InferenceGraph", "LLMInferenceService"], PODS, "kserve/kserve"),
    row("kaito.sh", &["Workspace", "RAGEngine", "InferenceSet"], PODS, "kaito-project/kaito"),
    row("ollama.ayaka.io", &["Model"], PODS, "nekomeowww/ollama-operator"),
    row("machinelearning.seldon.io", &["SeldonDeployment"], PODS, "SeldonIO/seldon-core"),
    row("mlops.seldon.io", &["Server", "SeldonRuntime"], PODS, "SeldonIO/seldon-core"),
    row("nvidia.com", &["ClusterPolicy", "NVIDIADriver"], PODS, "NVIDIA/gpu-operator"),
    row("nvidia.com", &["DynamoGraphDeployment", "DynamoComponentDeployment"], PODS, "ai-dynamo/dynamo"),
    row("serving.knative.dev", &["Service", "Configuration", "Revision"], PODS, "knative/serving"),
    row("sources.knative.dev", &["ApiServerSource", "ContainerSource", "SinkBinding"], PODS, "knative/eventing"),
    row("operator.knative.dev", &["KnativeServing", "KnativeEventing"], PODS, "knative/operator"),
    row("openfaas.com", &["Function"], PODS, "openfaas/faas-netes"),
    row("core.openfunction.io", &["Function"], PODS, "OpenFunction/OpenFunction"),
    row("k6.io", &["TestRun", "K6", "PrivateLoadZone"], ONCE, "grafana/k6-operator"),
    row("litmuschaos.io", &["ChaosEngine"], ONCE, "litmuschaos/litmus"),
    // runners, games, machines
    row(
        "actions.github.com",
        &["AutoscalingRunnerSet", "EphemeralRunnerSet", "EphemeralRunner", "AutoscalingListener"],
        PODS,
        "actions/actions-runner-controller",
    ),
    row(
        "actions.summerwind.dev",
        &["RunnerDeployment", "RunnerReplicaSet", "RunnerSet", "Runner"],
        PODS,
        "actions/actions-runner-controller",
    ),
    row("app.terraform.io", &["AgentPool"], PODS, "hashicorp/hcp-terraform-operator"),
    row("jenkins.io", &["Jenkins"], PODS, "jenkinsci/kubernetes-operator"),
    row("apps.gitlab.com", &["GitLab", "Runner"], PODS, "gitlab-org/gitlab-operator"),
    row("agones.dev", &["Fleet", "GameServerSet", "GameServer"], PODS, "googleforgames/agones"),
    row("game.kruise.io", &["GameServerSet"], PODS, "openkruise/kruise-game"),
    row("apps.kruise.io", &["UnitedDeployment", "BroadcastJob", "AdvancedCronJob"], PODS, "openkruise/kruise"),
    row(
        "kubevirt.io",
        &["VirtualMachine", "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet", "KubeVirt"],
        PODS,
        "kubevirt/kubevirt",
    ),
    row("pool.kubevirt.io", &["VirtualMachinePool"], PODS, "kubevirt/kubevirt"),
    row("cdi.kubevirt.io", &["CDI"], PODS, "kubevirt/containerized-data-importer"),
    row("workspace.devfile.io", &["DevWorkspace"], PODS, "devfile/devworkspace-operator"),
    row("org.eclipse.che", &["CheCluster"], PODS, "eclipse-che/che-operator"),
    // storage, networks, identity, control planes
    row("minio.min.io", &["Tenant"], PODS, "minio/operator"),
    row(
        "ceph.rook.io",
        &["CephCluster", "CephObjectStore", "CephFilesystem", "CephNFS", "CephRBDMirror", "CephFilesystemMirror"],
        PODS,
        "rook/rook",
    ),
    row("longhorn.io", &["InstanceManager", "ShareManager", "BackingImageManager"], PODS, "longhorn/longhorn-manager"),
    row("operator.tigera.io", &["Installation", "APIServer", "Goldmane", "Whisker"], PODS, "tigera/operator"),
    row("install.istio.io", &["IstioOperator"], PODS, "istio/istio"),
    row("sailoperator.io", &["Istio", "IstioCNI", "ZTunnel"], PODS, "istio-ecosystem/sail-operator"),
    row("projectcontour.io", &["ContourDeployment"], PODS, "projectcontour/contour"),
    row("tailscale.com", &["Connector", "ProxyGroup", "Recorder"], PODS, "tailscale/tailscale"),
    row("operator.openshift.io", &["IngressController"], PODS, "openshift/api"),
    row("k8s.keycloak.org", &["Keycloak"], PODS, "keycloak/keycloak"),
    row("wildfly.org", &["WildFlyServer"], PODS, "wildfly/wildfly-operator"),
    row("quay.redhat.com", &["QuayRegistry"], PODS, "quay/quay-operator"),
    row("apps.3scale.net", &["APIManager", "APIcast"], PODS, "3scale/3scale-operator"),
    row("temporal.io", &["TemporalCluster", "TemporalWorkerDeployment"], PODS, "alexandrevilain/temporal-operator"),
    row("kamaji.clastix.io", &["TenantControlPlane"], PODS, "clastix/kamaji"),
    row("hypershift.openshift.io", &["HostedCluster", "HostedControlPlane"], PODS, "openshift/hypershift"),
    row("storage.loft.sh", &["VirtualCluster"], PODS, "loft-sh/api"),
    row("k3k.io", &["Cluster", "VirtualCluster"], PODS, "rancher/k3k"),
    row("build.openshift.io", &["Build"], ONCE, "openshift/api"),
    // what stands for other manifests
    row("template.openshift.io", &["Template", "TemplateInstance"], TEMPLATE, "openshift/api"),
    row("helm.toolkit.fluxcd.io", &["HelmRelease"], CHART, "fluxcd/helm-controller"),
    row("kustomize.toolkit.fluxcd.io", &["Kustomization"], KUSTOMIZE, "fluxcd/kustomize-controller"),
    row("fluxcd.controlplane.io", &["ResourceSet"], RENDERED, "controlplaneio-fluxcd/flux-operator"),
    row("fluxcd.controlplane.io", &["FluxInstance"], PODS, "controlplaneio-fluxcd/flux-operator"),
    row("helm.cattle.io", &["HelmChart"], CHART, "k3s-io/helm-controller"),
    row("helm.crossplane.io", &["Release"], CHART, "crossplane-contrib/provider-helm"),
    row("helm.m.crossplane.io", &["Release"], CHART, "crossplane-contrib/provider-helm"),
    row("kubernetes.crossplane.io", &["Object"], MANIFEST, "crossplane-contrib/provider-kubernetes"),
    row("kubernetes.m.crossplane.io", &["Object"], MANIFEST, "crossplane-contrib/provider-kubernetes"),
    row("addons.cluster.x-k8s.io", &["HelmChartProxy"], CHART, "kubernetes-sigs/cluster-api-addon-provider-helm"),
    row("argoproj.io", &["Application", "ApplicationSet"], SYNCED, "argoproj/argo-cd"),
    row("fleet.cattle.io", &["GitRepo", "Bundle", "HelmOp"], SYNCED, "rancher/fleet"),
    row(
        "apps.open-cluster-management.io",
        &["Subscription"],
        SYNCED,
        "open-cluster-management-io/multicloud-operators-subscription",
    ),
    row("work.open-cluster-management.io", &["ManifestWork"], SYNCED, "open-cluster-management-io/api"),
    row("configsync.gke.io", &["RootSync", "RepoSync"], SYNCED, "GoogleContainerTools/kpt-config-sync"),
    row("core.oam.dev", &["Application", "Component", "ApplicationConfiguration"], SYNCED, "kubevela/kubevela"),
    row("operators.coreos.com", &["Subscription", "ClusterServiceVersion"], PACKAGE, "operator-framework/api"),
    row("operators.coreos.com", &["CatalogSource"], PODS, "operator-framework/api"),
    row("olm.operatorframework.io", &["ClusterExtension"], PACKAGE, "operator-framework/operator-controller"),
    row("pkg.crossplane.io", &["Provider", "Function", "Configuration"], PACKAGE, "crossplane/crossplane"),
];

/// Kinds that describe what others of their group would make, and make nothing themselves: of those others, nothing is
/// known.
const DEFINITIONS: &[(&str, &[&str])] = &[("kro.run", &["ResourceGraphDefinition", "GraphRevision"])];

/// Groups whose objects speak of containers or replicas without running any: policies, definitions, machines, queues.
const HARMLESS: &[&str] = &[
    "apiextensions.crossplane.io",
    "apiextensions.k8s.io",
    "kyverno.io",
    "policies.kyverno.io",
    "wgpolicyk8s.io",
    "policies.kubewarden.io",
    ".gatekeeper.sh",
    "cluster.x-k8s.io",
    ".cluster.x-k8s.io",
    "machine.openshift.io",
    "machineconfiguration.openshift.io",
    "kueue.x-k8s.io",
    "karpenter.sh",
    "cert-manager.io",
    "chaos-mesh.org",
    "backstage.io",
];

fn of_group(row: &str, group: &str) -> bool {
    row == group || (row.starts_with('.') && group.ends_with(row))
}

/// The row of a kind, if it is known to run pods.
pub(super) fn find(group: &str, kind: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|row| of_group(row.group, group) && (row.kinds.is_empty() || row.kinds.contains(&kind)))
}

/// The groups in which a kind is known to run pods.
pub(super) fn groups_of(kind: &str) -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().filter(move |row| row.kinds.contains(&kind)).map(|row| row.group)
}

/// A row of the kind, of whichever group.
pub(super) fn of_kind(kind: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|row| row.kinds.contains(&kind))
}

/// Whether the kind is known to run nothing: it only defines, or its group is known and it is another of its kinds.
pub(super) fn runs_nothing(group: &str, kind: &str) -> bool {
    let operators = OPERATORS.iter().map(|row| row.group);
    let defines = DEFINITIONS.iter().any(|(of, kinds)| *of == group && kinds.contains(&kind));
    defines || HARMLESS.iter().copied().chain(operators).any(|row| of_group(row, group))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_stands_once_and_every_row_has_a_source() {
        let mut seen = BTreeSet::new();
        for row in OPERATORS {
            assert!(row.group.contains('.'), "{}", row.group);
            assert_eq!(row.source.split('/').count(), 2, "{}", row.source);
            for kind in row.kinds {
                assert!(seen.insert((row.group, kind)), "{} {kind} stands twice", row.group);
                assert_eq!(find(row.group, kind).map(|it| it.does), Some(row.does));
            }
        }
        assert!(find("argoproj.io", "Rollout").is_none());
        assert!(find("superset.stackable.tech", "SupersetCluster").is_some());
        assert!(find("kafka.strimzi.io", "KafkaTopic").is_none());
        assert!(runs_nothing("constraints.gatekeeper.sh", "Any") && !runs_nothing("example.org", "Any"));
        assert!(runs_nothing("kro.run", "ResourceGraphDefinition") && !runs_nothing("kro.run", "WebApp"));
    }
}
