#!/bin/sh
# Three clusters run in two regions. From their dumps: what is wrong today, where the next may go, which clusters are enough,
# and how to get there.
#   sh examples/brownfield.sh TENANTRY [FOLDER]
# FOLDER holds dumps of your own, one NAME.json a cluster; IMPORT says how they are read (tenants, trust, attributes).
set -eu
tenantry=$1
own=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
dumps=$(cd "${own:-$here/brownfield}" && pwd)
: "${IMPORT:=--name shop --tenant-from namespace-label:team --trust trusted
    --attribute environment=namespace-label:env --separate environment --platform-namespace kube-system}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $tenantry in */*) tenantry=$(cd "$(dirname "$tenantry")" && pwd)/$(basename "$tenantry") ;; esac
cd "$work"

# Shows a command and what it says. Exit 1 is an answer as well ("there is something wrong"), and so is 3 ("not proved"); all else
# ends the script.
run() {
    echo "### tenantry $*"
    code=0
    "$tenantry" "$@" 2>&1 || code=$?
    [ "$code" -eq 0 ] || echo "exit code $code"
    echo
    [ "$code" -le 1 ] || [ "$code" -eq 3 ] || exit "$code"
}

set --
for dump in "$dumps"/*.json; do
    [ -e "$dump" ] || { echo "no NAME.json in $dumps" >&2; exit 2; }
    file=$(basename "$dump")
    cp "$dump" "$file"
    set -- "$@" "${file%.json}=$file"
done

# the options are words
# shellcheck disable=SC2086
run import kubernetes $IMPORT "$@" -o fleet.yaml
if [ -z "$own" ]; then
    # everybody stays in a region until somebody says otherwise: the shop's previews hold nobody's data
    echo "### sed '/namespace: eu-1-preview/{n;s/eu-west-1/all/;}' fleet.yaml"
    echo
    sed -e '/namespace: eu-1-preview/{' -e 'n' -e 's/eu-west-1/all/' -e '}' fleet.yaml >said.yaml
    mv said.yaml fleet.yaml
fi
run audit fleet.yaml
if [ -z "$own" ]; then
    cp "$here/brownfield/next.yaml" .
    run place fleet.yaml --and next.yaml
fi
run plan fleet.yaml --summary
run plan fleet.yaml -o plan.json --certificate proof.json
run check fleet.yaml plan.json proof.json
run migrate fleet.yaml plan.json
run migrate fleet.yaml plan.json -o migration.json
run check fleet.yaml plan.json --migration migration.json
