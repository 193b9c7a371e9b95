{{/*
The cache's config file. It knows no cluster: its own zones are ones that nobody asks for, without records, and those of the cluster are
forwarded. So it needs no access to the API server, however many nodes there are. Outside names it asks of the same upstreams as the replicas, and
for the same clients: to a cache every name is an outside one, so a network that is not in forward-allow could not even ask for a Service.
*/}}
{{- define "kubezone.nodeLocalConfig" -}}
{{- $listen := list -}}
{{- range .Values.nodeLocal.addresses }}{{ $listen = append $listen (contains ":" . | ternary (printf "[%s]:53" .) (printf "%s:53" .)) }}{{ end -}}
{{- $fixed := dict "listen" $listen "manifests" "/var/lib/kubezone" "cluster-domain" "node-local.invalid" "reverse-zones" (list "254.169.in-addr.arpa") "pods" "disabled" -}}
{{- $default := dict "admin" ":9253" -}}
{{- $default = merge $default (pick .Values.config "upstream" "forward-allow") -}}
{{- mergeOverwrite $default (omit (.Values.nodeLocal.config | default dict) "zones") $fixed | toYaml -}}
{{- end -}}

{{/*
The option `zones`, as an environment variable because Kubernetes knows the Service's address when the chart does not. Of a Service, it sets a
variable that has the very form of an upstream: tcp://10.96.100.1:53. Zones for which the replicas have nameservers of their own are asked of the
replicas too: they may be reached by a way, or proved by a file, that the node does not have.
*/}}
{{- define "kubezone.nodeLocalZones" -}}
{{- $options := include "kubezone.config" . | fromYaml -}}
{{- $upstream := printf "$(%s_UPSTREAM_PORT_53_TCP)" (include "kubezone.fullname" . | upper | replace "-" "_") -}}
{{- $reverse := include "kubezone.list" (get $options "reverse-zones" | default "in-addr.arpa,ip6.arpa") | fromJsonArray -}}
{{- $domain := get $options "cluster-domain" | default "cluster.local" -}}
{{- $own := get (.Values.nodeLocal.config | default dict) "zones" | default dict -}}
{{- $asked := concat (list $domain) $reverse (get $options "zones" | default dict | keys | sortAlpha) -}}
{{- $zones := list -}}
{{- range default $asked .Values.nodeLocal.zones | uniq }}{{ if not (hasKey $own .) }}{{ $zones = append $zones (printf "%s=%s" . $upstream) }}{{ end }}{{ end -}}
{{- range $zone, $upstreams := $own -}}
{{- $zones = append $zones (printf "%s=%s" $zone (include "kubezone.list" $upstreams | fromJsonArray | join ",")) -}}
{{- end -}}
{{- join ";" $zones -}}
{{- end -}}
