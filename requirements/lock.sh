#!/bin/sh
# Resolves pyproject.toml into locks of versions and hashes, without any index address.
# Usage: requirements/lock.sh PATH_TO_UV [EXTRA OPTIONS]
set -eu
cd "$(dirname "$0")/.."
uv=$1
shift
compile() {
    out=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --no-emit-index-url --no-emit-find-links "$@" --output-file "$out" >/dev/null
}
compile requirements/core.txt pyproject.toml "$@"
compile requirements/dev.txt pyproject.toml --extra charts --group dev --constraint requirements/core.txt "$@"
printf 'hatchling>=1.27\n' >requirements/build.in
compile requirements/build.txt requirements/build.in --constraint requirements/dev.txt "$@"
# What the image has beside the core: the charts extra, in the very versions of the development lock.
sed -n 's/^charts = \["\(.*\)"\]$/\1/p' pyproject.toml >requirements/charts.in
compile requirements/charts.txt requirements/charts.in --constraint requirements/dev.txt "$@"
rm requirements/build.in requirements/charts.in
