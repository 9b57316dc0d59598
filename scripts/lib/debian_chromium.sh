# A private Chromium from the packages of the machine's own Debian release, with the libraries that
# the machine lacks. Nothing on the system changes: all is unpacked below .tools/. Sourced by browser.sh.

DEBIAN_CHROMIUM="$TOOLS/chromium-debian"

# apt-get with the machine's sources and list of installed packages, but lists and a cache of its own.
chromium_apt() {
  local state="$TOOLS/apt-chromium"
  apt-get -qq -o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache" \
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true "$@"
}

make_debian_chromium() {
  local state="$TOOLS/apt-chromium" package
  rm -rf "$state" "$DEBIAN_CHROMIUM"
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$DEBIAN_CHROMIUM/bin"
  # Only what is missing here is downloaded, and nothing of it is installed.
  {
    chromium_apt update &&
      chromium_apt install --no-install-recommends --yes --download-only chromium
  } > "$TOOLS/chromium.log" 2>&1 || return 1
  for package in "$state/cache/archives"/*.deb; do
    dpkg -x "$package" "$DEBIAN_CHROMIUM" || return 1
  done
  rm -rf "$state"
  write_chromium_start > "$DEBIAN_CHROMIUM/bin/chromium"
  chmod +x "$DEBIAN_CHROMIUM/bin/chromium"
}

# Prints a program that starts the unpacked Chromium with its own libraries and fonts.
write_chromium_start() {
  cat << 'START'
#!/bin/sh
root="$(cd "$(dirname "$0")/.." && pwd)"
for folder in "$root"/usr/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu/*/; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
# Without a system's fonts, the unpacked ones are found by name of this folder.
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$root/etc/fonts"
export XDG_DATA_HOME="$root/usr/share"
exec "$root/usr/lib/chromium/chromium" "$@"
START
}
