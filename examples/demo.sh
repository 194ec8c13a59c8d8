#!/bin/sh
# The main job, twice: a shop whose services trust one another, then the same shop with neighbours it must not share with.
set -eu
tenantry=$1
here=$(dirname "$0")

echo "### tenantry plan examples/shop.yaml"
"$tenantry" plan "$here/shop.yaml"

echo
echo "### tenantry plan examples/shop-and-neighbours.yaml"
"$tenantry" plan "$here/shop-and-neighbours.yaml"

echo
echo "### tenantry explain examples/shop-and-neighbours.yaml shop/frontend payments/ledger"
"$tenantry" explain "$here/shop-and-neighbours.yaml" shop/frontend payments/ledger
