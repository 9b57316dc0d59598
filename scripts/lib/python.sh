# Finds uv and a Python that Home Assistant accepts, or gets them into .tools/.
# Sourced by environment.sh; `ensure_uv` sets UV, `ensure_python` sets PYTHON.

PYTHON_WANTED='>=3.14.2,<3.15'

# shellcheck source=scripts/lib/debian_python.sh
source "$ROOT/scripts/lib/debian_python.sh"

# Installs a tool of the scripts themselves, as requirements/tools/NAME.txt pins it, with whatever
# Python 3 the machine has: its programs are in .tools/bootstrap/bin. Debian's Python may lack either venv or pip; one of them is enough.
tools_pip_install() {
  local name=$1 folder="$TOOLS/bootstrap" pip
  command -v python3 > /dev/null ||
    fail "There is no python3 to start from; install uv (https://docs.astral.sh/uv/) or Python 3.14 and run this again."
  if [[ -x "$folder/bin/pip" ]] || python3 -m venv --clear "$folder" &> "$TOOLS/pip.log"; then
    pip=("$folder/bin/pip" install)
  elif python3 -m pip --version &> "$TOOLS/pip.log"; then
    # "User" is our own folder; Debian's guard of the system does not concern it.
    pip=(env PYTHONUSERBASE="$folder" PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --user)
  else
    fail "python3 has neither venv nor pip; install the package python3-venv, or uv (https://docs.astral.sh/uv/), and run this again."
  fi
  "${pip[@]}" --quiet --disable-pip-version-check --require-hashes \
    --requirement "$ROOT/requirements/tools/$name.txt" &> "$TOOLS/pip.log" || {
    cat "$TOOLS/pip.log" >&2
    fail "pip could not install $name; check the network, then run the same command again."
  }
}

# uv and npm bring their own certificates; where the network has an authority of its own, only the
# system's work.
if [[ -s /etc/ssl/certs/ca-certificates.crt ]]; then
  export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
  export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}"
fi

ensure_uv() {
  UV="$(command -v uv || true)"
  [[ -n "$UV" ]] && return
  UV="$TOOLS/bootstrap/bin/uv"
  [[ -x "$UV" ]] && return
  say "Installing uv into .tools/"
  tools_pip_install uv
}

find_python() {
  PYTHON="$("$UV" python find --system --no-project --no-python-downloads "$PYTHON_WANTED" 2> /dev/null || true)"
  [[ -n "$PYTHON" ]] && return
  PYTHON="$DEBIAN_PYTHON/usr/bin/python3.14"
  "$PYTHON" -c 'import ssl, sqlite3, ctypes' 2> /dev/null
}

# Ends a command after so many seconds where there is a program that can: macOS has none.
limited() {
  if command -v timeout > /dev/null; then
    timeout "$@"
  else
    shift
    "$@"
  fi
}

ensure_python() {
  # Never take the Python of an environment that happens to be active: it may go away.
  unset VIRTUAL_ENV
  find_python && return
  say "Downloading Python 3.14 with uv"
  # Closed networks do not reach uv's download site; they must not wait for it.
  if UV_HTTP_TIMEOUT=10 UV_HTTP_RETRIES=1 limited 120 "$UV" python install --quiet 3.14 2> "$TOOLS/python-install.log" &&
    find_python; then
    return
  fi
  if command -v apt-get dpkg > /dev/null; then
    say "That did not work; getting Python 3.14 from Debian's packages into .tools/"
    make_debian_python && find_python && return
  fi
  fail "There is no Python 3.14.2 or newer and it could not be downloaded ($TOOLS/python-install.log says why); install Python 3.14 and run this again."
}
