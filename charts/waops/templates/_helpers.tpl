{{- define "waops.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}
{{- end }}

{{- define "waops.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "waops.labels" -}}
{{ include "waops.selector" . }}
{{ include "waops.commonLabels" . }}
{{- end }}

{{/* The same with more of them, given as a list of the root and a map. What selects pods is never replaced. */}}
{{- define "waops.labelsWith" -}}
{{- $root := index . 0 }}
{{- merge (include "waops.selector" $root | fromYaml) (index . 1) (include "waops.labels" $root | fromYaml) | toYaml }}
{{- end }}

{{/* Of pods that run once: no Service, Deployment or budget selects them. */}}
{{- define "waops.onceSelector" -}}
app.kubernetes.io/name: {{ printf "%s-once" (default .Chart.Name .Values.nameOverride | trunc 58 | trimSuffix "-") }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "waops.onceLabels" -}}
{{ include "waops.onceSelector" . }}
{{ include "waops.commonLabels" . }}
{{- end }}

{{- define "waops.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "waops.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "waops.fullname" .) .Values.serviceAccount.name }}
{{- else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{/* Of what has no namespace: two releases of one name must not meet. */}}
{{- define "waops.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "waops.fullname" .) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "waops.leaseName" -}}
{{ default (include "waops.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}

{{- define "waops.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}{{ printf "%s@%s" $image.repository $image.digest }}
{{- else }}{{ printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) }}{{ end }}
{{- end }}

{{/* What every pod of ours has: where it may run, and as whom. */}}
{{- define "waops.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Whether something that is there already belongs to this release: "true", or nothing. */}}
{{- define "waops.isOurs" -}}
{{- $annotations := .there.metadata.annotations | default dict }}
{{- if and (eq (index $annotations "meta.helm.sh/release-name" | default "") .release.Name) (eq (index $annotations "meta.helm.sh/release-namespace" | default "") .release.Namespace) }}true{{ end }}
{{- end }}

{{/* What is done in a namespace that is looked after. */}}
{{- define "waops.rules" -}}
{{- if not (and .Values.watchNamespaces .Values.rbac.releaseEverywhere) -}}
- apiGroups: [waops.dev]
  resources: [whatsappaccounts, whatsappqrcodes, whatsapptemplates]
  verbs: [list, watch]
# Claim and finalizer, and one more look where somebody else wrote meanwhile.
- apiGroups: [waops.dev]
  resources: [whatsappaccounts, whatsappqrcodes, whatsapptemplates]
  verbs: [get, patch]
{{ end -}}
- apiGroups: [waops.dev]
  resources: [whatsappaccounts/status, whatsappqrcodes/status, whatsapptemplates/status]
  verbs: [patch]
# Credentials, by the name that an account refers to. Secrets are never listed or watched.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# spec.output
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
