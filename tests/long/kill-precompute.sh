#!/usr/bin/env bash
# Kills precompute (SIGKILL) at random moments, up to three times a round, lets the same command go on, and compares the
# store with that of an undisturbed run byte for byte, but for index.json, which has the times of the store's files. Needs a
# Release build. Usage: tests/long/kill-precompute.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-10}
vissearch=src/VisualFeatureSearch.Cli/bin/Release/net10.0/vissearch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=0

# The gallery three times over, and two files that are left out.
for copy in 1 2 3; do cp -r assets/gallery "$work/images-$copy" && mkdir -p "$work/images" && mv "$work/images-$copy" "$work/images/$copy"; done
echo text > "$work/images/1/bird/text.jpg"
: > "$work/images/2/cat/zero.png"

precompute() {
  "$vissearch" precompute "$work/images" --model ssd-mobilenet-v2-oid --layer expanded_conv_12/add --layer Conv_1 --out "$1"
}

precompute "$work/whole" 2> /dev/null
different=0
for round in $(seq "$rounds"); do
  rm -rf "$work/killed"
  kills=0
  for attempt in 1 2 3; do
    "$vissearch" precompute "$work/images" --model ssd-mobilenet-v2-oid --layer expanded_conv_12/add --layer Conv_1 --out "$work/killed" 2> /dev/null &
    pid=$!
    sleep "$(awk -v r="$RANDOM" 'BEGIN { print 0.05 + r / 32768 * 2 }')"
    if kill -9 "$pid" 2> /dev/null; then kills=$((kills + 1)); fi
    wait "$pid" 2> /dev/null || true
    status=$("$vissearch" info "$work/killed" 2> /dev/null | head -n 1 || true)
    if [[ $status == *": complete"* ]] && ! diff -rq -x index.json "$work/whole" "$work/killed" > /dev/null; then
      echo "round $round: called complete, but is not"
      different=1
    fi
  done
  precompute "$work/killed" 2> /dev/null
  if diff -rq -x index.json "$work/whole" "$work/killed" > /dev/null; then
    echo "round $round: killed $kills times, identical"
  else
    echo "round $round: killed $kills times, DIFFERENT"
    different=1
  fi
done
exit "$different"
