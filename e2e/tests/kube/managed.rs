//! A chat on servers that the operator runs itself, in its own pods: Kafka, MongoDB and Redis as `managed` StatefulSets on a real node.
//!
//! No registry is asked for images: `e2e/kube/servers.sh` makes some of the programs at hand, with the commands that the makers' images have.
//! The makers' images themselves are not tried by this.
//!
//!     cargo test --workspace --test kube -- --ignored --nocapture managed

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use talkline_e2e::{program, tool};
use talkline_testbed::{Helm, Kubernetes, Mode};

use super::{ROOT, the_official_client_chats};

const TESTS: &str = "a_chat_runs_on_managed_servers";
/// A JVM and two databases start beside each other, on two cores.
const DEADLINE: Duration = Duration::from_secs(300);
/// Its servers, as conditions and objects call them.
const SERVERS: [(&str, &str); 3] = [("Kafka", "kafka"), ("Mongo", "mongo"), ("Redis", "redis")];

const CHAT: &str = "
apiVersion: talkline.dev/v1alpha1
kind: ChatCluster
metadata: { name: chat, namespace: talkline }
spec:
  image: { repository: local/talkline, tag: managed, pullPolicy: Never }
  gateway:
    autoscaling: { minReplicas: 2, maxReplicas: 3 }
    resources: { requests: { cpu: 50m, memory: 64Mi } }
    sockets: { targetPerReplica: 500, maxPerReplica: 1000 }
    drain: { acceptSeconds: 1, maxSeconds: 20 }
  worker: { replicas: 2, resources: { requests: { cpu: 50m, memory: 64Mi } } }
  kafka: { managed: { image: local/kafka:1, storage: 1Gi, storageClass: local }, partitions: 4 }
  mongo: { managed: { image: local/mongo:1, storage: 1Gi, storageClass: local } }
  redis: { managed: { image: local/redis:1, storage: 1Gi, storageClass: local } }
  limits: { apiRequestsPerMinute: 0, messagesPerMinute: 0, socketEventsPerMinute: 0, reactionsPerMinute: 0 }
";

#[tokio::test]
#[ignore = "takes minutes, and gigabytes of disk"]
async fn a_chat_runs_on_managed_servers() -> Result<()> {
    let Some(platform) = Platform::up()? else {
        return Ok(());
    };
    platform.kubectl(&["apply", "--filename=-"], CHAT)?;
    platform.is_as_declared()?;
    let address = platform.address()?;
    for transport in ["websocket", "polling"] {
        the_official_client_chats(address, transport).await?;
    }
    platform.the_cheapest_gateway_is_known()?;
    platform.servers_come_back_with_their_data()?;
    chats_again(platform.address()?).await?;
    platform.volumes_go_where_they_shall()
}

/// Waits until gateways and workers have found their servers at their new addresses. Until then they say that they are not available.
async fn chats_again(address: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match the_official_client_chats(address, "websocket").await {
            Err(error) if Instant::now() < deadline => eprintln!("not yet: {error:#}"),
            outcome => return outcome,
        }
    }
}

struct Platform {
    kubernetes: Kubernetes,
}

impl Platform {
    /// A node with all images, three volumes and the operator; none where this machine lacks what it takes.
    fn up() -> Result<Option<Self>> {
        if !tool::servers(TESTS)? {
            return Ok(None);
        }
        let Some((helm, kubernetes)) = Helm::find(TESTS)?.zip(Kubernetes::start(Mode::Node, TESTS)?) else {
            return Ok(None);
        };
        let platform = Self { kubernetes };
        let folder = platform.kubernetes.folder();
        run(Command::new(path("e2e/kube/servers.sh")).arg(folder))?;
        for name in ["talkline", "talkline-operator"] {
            let image = format!("local/{name}:managed");
            run(Command::new(path("e2e/kube/image.sh"))
                .arg(folder)
                .arg(image)
                .arg(program(name)?))?;
        }
        platform.volumes()?;
        platform.install(&helm)?;
        Ok(Some(platform))
    }

