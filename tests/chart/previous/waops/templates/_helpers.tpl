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

{{- define "waops.leaseName" -}}
{{ default (include "waops.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}

{{- define "waops.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}{{ printf "%s@%s" $image.repository $image.digest }}
{{- else }}{{ printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) }}{{ end }}
{{- end }}

{{/* What is done in a namespace that is looked after. */}}
{{- define "waops.rules" -}}
- apiGroups: [waops.dev]
  resources: [whatsappaccounts, whatsappqrcodes, whatsapptemplates]
  verbs: [get, list, watch]
# Claim and finalizer.
- apiGroups: [waops.dev]
  resources: [whatsappqrcodes, whatsapptemplates]
  verbs: [patch]
- apiGroups: [waops.dev]
  resources: [whatsappaccounts/status, whatsappqrcodes/status, whatsapptemplates/status]
  verbs: [patch]
# Credentials, by the name that an account refers to. Secrets are never listed or watched.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
# Whether a namespace goes, so that what goes with it deletes nothing; and its labels, for allowedNamespaces.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
# spec.output
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
