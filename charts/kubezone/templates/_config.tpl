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

{{/* The port of `10.0.0.1:53`, `[::1]:53` or `:53`. */}}
{{- define "kubezone.port" -}}
{{- regexFind "[0-9]+$" . -}}
{{- end -}}

{{/* Whole seconds of a duration such as 500ms, 5s or 1m30s, at least 1. */}}
{{- define "kubezone.seconds" -}}
{{- $start := toDate "2006-01-02" "2000-01-01" -}}
{{- sub (dateModify (printf "%s" .) $start | unixEpoch) ($start | unixEpoch) | max 1 -}}
{{- end -}}

{{/* Time from SIGTERM to SIGKILL: the lame duck, the grace for queries in flight, and some room. Takes a config as YAML. */}}
{{- define "kubezone.terminationSeconds" -}}
{{- $config := fromYaml . -}}
{{- $lameduck := include "kubezone.seconds" (get $config "lameduck" | default "5s") | int -}}
{{- $grace := include "kubezone.seconds" (get $config "grace" | default "5s") | int -}}
{{- add $lameduck $grace 10 -}}
{{- end -}}
