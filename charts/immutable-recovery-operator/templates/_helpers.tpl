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

{{- /* A parent chart's registry takes the place of the repository's own, if that names one. */ -}}
{{- define "immutable-recovery-operator.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with dig "imageRegistry" "" (.Values.global | default dict) -}}
{{- $parts := splitList "/" $repository -}}
{{- if and (gt (len $parts) 1) (regexMatch "[.:]|^localhost$" (first $parts)) -}}
{{- $repository = join "/" (rest $parts) -}}
{{- end -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* Those of the values and of a parent chart, which may give names or objects; as a JSON object with the list. */ -}}
{{- define "immutable-recovery-operator.pullSecrets" -}}
{{- $all := list -}}
{{- range concat .Values.imagePullSecrets (dig "imagePullSecrets" list (.Values.global | default dict)) -}}
{{- $all = append $all (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- dict "all" (uniq $all) | toJson -}}
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

{{- /* What isolates quarantined pods: a value of `isolation` other than Auto. Those that deny more come first, as the operator has it. */ -}}
{{- define "immutable-recovery-operator.isolation" -}}
{{- $asked := .Values.isolation | default "Auto" -}}
{{- if ne $asked "Auto" -}}
{{ $asked }}
{{- else if .Capabilities.APIVersions.Has "cilium.io/v2/CiliumClusterwideNetworkPolicy" -}}
Cilium
{{- else if .Capabilities.APIVersions.Has "projectcalico.org/v3/GlobalNetworkPolicy" -}}
Calico
{{- else if .Capabilities.APIVersions.Has "policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy" -}}
ClusterNetworkPolicy
{{- else if .Capabilities.APIVersions.Has "policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy" -}}
AdminNetworkPolicy
{{- else -}}
NetworkPolicy
{{- end }}
{{- end }}

{{- /* Where the receiver's certificate comes from: certManager, secret, selfSigned; nothing where TLS is switched off. */ -}}
{{- define "immutable-recovery-operator.tlsSource" -}}
{{- with .Values.receiver.tls -}}
{{- if not (dig "enabled" true .) -}}
{{- else if .certManager.enabled -}}
certManager
{{- else if .secretName -}}
secret
{{- else -}}
selfSigned
{{- end }}
{{- end }}
{{- end }}

{{- /* Whether the receiver has a certificate. */ -}}
{{- define "immutable-recovery-operator.tls" -}}
{{- if include "immutable-recovery-operator.tlsSource" . }}true{{ end }}
{{- end }}

{{- define "immutable-recovery-operator.tlsSecret" -}}
{{- .Values.receiver.tls.secretName | default "immutable-recovery-operator-tls" }}
{{- end }}

{{- /*
The self-signed certificate, as JSON: the one in the cluster while it is good for sixty days more and for the same names, else one that is made once a rendering.
Where Helm does not look (helm template, Argo CD), each rendering makes another.
*/ -}}
{{- define "immutable-recovery-operator.selfSigned" -}}
{{- $tls := .Values.receiver.tls -}}
{{- if not (hasKey $tls "made") -}}
{{- $service := printf "immutable-recovery-operator.%s" .Release.Namespace -}}
{{- $asked := dig "selfSigned" dict $tls -}}
{{- $names := concat (list (printf "%s.svc" $service) $service (printf "%s.svc.cluster.local" $service)) (dig "dnsNames" list $asked) -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "immutable-recovery-operator.tlsSecret" .) | default dict -}}
{{- $data := $found.data | default dict -}}
{{- $noted := dig "metadata" "annotations" dict $found | default dict -}}
{{- $expires := index $noted "immutablerecovery.io/certificate-expires" | default "1970-01-01" -}}
{{- $same := eq (index $noted "immutablerecovery.io/certificate-names" | default "") (join "," $names) -}}
{{- $lasts := gt (toDate "2006-01-02" $expires | unixEpoch | int64) (now | dateModify "+1440h" | unixEpoch | int64) -}}
{{- if and $same $lasts (index $data "tls.crt") (index $data "tls.key") (index $data "ca.crt") -}}
{{- $_ := set $tls "made" (dict "certificate" (index $data "tls.crt") "key" (index $data "tls.key") "authority" (index $data "ca.crt") "expires" $expires "names" (join "," $names)) -}}
{{- else -}}
{{- $days := dig "validityDays" 1825 $asked | int -}}
{{- $authority := genCA "immutable-recovery-operator" $days -}}
{{- $certificate := genSignedCert (first $names) nil $names $days $authority -}}
{{- $until := now | dateModify (printf "+%dh" (mul 24 $days)) | date "2006-01-02" -}}
{{- $_ := set $tls "made" (dict "certificate" (b64enc $certificate.Cert) "key" (b64enc $certificate.Key) "authority" (b64enc $authority.Cert) "expires" $until "names" (join "," $names)) -}}
{{- end -}}
{{- end -}}
{{- $tls.made | toJson -}}
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
