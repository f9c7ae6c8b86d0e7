#!/bin/sh
# Say where nginx is; as root, install it where there is none (its service is not started).
set -eu

find_it() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nginx
}

find_it && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "No nginx for the test of docs/operate/nginx: installing it with apt-get." >&2
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx; } >&2 && find_it && exit 0
fi
echo "The test of docs/operate/nginx needs nginx, and there is none. As root: apt-get install nginx" >&2
exit 1
