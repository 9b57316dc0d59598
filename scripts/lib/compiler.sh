# Lends a C++ compiler to machines without one: two packages of Home Assistant come as source only.
# Sourced by environment.sh; `ensure_compiler` sets and exports what the builds read.

ensure_compiler() {
  # A Python unpacked into .tools/ has its headers there; the compiler must be told.
  export CPATH="$DEBIAN_PYTHON/usr/include${CPATH:+:$CPATH}"
  command -v c++ > /dev/null && command -v cc > /dev/null && return
  local zig="$TOOLS/compiler" name python
  if [[ ! -x "$zig/c++" ]]; then
    say "There is no C++ compiler; installing one into .tools/"
    tools_pip_install ziglang
    python="$(PATH="$TOOLS/bootstrap/bin:$PATH" command -v python3)"
    mkdir -p "$zig"
    for name in cc c++; do
      printf '#!/bin/sh\nPYTHONUSERBASE="%s" exec "%s" -m ziglang %s "$@"\n' \
        "$TOOLS/bootstrap" "$python" "$name" > "$zig/$name"
      chmod +x "$zig/$name"
    done
  fi
  # Python's own linker options are for another compiler.
  export CC="$zig/cc" CXX="$zig/c++" LDSHARED="$zig/cc -shared" LDCXXSHARED="$zig/c++ -shared"
}
