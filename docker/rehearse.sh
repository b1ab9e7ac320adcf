#!/usr/bin/env bash
# Runs the Dockerfile's steps in a clean Debian root made with debootstrap, as its non-root user.
# For machines without a Docker engine; needs root. It builds no image.
#
#   docker/rehearse.sh FOLDER      makes FOLDER (a few hundred MB) or uses a root that is there
set -euo pipefail
cd "$(dirname "$0")/.."
root=${1:?usage: docker/rehearse.sh FOLDER}
[ "$(id -u)" = 0 ] || { echo "rehearse: must be run as root (debootstrap, chroot)" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "rehearse: apt-get install debootstrap" >&2; exit 1; }

mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk '!found && $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^http/ && !found) { print $i; found = 1 } }
         !found && $1 == "URIs:" { print $2; found = 1 }') || true
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" ${mirror:+"$mirror"} >/dev/null
# The clean root reaches the network as this machine does: resolver, hosts and certificates.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
in_root() { chroot "$root" "$@"; }
fake="" served=""
cleanup() {
    [ -z "$served" ] || kill "$served" 2>/dev/null || true
    [ -z "$fake" ] || kill "$fake" 2>/dev/null || true
    umount "$root/proc" 2>/dev/null || true
}
trap cleanup EXIT
mount -t proc proc "$root/proc" 2>/dev/null || true

echo "== stage build"
mkdir -p "$root/src/requirements"
cp requirements/core.txt requirements/charts.txt requirements/build.txt "$root/src/requirements/"
in_root python3 -m venv /opt/vrambot
in_root python3 -m venv /opt/build
in_root /opt/vrambot/bin/pip install --quiet --require-hashes --no-deps -r /src/requirements/core.txt -r /src/requirements/charts.txt
in_root /opt/build/bin/pip install --quiet --require-hashes --no-deps -r /src/requirements/build.txt
git archive HEAD pyproject.toml README.md LICENSE calculators knowledge bot | tar -x -C "$root/src"
in_root sh -c 'cd /src && /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /tmp/wheel .'
in_root sh -c '/opt/vrambot/bin/pip install --quiet --no-deps /tmp/wheel/vrambot-*.whl'
in_root /opt/vrambot/bin/python -m compileall -q /opt/vrambot/lib

echo "== stage run, as user 10001"
in_root apt-get update -qq
in_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends fonts-wqy-zenhei >/dev/null
in_root id vrambot >/dev/null 2>&1 || in_root useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin vrambot
in_root install -d -o 10001 -g 10001 /data
as_user=(chroot --userspec=10001:10001 "$root" /usr/bin/env -i PATH=/opt/vrambot/bin:/usr/bin:/bin
    LANG=C.UTF-8 VRAMBOT_HOME=/data VRAMBOT_PORT="${VRAMBOT_PORT:-18080}")
"${as_user[@]}" vrambot --version
"${as_user[@]}" vrambot ask 'can 4×V100 train 65B?' | head -n 3
"${as_user[@]}" vrambot ask '7B 推理需要多少显存' | head -n 3
"${as_user[@]}" vrambot history search V100
"${as_user[@]}" vrambot kb check
"${as_user[@]}" python - <<'PICTURE'
from pathlib import Path

from bot.rendering.chart import can_draw, png
from bot.rendering.memory_chart import memory_bars, picture
from calculators import calculate, parse_request

asked = {"calculator": "fit", "params": 7e9, "mode": "train", "gpu": "A100", "gpu_count": 4}
bars = memory_bars(calculate(parse_request(asked)), "zh")
assert bars is not None and can_draw(bars.title), "no font with Chinese characters"
Path("/data/memory.png").write_bytes(png(picture(bars)))
print(f"a picture with Chinese in it: {Path('/data/memory.png').stat().st_size:,} bytes")
PICTURE
"${as_user[@]}" test -w /data && "${as_user[@]}" sh -c '! test -w /opt/vrambot'

echo "== serve, healthy, and stopped by SIGTERM"
"${as_user[@]}" vrambot fake-slack --port 18765 >/dev/null 2>&1 &
fake=$!
sleep 4
"${as_user[@]}" SLACK_BOT_TOKEN=xoxb-fake-slack SLACK_SIGNING_SECRET=fake-slack-signing-secret \
    SLACK_API_URL=http://127.0.0.1:18765/api/ vrambot serve >"$root/serve.log" 2>&1 &
served=$!
for _ in $(seq 30); do sleep 1; "${as_user[@]}" vrambot health >/dev/null 2>&1 && break; done
"${as_user[@]}" vrambot health
kill -TERM "$served"
wait "$served"
echo "serve ended with $?"
echo "rehearsal passed"