    fn install(&self, helm: &Helm) -> Result<()> {
        let restricted = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": "talkline", "labels": { "pod-security.kubernetes.io/enforce": "restricted" } },
        });
        self.kubectl(&["apply", "--filename=-"], &restricted.to_string())?;
        let image = "image.repository=local/talkline-operator,image.tag=managed,image.pullPolicy=Never";
        for (chart, values) in [("talkline-crds", ""), ("talkline", image)] {
            let folder = path("helm").join(chart);
            let folder = folder.to_str().context("a path that is no text")?;
            let arguments = [
                "install",
                chart,
                folder,
                "--namespace=talkline",
                "--wait",
                "--timeout=150s",
                "--set",
                values,
            ];
            helm.on(&self.kubernetes.kubeconfig(), &arguments)?;
        }
        Ok(())
    }

    /// Folders of this machine, in place of a provisioner's disks.
    fn volumes(&self) -> Result<()> {
        for index in 0..SERVERS.len() {
            let folder = self.kubernetes.folder().join(format!("volume-{index}"));
            fs::create_dir(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
            let here = json!({ "key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"] });
            let volume = json!({
                "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": format!("volume-{index}") },
                "spec": {
                    "capacity": { "storage": "1Gi" }, "accessModes": ["ReadWriteOnce"], "storageClassName": "local",
                    "persistentVolumeReclaimPolicy": "Retain", "local": { "path": folder },
                    "nodeAffinity": { "required": { "nodeSelectorTerms": [{ "matchExpressions": [here] }] } },
                },
            });
            self.kubectl(&["apply", "--filename=-"], &volume.to_string())?;
        }
        Ok(())
    }

    /// The operator reaches the servers, and has made there what the ChatCluster says.
    fn is_as_declared(&self) -> Result<()> {
        self.until("it is as declared", || {
            let conditions = self.get("chatcluster/chat")?["status"]["conditions"].clone();
            let is = |kind: &str| {
                let mut all = conditions.as_array().into_iter().flatten();
                all.any(|condition| condition["type"] == kind && condition["status"] == "True")
            };
            let servers = SERVERS
                .iter()
                .all(|(name, _)| is(&format!("{name}Reachable")) && is(&format!("{name}AsDeclared")));
            Ok(is("Ready") && servers)
        })
    }

    /// Where a scaler may take a gateway away, each has a deletion cost: its sockets, when they were counted last.
    fn the_cheapest_gateway_is_known(&self) -> Result<()> {
        self.until("gateways have deletion costs", || {
            let gateways = "--selector=app.kubernetes.io/component=gateway";
            let pods = self.kubectl(&["get", "pods", gateways, "--output=json"], "")?;
            let pods: Value = serde_json::from_str(&pods)?;
            let pods = pods["items"].as_array().context("no pods")?;
            let cost = "/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost";
            Ok(!pods.is_empty() && pods.iter().all(|pod| pod.pointer(cost).is_some()))
        })
    }

    fn servers_come_back_with_their_data(&self) -> Result<()> {
        for (_, server) in SERVERS {
            let pod = format!("pod/chat-{server}-0");
            let before = self.get(&pod)?["metadata"]["uid"].clone();
            self.kubectl(&["delete", &pod], "")?;
            self.until(&format!("{server} is back"), || {
                let set = self.get(&format!("statefulset/chat-{server}"))?;
                let is_other = self.get(&pod).is_ok_and(|pod| pod["metadata"]["uid"] != before);
                Ok(is_other && set["status"]["readyReplicas"] == 1)
            })?;
        }
        self.is_as_declared()?;
        let events = self.kubectl(
            &["get", "events.events.k8s.io", "--output=jsonpath={.items[*].reason}"],
            "",
        )?;
        ensure!(
            events.matches("ServersProvisioned").count() <= 1,
            "something was made anew: {events}"
        );
        Ok(())
    }

    /// With `deletionPolicy: Delete` the claims go with the ChatCluster; before, they are kept.
    fn volumes_go_where_they_shall(&self) -> Result<()> {
        let claims = || self.kubectl(&["get", "persistentvolumeclaims", "--output=name"], "");
        ensure!(claims()?.lines().count() == SERVERS.len(), "{}", claims()?);
        let patch = r#"{"spec": {"deletionPolicy": "Delete"}}"#;
        self.kubectl(&["patch", "chatcluster/chat", "--type=merge", "--patch", patch], "")?;
        self.until("claims go with their servers", || {
            let set = self.get("statefulset/chat-kafka")?;
            Ok(set["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete")
        })?;
        self.kubectl(&["delete", "chatcluster/chat", "--wait=false"], "")?;
        self.until("nothing is left", || Ok(claims()?.is_empty()))
    }

    /// The gateways' Service.
    fn address(&self) -> Result<SocketAddr> {
        let service = self.get("service/chat-gateway")?;
        let ip = service["spec"]["clusterIP"].as_str().context("no address")?;
        Ok(SocketAddr::new(ip.parse()?, 80))
    }

    fn get(&self, object: &str) -> Result<Value> {
        Ok(serde_json::from_str(
            &self.kubectl(&["get", object, "--output=json"], "")?,
        )?)
    }

    fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.kubernetes
            .kubectl(&[&["--namespace=talkline"], arguments].concat(), input)
    }

    /// Waits until `so`. Each try is a process, which paces the loop.
    fn until(&self, what: &str, so: impl Fn() -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        while !so()? {
            if Instant::now() > deadline {
                let seen = self.kubectl(&["get", "pods,events,chatclusters", "--output=wide"], "")?;
                let chat = self.kubectl(&["get", "chatclusters", "--output=yaml"], "")?;
                bail!("in {DEADLINE:?} not: {what}:\n{seen}\n{chat}");
            }
        }
        Ok(())
    }
}

fn path(of: &str) -> std::path::PathBuf {
    Path::new(ROOT).join(of)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
