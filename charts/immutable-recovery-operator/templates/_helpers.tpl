{{- /* On every object: which release it is of. */ -}}
{{- define "immutable-recovery-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- /* On pods, and what selects them: there is one installation in a cluster, and a selector can never be changed. */ -}}
{{- define "immutable-recovery-operator.selector" -}}
app.kubernetes.io/name: immutable-recovery-operator
{{- end }}

{{- define "immutable-recovery-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* The namespaces of which the guard knows that the operator protects them, as a list in CEL. */ -}}
{{- define "immutable-recovery-operator.protectedNamespaces" -}}
['{{ .Release.Namespace }}', 'kube-system', 'kube-public', 'kube-node-lease'
{{- range .Values.protectedNamespaces }}, '{{ . }}'{{ end }}]
{{- end }}

{{- /*
Whether the cluster has MutatingAdmissionPolicies in v1. Helm knows the kinds where it talks to a cluster, or is told by --api-versions;
else the version must do.
*/ -}}
{{- define "immutable-recovery-operator.pinsAtAdmission" -}}
{{- if .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}
true
{{- else if and (not (.Capabilities.APIVersions.Has "v1/Pod")) (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version) -}}
true
{{- end }}
{{- end }}

{{- /* Whether the receiver has a certificate. */ -}}
{{- define "immutable-recovery-operator.tls" -}}
{{- if or .Values.receiver.tls.secretName .Values.receiver.tls.certManager.enabled }}true{{ end }}
{{- end }}

{{- define "immutable-recovery-operator.tlsSecret" -}}
{{- .Values.receiver.tls.secretName | default "immutable-recovery-operator-tls" }}
{{- end }}

{{- define "immutable-recovery-operator.receiver" -}}
{{- if include "immutable-recovery-operator.tls" . -}}
https://immutable-recovery-operator.{{ .Release.Namespace }}.svc:8443
{{- else -}}
http://immutable-recovery-operator.{{ .Release.Namespace }}.svc:8080
{{- end }}
{{- end }}

{{- /* What Pod Security `restricted` asks of a container. */ -}}
{{- define "immutable-recovery-operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /*
How an object of our own kinds is made: after the definitions, which Helm has only just installed. Argo CD is told to skip such a hook, as it would
delete it and make it anew at every sync, whatever Helm's annotations say: with customResourcesAsHooks: false the objects are ordinary ones.
Called with a list of the root and Helm's delete policy.
*/ -}}
{{- define "immutable-recovery-operator.hook" -}}
{{- if (index . 0).Values.customResourcesAsHooks -}}
helm.sh/hook: post-install,post-upgrade
helm.sh/hook-delete-policy: {{ index . 1 }}
argocd.argoproj.io/hook: Skip
{{- end }}
{{- end }}

{{- /*
Whether such an object is to be rendered, as JSON of what is in the cluster. Called with a list of the root, kind and name. `{}` where it is absent, and where
Helm does not look (helm template, --dry-run=client). An ordinary object is always rendered, else Helm would take it for removed.
*/ -}}
{{- define "immutable-recovery-operator.present" -}}
{{- $root := index . 0 -}}
{{- if and $root.Values.customResourcesAsHooks ($root.Capabilities.APIVersions.Has (printf "immutablerecovery.io/v1alpha1/%s" (index . 1))) -}}
{{- lookup "immutablerecovery.io/v1alpha1" (index . 1) "" (index . 2) | default dict | toJson -}}
{{- else -}}
{}
{{- end }}
{{- end }}

{{- /* An object of `helm test`, called with its weight. Before a test what is left of an earlier one goes, after a success everything. */ -}}
{{- define "immutable-recovery-operator.test" -}}
helm.sh/hook: test
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
