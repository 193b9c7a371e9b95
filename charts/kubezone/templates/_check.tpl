{{/* What must hold between values, each of which is right alone; single ones are for values.schema.json. All of what is wrong is said at once. */}}
{{- define "kubezone.check" -}}
{{- $options := include "kubezone.config" . | fromYaml -}}
{{- $values := .Values -}}
{{- $wrong := list -}}

{{- range list "listen-tls" "listen-https" -}}
{{- if and (get $options .) (not (and (get $options "tls-cert") (get $options "tls-key"))) -}}
{{- $wrong = append $wrong (printf "config.%s needs tlsSecret, a Secret with the certificate and its key" .) -}}
{{- end -}}
{{- end -}}
{{- if and (get $options "namespace-views") (ne (get $options "pods" | toString) "verified") -}}
{{- $wrong = append $wrong "config.namespace-views needs config.pods: verified, since it must know whose pod a client is" -}}
{{- end -}}
{{- range $least, $most := dict "cache-min-ttl" "cache-max-ttl" "cache-min-negative-ttl" "cache-max-negative-ttl" -}}
{{- $greatest := hasKey $options $most | ternary (get $options $most) 30 -}}
{{- if gt (get $options $least | default 0 | int) ($greatest | int) -}}
{{- $wrong = append $wrong (printf "config.%s is above config.%s, which is %v" $least $most $greatest) -}}
{{- end -}}
{{- end -}}

{{- $listen := include "kubezone.list" $options.listen | fromJsonArray -}}
{{- if not $listen -}}
{{- $wrong = append $wrong "config.listen is empty: nobody could ask" -}}
{{- else if not $options.admin -}}
{{- $wrong = append $wrong "config.admin is empty: nobody could ask whether a pod is ready; write :9153" -}}
{{- else -}}
{{- range dict "listen" (first $listen) "admin" $options.admin | values -}}
{{- if regexMatch "^(127\\.|\\[::1\\])" . -}}
{{- $wrong = append $wrong (printf "%q in config reaches nobody outside the pod: write :%s" . (include "kubezone.port" .)) -}}
{{- end -}}
{{- end -}}
{{- $others := list (list "admin" $options.admin) -}}
{{- range $name := list "listen" "listen-tls" "listen-https" -}}
{{- range $address := include "kubezone.list" (get $options $name) | fromJsonArray -}}
{{- range $other := $others -}}
{{- if and (ne (first $other) $name) (eq (include "kubezone.port" $address) (include "kubezone.port" (last $other))) -}}
{{- $wrong = append $wrong (printf "config.%s %q and config.%s %q have the same port" $name $address (first $other) (last $other)) -}}
{{- end -}}
{{- end -}}
{{- $others = append $others (list $name $address) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- with $values.snapshot -}}
{{- $claim := .persistentVolumeClaim -}}
{{- if and .enabled $claim.enabled (not $claim.existing) (not (has "ReadWriteMany" $claim.accessModes)) -}}
{{- $wrong = append $wrong "snapshot.persistentVolumeClaim.accessModes needs ReadWriteMany, since replicas on several nodes share the claim" -}}
{{- end -}}
{{- end -}}

{{- with $values.autoscaling -}}
{{- if and (ne .mode "off") (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- $wrong = append $wrong (printf "autoscaling.minReplicas %d is above autoscaling.maxReplicas %d" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if and (eq .mode "cpu") (not (dig "requests" "cpu" "" $values.deployment.resources)) -}}
{{- $wrong = append $wrong "autoscaling.mode cpu needs deployment.resources.requests.cpu, of which it is a part" -}}
{{- end -}}
{{- end -}}
{{- with $values.service -}}
{{- if and .clusterIP .clusterIPs (ne .clusterIP (first .clusterIPs)) -}}
{{- $wrong = append $wrong (printf "service.clusterIP %s is not the first of service.clusterIPs" .clusterIP) -}}
{{- end -}}
{{- if and (not (hasSuffix "DualStack" (.ipFamilyPolicy | default ""))) (gt (max (.clusterIPs | default list | len) (.ipFamilies | default list | len)) 1) -}}
{{- $wrong = append $wrong "service.clusterIPs and service.ipFamilies may have two only with service.ipFamilyPolicy PreferDualStack or RequireDualStack" -}}
{{- end -}}
{{- end -}}
{{- with $values.serviceMonitor -}}
{{- if and .enabled .interval .scrapeTimeout (gt (include "kubezone.seconds" .scrapeTimeout | int) (include "kubezone.seconds" .interval | int)) -}}
{{- $wrong = append $wrong (printf "serviceMonitor.scrapeTimeout %s is above serviceMonitor.interval %s: Prometheus refuses that" .scrapeTimeout .interval) -}}
{{- end -}}
{{- end -}}
{{- $alerts := list -}}
{{- range (.Files.Get "files/rules.yaml" | fromYaml).groups }}{{ range .rules }}{{ $alerts = append $alerts .alert }}{{ end }}{{ end -}}
{{- range $values.prometheusRule.disabled -}}
{{- if not (has . $alerts) }}{{ $wrong = append $wrong (printf "prometheusRule.disabled: there is no alert %s" .) }}{{ end -}}
{{- end -}}
{{- with $values.nodeLocal -}}
{{- $cache := .config | default dict -}}
{{- if and .enabled (has .upstreamClusterIP .addresses) -}}
{{- $wrong = append $wrong (printf "nodeLocal.upstreamClusterIP %s is one of nodeLocal.addresses: the caches would ask themselves" .upstreamClusterIP) -}}
{{- end -}}
{{- if and .enabled (hasKey $options "upstream") (hasKey $options "upstream-ca") (not (hasKey $cache "upstream")) (not (hasKey $cache "upstream-ca")) -}}
{{- $wrong = append $wrong "config.upstream-ca is a file that caches on nodes do not have: say in nodeLocal.config.upstream whom they ask, or mount it with nodeLocal.volumes and name it in nodeLocal.config.upstream-ca" -}}
{{- end -}}
{{- range ternary (list "listen-tls" "listen-https") list .enabled -}}
{{- if and (get $cache .) (not (and (get $cache "tls-cert") (get $cache "tls-key"))) -}}
{{- $wrong = append $wrong (printf "nodeLocal.config.%s needs nodeLocal.config.tls-cert and tls-key, files mounted with nodeLocal.volumes" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if $wrong }}{{ fail (printf "\n- %s" (join "\n- " $wrong)) }}{{ end -}}
{{- end -}}
