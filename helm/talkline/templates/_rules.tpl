{{/*
What the operator does where it looks after ChatClusters and ChatLoadTests. What it makes is written by server-side apply (patch, and create for what
is not there yet), seen through watches (list, watch), and removed when a ChatCluster wants it no more (delete).
*/}}
{{- define "talkline.rules" -}}
# What it is told, and what it answers.
- apiGroups: [talkline.dev]
  resources: [chatclusters]
  verbs: [list, watch]
# The finalizer of one whose data is to go with it.
- apiGroups: [talkline.dev]
  resources: [chatclusters]
  verbs: [patch]
- apiGroups: [talkline.dev]
  resources: [chatclusters/status]
  verbs: [patch]
# Load tests, which go when their time is over; each is read anew at every look, and so is the ChatCluster that it is aimed at.
- apiGroups: [talkline.dev]
  resources: [chatloadtests]
  verbs: [get, list, watch, delete]
- apiGroups: [talkline.dev]
  resources: [chatloadtests/status]
  verbs: [patch]
- apiGroups: [talkline.dev]
  resources: [chatclusters]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# What it makes.
- apiGroups: [""]
  resources: [configmaps, secrets, serviceaccounts, services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [list, watch, create, patch, delete]
# Jobs of load tests: suspended at their end, and gone with their ChatLoadTest.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch, create, patch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: [list, watch, create, patch, delete]
# What it makes where somebody has installed these.
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [keda.sh]
  resources: [scaledobjects, triggerauthentications]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors, prometheusrules]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [kafka.strimzi.io]
  resources: [kafkausers]
  verbs: [list, watch, create, patch, delete]
# With a KafkaTopic Strimzi deletes the topic: it goes with its ChatCluster, if that says so, and else never.
- apiGroups: [kafka.strimzi.io]
  resources: [kafkatopics]
  verbs: [list, watch, create, patch]
# Where a Kafka of Strimzi's listens, and how many partitions a topic has that is there already.
- apiGroups: [kafka.strimzi.io]
  resources: [kafkas, kafkatopics]
  verbs: [get]
# Pods: whom it asks for sockets and lag, and which of them a scale-in shall take first; those of load tests say how they end.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
# Secrets that a ChatCluster names: pods are rolled when they change.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# Who holds a Deployment's number of replicas, before an autoscaler takes it over.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get]
{{- end -}}

{{/* How several operators agree who works, in the namespace of the release: by a lease that the chart makes (lease.yaml). */}}
{{- define "talkline.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "talkline.fullname" . }}]
  verbs: [get, patch]
{{- end -}}
