{{/* The config file, and what the objects must know of it. */}}

{{/* The options in use: those of the values, over those that follow from other values. */}}
{{- define "kubezone.config" -}}
{{- $config := dict -}}
{{- if .Values.snapshot.enabled }}{{ $_ := set $config "snapshot" "/var/lib/kubezone/cluster.snapshot" }}{{ end -}}
{{- if .Values.cookieSecret }}{{ $_ := set $config "cookie-secret" "/etc/kubezone-cookie/secret" }}{{ end -}}
{{- if .Values.tlsSecret -}}
{{- $_ := set $config "tls-cert" "/etc/kubezone-tls/tls.crt" -}}
{{- $_ := set $config "tls-key" "/etc/kubezone-tls/tls.key" -}}
{{- end -}}
{{- mergeOverwrite $config (deepCopy .Values.config) | toYaml -}}
{{- end -}}

{{/*
Changes when a restart is needed: the options that take effect while the server runs are left out, so their change costs no pod its life.
Takes a config as YAML; the names of those options are written beside the chart from the option table.
*/}}
{{- define "kubezone.restartChecksum" -}}
{{- $config := fromYaml .config -}}
{{- range .root.Files.Lines "files/live-options.txt" }}{{ $_ := unset $config . }}{{ end -}}
{{- $config | toYaml | sha256sum -}}
{{- end -}}

{{/* The values of an option that takes several, as a JSON list: the config may have them as one text, joined by commas, as the server reads it too. */}}
{{- define "kubezone.list" -}}
{{- kindIs "slice" . | ternary . (splitList "," (nospace (toString (default "" .)))) | compact | toJson -}}
{{- end -}}

{{/* The port of the first address of `listen` or its like, which are a list or one text. */}}
{{- define "kubezone.firstPort" -}}
{{- include "kubezone.list" . | fromJsonArray | first | toString | include "kubezone.port" -}}
{{- end -}}

{{/* The ports of all addresses of `listen` or its like, each once, as a JSON list. */}}
{{- define "kubezone.ports" -}}
{{- $ports := list -}}
{{- range include "kubezone.list" . | fromJsonArray }}{{ $ports = append $ports (include "kubezone.port" . | int) }}{{ end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* The port of `10.0.0.1:53`, `[::1]:53` or `:53`; nothing of nothing. */}}
{{- define "kubezone.port" -}}
{{- regexFind "[0-9]+$" (toString .) -}}
{{- end -}}

{{/* Whole seconds of a duration such as 500ms, 5s, 1m30s or 1d, at least 1. Helm itself knows no days. */}}
{{- define "kubezone.seconds" -}}
{{- $start := toDate "2006-01-02" "2000-01-01" -}}
{{- $text := toString . -}}
{{- $days := regexFind "[0-9.]+d" $text | trimSuffix "d" | default "0" -}}
{{- $rest := dateModify (regexReplaceAll "[0-9.]+d" $text "" | default "0s") $start -}}
{{- add (mulf $days 86400 | int) (sub ($rest | unixEpoch) ($start | unixEpoch)) | max 1 -}}
{{- end -}}

{{/* Time from SIGTERM to SIGKILL: the lame duck, the grace for queries in flight, and some room. Takes a config as YAML. */}}
{{- define "kubezone.terminationSeconds" -}}
{{- $config := fromYaml . -}}
{{- $lameduck := include "kubezone.seconds" (get $config "lameduck" | default "5s") | int -}}
{{- $grace := include "kubezone.seconds" (get $config "grace" | default "5s") | int -}}
{{- add $lameduck $grace 10 -}}
{{- end -}}

{{/* What the server asks: the ports of the values, and those of upstreams that the options name and the values' do not hold. A JSON list. */}}
{{- define "kubezone.egressPorts" -}}
{{- $ports := .Values.networkPolicy.egressPorts | default list -}}
{{- $options := include "kubezone.config" . | fromYaml -}}
{{- $upstreams := include "kubezone.list" $options.upstream | fromJsonArray -}}
{{- range get $options "zones" | default dict }}{{ $upstreams = concat $upstreams (include "kubezone.list" . | fromJsonArray) }}{{ end -}}
{{- range $upstreams | sortAlpha -}}
{{- $scheme := regexFind "^[A-Za-z]+" (contains "://" . | ternary . "udp") | lower -}}
{{- $host := regexReplaceAll "^[A-Za-z]+://|[/?#].*$" . "" -}}
{{- $port := get (dict "tls" "853" "https" "443") $scheme | default "53" | int -}}
{{- if regexMatch "^([^:]*|\\[.*\\]):[0-9]+$" $host }}{{ $port = include "kubezone.port" $host | int }}{{ end -}}
{{- range eq $scheme "udp" | ternary (list "TCP" "UDP") (list "TCP") -}}
{{- $protocol := . -}}
{{- $held := false -}}
{{- range $ports }}{{ if and (eq .protocol $protocol) (ge $port (int .port)) (le $port (.endPort | default .port | int)) }}{{ $held = true }}{{ end }}{{ end -}}
{{- if not $held }}{{ $ports = append $ports (dict "port" $port "protocol" $protocol) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $ports | toJson -}}
{{- end -}}
