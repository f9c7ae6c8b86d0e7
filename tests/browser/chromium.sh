#!/bin/sh
# Say where Chromium is: CANBAO_CHROMIUM, or the first found on the path. As root, install it where there is none.
set -eu

find_one() {
  if [ -n "${CANBAO_CHROMIUM:-}" ]; then
    command -v "$CANBAO_CHROMIUM" && return 0
    echo "CANBAO_CHROMIUM names $CANBAO_CHROMIUM, which cannot be run." >&2
    exit 1
  fi
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return 0
  done
  return 1
}

find_one && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "No Chromium for the browser tests: installing it with apt-get." >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >&2 && find_one && exit 0
fi
echo "The browser tests need Chromium or Chrome, and there is none. As root: apt-get install chromium;" >&2
echo "or name one: make test CANBAO_CHROMIUM=/path/to/chrome" >&2
exit 1
