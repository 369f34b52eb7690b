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
# A server for tests is made by the tests: Debian's own cluster, which would take a port and run on, is not asked for.
none=/etc/postgresql-common/createcluster.d/none-for-tests.conf
case "$missing" in
  *postgresql*) $root mkdir -p "${none%/*}" && echo 'create_main_cluster = false' | $root tee "$none" >/dev/null ;;
  *) none="" ;;
esac
# Nor is an InfluxDB that anybody may write to: the package would start it, now and with the machine.
policy=/usr/sbin/policy-rc.d
case "$missing" in
  *influxdb*) if [ ! -e "$policy" ]; then
      trap '$root rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null && $root chmod 755 "$policy"
    fi ;;
esac
{ $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 </dev/null
installed=$?
[ -n "$none" ] && $root rm -f "$none"
case "$missing" in *influxdb*) $root systemctl disable influxdb >/dev/null 2>&1 ;; esac
if [ "$installed" = 0 ]; then
  rm -f "$log"
else
  tail -n 5 "$log"
  rm -f "$log"
  echo "Debian would not install$missing (see above)."
  [ -n "${CI:-}" ] && exit 1
  echo "Tests that need them are skipped."
fi
exit 0
