#!/bin/sh
# Gives a node the addresses of its DNS cache, and keeps what is sent to them out of connection tracking.
#
#   node-local.sh up      makes the interface with its addresses; again and again without harm
#   node-local.sh hold    keeps it so until SIGTERM, with the rules only while the server is ready, and takes all of it down
#   node-local.sh down    takes the interface and the rules away
#
# INTERFACE, ADDRESSES (separated by spaces) and ADMIN (http://HOST:PORT of the server) say what; INTERVAL and GRACE are seconds; INTERFACE_TYPE is
# for kernels without dummy interfaces.
#
# The rules follow the server's readiness, so that a server that has died leaves no black hole: without them kube-proxy takes queries for the
# Service's clusterIP to the replicas again, although the address is also this node's.
set -u

make_interface() {
  ip link show dev "$INTERFACE" >/dev/null 2>&1 || ip link add dev "$INTERFACE" type "${INTERFACE_TYPE:-dummy}" || return
  ip link set dev "$INTERFACE" up
  for address in $ADDRESSES; do
    case $address in
      *:*) ip -6 address replace "$address/128" dev "$INTERFACE" nodad ;;
      *) ip address replace "$address/32" dev "$INTERFACE" ;;
    esac
  done
}

remove_interface() {
  if ip link show dev "$INTERFACE" >/dev/null 2>&1; then ip link delete dev "$INTERFACE"; fi
}

# A line a rule: table, chain, and what it matches and does.
rules_of() {
  for protocol in udp tcp; do
    echo "raw PREROUTING -d $1 -p $protocol --dport 53 -j NOTRACK"
    echo "raw OUTPUT -d $1 -p $protocol --dport 53 -j NOTRACK"
    echo "raw OUTPUT -s $1 -p $protocol --sport 53 -j NOTRACK"
    echo "filter INPUT -d $1 -p $protocol --dport 53 -j ACCEPT"
    echo "filter OUTPUT -s $1 -p $protocol --sport 53 -j ACCEPT"
  done
}

# Takes `add` or `remove`.
set_rules() {
  for address in $ADDRESSES; do
    case $address in
      *:*) command=ip6tables ;;
      *) command=iptables ;;
    esac
    rules_of "$address" | while read -r table chain rule; do
      # The words of a rule are its arguments; the comment says whose it is.
      # shellcheck disable=SC2086
      set -- $rule -m comment --comment "$INTERFACE"
      if "$command" -w -t "$table" -C "$chain" "$@" 2>/dev/null; then
        [ "$action" = add ] || "$command" -w -t "$table" -D "$chain" "$@"
      elif [ "$action" = add ]; then
        "$command" -w -t "$table" -I "$chain" "$@"
      fi
    done
  done
}

add_rules() { action=add && set_rules; }
remove_rules() { action=remove && set_rules; }

# Once: GNU wget would ask a server that hangs twenty times, for minutes, in which the rules stay and no signal is heard.
answers() { wget -q -t 1 -T 2 -O /dev/null "$ADMIN/$1" 2>/dev/null; }

# A signal must not wait for the end of a sleep.
pause() {
  sleep "$1" &
  wait $!
}

hold() {
  ending=
  trap 'ending=yes' TERM INT
  until [ "$ending" ]; do
    make_interface
    if answers readyz; then add_rules; else remove_rules; fi
    [ "$ending" ] || pause "$INTERVAL"
  done
  remove_rules
  # The server still answers what reaches it.
  left=$GRACE
  while [ "$left" -gt 0 ] && answers livez; do
    pause 1
    left=$((left - 1))
  done
  remove_interface
}

case ${1:-} in
  up) make_interface ;;
  hold) hold ;;
  down)
    remove_rules
    remove_interface
    ;;
  *)
    echo "usage: $0 up | hold | down" >&2
    exit 64
    ;;
esac
