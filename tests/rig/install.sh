#!/bin/sh
# Installs what the real parts of the tests need, on Debian as root: Chromium, SIPp, debootstrap, Redis, PostgreSQL, nginx,
# and the small programs that the rig calls. Quick when everything is there, safe to run again. Starts no services: the
# tests start their own.
set -eu

missing=""
need() { # PACKAGE PATH...: the package is needed when none of the paths exists
    package=$1
    shift
    for path in "$@"; do
        [ -e "$path" ] && return 0
    done
    missing="$missing $package"
}

need chromium /usr/bin/chromium
need chromium-headless-shell /usr/bin/chromium-headless-shell
need sip-tester /usr/bin/sipp
need debootstrap /usr/sbin/debootstrap
need redis-server /usr/bin/redis-server
need postgresql /usr/lib/postgresql/*/bin/initdb
need openssl /usr/bin/openssl
need util-linux /usr/bin/setpriv
need iproute2 /usr/bin/ss
need nginx /usr/sbin/nginx
need systemd /usr/bin/systemd-analyze

if [ -z "$missing" ]; then
    echo "The parts for the tests are all installed."
    exit 0
fi
if [ ! -e /etc/debian_version ] || ! command -v apt-get >/dev/null; then
    echo "Missing:$missing. Only Debian is served here; tests that need them will be skipped." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Missing:$missing. Run this as root to install them; tests that need them will be skipped." >&2
    exit 1
fi

# Debian asks this program before a package starts its service. Ours says no, for as long as this script runs.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made_policy=yes
fi
cleanup() { [ -z "$made_policy" ] || rm -f "$policy"; }
trap cleanup EXIT
trap 'exit 130' INT TERM

install_missing() {
    apt-get update -qq &&
        # shellcheck disable=SC2086  # a list of words
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

echo "Installing:$missing"
if ! install_missing; then
    echo "That failed; trying once more in ten seconds." >&2
    sleep 10
    install_missing
fi
