#!/bin/sh
# Brings libzbar where the system's package manager can do it without asking; otherwise says what to type.
set -u
found() {
    case "$(uname -s)" in
        Darwin) ls /opt/homebrew/lib/libzbar* /usr/local/lib/libzbar* >/dev/null 2>&1 ;;
        *) PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -q libzbar ;;
    esac
}
found && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null 2>&1; then
    say="sudo apt-get install --no-install-recommends libzbar0"
    $as_root apt-get install -y -qq --no-install-recommends libzbar0 >/dev/null 2>&1 ||
        { $as_root apt-get update -qq >/dev/null 2>&1 &&
          $as_root apt-get install -y -qq --no-install-recommends libzbar0 >/dev/null 2>&1; }
elif command -v dnf >/dev/null 2>&1; then
    say="sudo dnf install zbar-libs"
    $as_root dnf install -y -q zbar-libs >/dev/null 2>&1
elif command -v pacman >/dev/null 2>&1; then
    say="sudo pacman -S zbar"
    $as_root pacman -S --noconfirm zbar >/dev/null 2>&1
elif command -v brew >/dev/null 2>&1; then
    say="brew install zbar"
    brew install -q zbar >/dev/null 2>&1
else
    say="your system's package for the zbar library"
fi
found || echo "Going on without libzbar (reading with zxing-cpp alone). To have both: $say"
exit 0
