#!/bin/sh
# Installs the named Debian packages where they are missing and this user may; says what to do where not.
set -u
command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian system: install $* by hand, tests that need them are skipped."; exit 0; }
missing=""
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
root=""
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then root="sudo -n"; else
    echo "Tests that need$missing are skipped. To run them: sudo apt-get install$missing"
    exit 0
  fi
fi
echo "Installing Debian packages:$missing ..."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if { $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
  rm -f "$log"
else
  tail -n 5 "$log"
  rm -f "$log"
  echo "Debian would not install$missing (see above)."
  [ -n "${CI:-}" ] && exit 1
  echo "Tests that need them are skipped."
fi
exit 0
