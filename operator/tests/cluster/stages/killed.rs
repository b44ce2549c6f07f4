//! An operator that dies anywhere in a reconcile leaves nothing that the next one does not finish.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Stage, condition};
use crate::operator::{ACCOUNT, Operator, get};

/// Fewer than every operator writes of a ChatCluster that it does not know yet: each of its objects once.
const WRITES: usize = 10;

impl Stage<'_> {
    /// The first operator dies after its first write for a new ChatCluster, the next one after its second, and so on. Each begins anew, so
    /// every one gets further than the last.
    pub(crate) fn an_operator_killed_at_every_step_converges(&self, mut operator: Operator) -> Result<Operator> {
        let cluster = |name: &str| {
            json!({
                "apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster",
                "metadata": { "name": name, "namespace": "team" },
                "spec": {
                    "kafka": { "external": { "bootstrapServers": ["127.0.0.1:1"] } },
                    "redis": { "external": { "addresses": ["127.0.0.1:1"] } },
                    "mongo": { "external": { "hosts": ["127.0.0.1:1"] } },
                },
            })
        };
        self.0.kubectl(&["apply", "-f", "-"], &cluster("whole").to_string())?;
        self.settles(&mut operator, "whole")?;
        let mut seen = self.end_of_log()?;
        self.0.kubectl(&["apply", "-f", "-"], &cluster("fragile").to_string())?;
        for died in 1..=WRITES {
            operator.until("it has written so much", |_| Ok(self.written_since(seen)? >= died))?;
            operator.kill()?;
            self.vacate()?;
            seen = self.end_of_log()?;
            operator = Operator::start(self.0, &format!("mortal-{died}"))?;
        }
        self.settles(&mut operator, "fragile")?;
        let (fragile, whole) = (self.objects("fragile")?, self.objects("whole")?);
        ensure!(fragile == whole.replace("whole", "fragile"), "{fragile}\n{whole}");
        for name in ["fragile", "whole"] {
            self.0
                .kubectl(&["--namespace=team", "delete", "chatcluster", name], "")?;
        }
        Ok(operator)
    }

    fn settles(&self, operator: &mut Operator, name: &str) -> Result<()> {
        operator.until(&format!("{name} settles"), |_| {
            let chat = get(self.0, &format!("chatcluster/{name}"))?;
            Ok(condition(&chat, "Progressing") == "False/Settled")
        })
    }

    /// All that belongs to a ChatCluster, by kind and name.
    fn objects(&self, name: &str) -> Result<String> {
        let kinds = "serviceaccounts,secrets,configmaps,services,deployments,poddisruptionbudgets,networkpolicies";
        let ours = format!("--selector=app.kubernetes.io/instance={name}");
        self.0
            .kubectl(&["--namespace=team", "get", kinds, &ours, "--output=name"], "")
    }

    /// Whoever was killed cannot give the Lease back; here nobody waits for its end, so it has ended long ago.
    fn vacate(&self) -> Result<()> {
        let patch = r#"{"spec": {"renewTime": "2001-01-01T00:00:00.000000Z"}}"#;
        let lease = format!("lease/{ACCOUNT}");
        let arguments = [
            "--namespace=talkline-system",
            "patch",
            &lease,
            "--type=merge",
            "--patch",
            patch,
        ];
        self.0.kubectl(&arguments, "").map(drop)
    }

    fn end_of_log(&self) -> Result<u64> {
        Ok(self.0.folder().join("audit.log").metadata()?.len())
    }

    /// Writes of an operator for the fragile one, since a place in the API server's log.
    fn written_since(&self, place: u64) -> Result<usize> {
        let mut log = File::open(self.0.folder().join("audit.log"))?;
        log.seek(SeekFrom::Start(place))?;
        let mut text = String::new();
        log.read_to_string(&mut text)?;
        let user = format!(":talkline-system:{ACCOUNT}\"");
        let is_write = |line: &&str| {
            line.contains("\"verb\":\"patch\"") && line.contains(&user) && line.contains("\"name\":\"fragile")
        };
        Ok(text.lines().filter(is_write).count())
    }
}
