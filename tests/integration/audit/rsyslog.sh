#!/bin/sh
# Say where rsyslog with TLS by OpenSSL is, in three lines: the program, its modules, its libraries. CANBAO_RSYSLOG names a folder
# in which Debian's packages are unpacked; without rsyslog on the machine they are fetched with apt-get and unpacked, not installed.
set -eu

tools=${CANBAO_RSYSLOG:-${XDG_CACHE_HOME:-$HOME/.cache}/canbao-tests/rsyslog}

say() { # root of a file system
  for modules in "$1"/usr/lib/*/rsyslog "$1"/usr/lib/rsyslog "$1"/usr/lib64/rsyslog; do
    if [ -x "$1/usr/sbin/rsyslogd" ] && [ -e "$modules/lmnsd_ossl.so" ] && [ -e "$modules/imtcp.so" ]; then
      printf '%s\n%s\n%s\n' "$1/usr/sbin/rsyslogd" "$modules" "${modules%/rsyslog}"
      exit 0
    fi
  done
}

say ""
say "$tools"
if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
  mkdir -p "$tools/packages" && cd "$tools/packages"
  wanted="rsyslog rsyslog-openssl libestr0 libfastjson4 liblognorm5"
  apt-get download -qq $wanted >&2 || {
    [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && apt-get download -qq $wanted >&2
  } || true
  for package in *.deb; do
    [ -e "$package" ] && dpkg -x "$package" "$tools"
  done
  say "$tools"
fi
echo "The tests of the journal's receiver need rsyslog with its OpenSSL driver, and there is none. On Debian, as root:" >&2
echo "apt-get install rsyslog rsyslog-openssl; or name a folder where both are unpacked: CANBAO_RSYSLOG=/path" >&2
exit 1
