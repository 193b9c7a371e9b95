{{/* Names, labels and images that several objects share. */}}

{{- define "kubezone.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for the longest ending that is added, -node-local, and without the dots that a release may have in its name and a Service may not. */}}
{{- define "kubezone.fullname" -}}
{{- $name := include "kubezone.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $full .Values.fullnameOverride | replace "." "-" | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "kubezone.serviceName" -}}
{{- default (include "kubezone.fullname" .) .Values.service.name -}}
{{- end -}}

{{- define "kubezone.serviceAccountName" -}}
{{- default (.Values.serviceAccount.create | ternary (include "kubezone.fullname" .) "default") .Values.serviceAccount.name -}}
{{- end -}}

{{- define "kubezone.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "kubezone.selectorLabels" . }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kubezone.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kubezone.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Takes a dict of `image` and `version`. */}}
{{- define "kubezone.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .version .image.tag }}
{{- end -}}
{{- end -}}
