{{/*
The cache's config file. It knows no cluster: its own zones are ones that nobody asks for, without records, and those of the cluster are
forwarded. So it needs no access to the API server, however many nodes there are.
*/}}
{{- define "kubezone.nodeLocalConfig" -}}
{{- $listen := list -}}
{{- range .Values.nodeLocal.addresses }}{{ $listen = append $listen (contains ":" . | ternary (printf "[%s]:53" .) (printf "%s:53" .)) }}{{ end -}}
{{- $fixed := dict "listen" $listen "manifests" "/var/lib/kubezone" "cluster-domain" "node-local.invalid" "reverse-zones" (list "254.169.in-addr.arpa") "pods" "disabled" -}}
{{- mergeOverwrite (dict "admin" ":9253") (omit .Values.nodeLocal.config "zones") $fixed | toYaml -}}
{{- end -}}

{{/*
The option `zones`, as an environment variable because Kubernetes knows the Service's address when the chart does not. Of a Service, it sets a
variable that has the very form of an upstream: tcp://10.96.100.1:53.
*/}}
{{- define "kubezone.nodeLocalZones" -}}
{{- $options := include "kubezone.config" . | fromYaml -}}
{{- $upstream := printf "$(%s_UPSTREAM_PORT_53_TCP)" (include "kubezone.fullname" . | upper | replace "-" "_") -}}
{{- $reverse := get $options "reverse-zones" | default (list "in-addr.arpa" "ip6.arpa") -}}
{{- $domain := get $options "cluster-domain" | default "cluster.local" -}}
{{- $zones := list -}}
{{- range default (prepend (kindIs "slice" $reverse | ternary $reverse (list $reverse)) $domain) .Values.nodeLocal.zones }}{{ $zones = append $zones (printf "%s=%s" . $upstream) }}{{ end -}}
{{- range $zone, $upstreams := get .Values.nodeLocal.config "zones" | default dict -}}
{{- $zones = append $zones (printf "%s=%s" $zone (kindIs "slice" $upstreams | ternary (join "," $upstreams) $upstreams)) -}}
{{- end -}}
{{- join ";" $zones -}}
{{- end -}}
